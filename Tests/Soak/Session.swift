import Fixtures
import Glibc

/// A session as it was drawn: what moves, how, and what befalls it.
struct Session: Sendable {
    /// Which way its bytes go; `both` is there and back again.
    enum Way: String { case out, back, both }
    /// What a local command is: one of ours, a file in its place, or a stage of a pipeline.
    private enum Place { case block, file, pipe }
    /// Who, or what, may be struck at.
    enum Victim: String {
        case here, there, login, shell, producer, consumer, pass, link, hole, connection
    }

    let number: Int
    let yard: Yard
    let folder: String
    let mark: Mark
    var chance: SeededGenerator

    private(set) var size = 0
    private(set) var offset = 0
    private(set) var trouble = Trouble.none
    private(set) var user: Words = []
    private(set) var way = Way.out
    /// Where the bytes arrive.
    private(set) var output = ""
    private(set) var readsFile = false
    /// Whether its reader tells of a clean end.
    private(set) var isJudged = false
    private(set) var line = ""
    /// Where it may have files for a while.
    var temporary: String { folder + "/tmp" }

    private(set) var isStruck = false
    private(set) var victim = Victim.here
    private(set) var signal = SIGKILL
    private(set) var moment = 0.0
    private(set) var outage = 0.0
    /// How many seconds it tries to go on after a loss.
    private(set) var limit: Int64?
    /// How often it loses something, if it goes on after that.
    private(set) var lossCount = 1
    private var victims: [Victim] = [.here, .there, .producer, .consumer]
    private var latest = 400

    private var options: [String] = []
    private var login: Words = "env"
    private var pause = "0"
    /// How many bytes come before the pause.
    private var first = 0
    private var producer: Words = []
    private var consumer: Words = []
    private var quiet = ""

    init(_ number: Int, of soak: Soak, in yard: Yard) {
        self.number = number
        self.yard = yard
        folder = soak.folder / "\(number)"
        // With an end, so that no mark is the beginning of another.
        mark = Mark("\(soak.name)-\(number).")
        chance = SeededGenerator(seed: soak.seed &* 1_000_003 &+ UInt64(number) &* 7919)
        size = chance.pick(
            0, 1, chance.below(5000), chance.below(524_288), chance.below(4_194_304),
            chance.below(4_194_304))
        offset = chance.below(4_194_304)
        isStruck = chance.pick(false, true)
        // A session that is struck at should be under way for a while.
        let wait = chance.below(4)
        pause = isStruck ? "0.\(1 + wait)" : chance.pick("0", "0", "0", "0.\(wait)")
        chooseTrouble(soak)
        if soak.keptShare > 0, trouble != .box, chance.below(soak.keptShare) == 0 {
            limit = chance.pick(20, 20, 20, 2)
        }
        chooseOptions()
        chooseLogin()
        chooseCommands(soak)
        choosePlaces(soak)
        chooseFault()
    }

    private mutating func chooseTrouble(_ soak: Soak) {
        trouble = chance.pick(Trouble.drawn(by: yard))
        var isUser = chance.pick(false, false, false, true)
        // What a user may not look into, root may.
        if [.chain, .agent].contains(trouble) { isUser = true }
        if [.slow, .hole, .box].contains(trouble) { isUser = false }
        if isUser, getuid() == 0 {
            user = "setpriv --reuid \(soak.user) --regid \(soak.user) --clear-groups"
        }
        switch trouble {
        case .full, .moment, .limit:
            size = 20_000 + chance.pick(chance.below(524_288), chance.below(4_194_304))
        case .slow: isStruck = false
        case .hole: isStruck = true
        default: break
        }
        first = size * chance.below(5) / 4
    }

    private mutating func chooseOptions() {
        let relay =
            limit == nil
            ? chance.pick("", "", "--relay here", "--relay there", "--relay both", "--checksum")
            : chance.pick("", "", "--relay both", "--checksum")
        if let limit { add("--reconnect \(limit)") }
        if chance.pick(false, false, false, true) {
            // Its relays copy, and see by themselves what is altered.
            add("--encrypt " + (relay == "--checksum" ? "--engine copy" : relay))
        } else {
            add(relay)
            if relay != "--checksum" {
                let rings = limit == nil ? ["ring", "ring-splice"] : []
                add("--engine " + chance.pick(["auto", "splice", "copy"] + rings))
            }
        }
        add(
            chance.pick(
                "", "", "", "--record 4k", "--record 60k", "--record 128k", "--buffer 300k",
                "--record 64k --buffer 1M --start 90 --resume 20",
                "--record 256k --buffer 2M --start 50"))
        add(way: chance.pick("", "", "", "--via auto", "--via login"))
        let pace = limit == nil ? "" : "--rate 3M"
        let last = chance.pick(
            "", "", pace, pace, "--strict", "--listen here", "--listen there", "--rate 20M")
        if trouble != .box || !last.hasPrefix("--listen") { add(last) }
        if trouble == .mute { add("--verbose") }
        if trouble == .box {
            add("-h 127.0.0.1 --listen here --port \(Trouble.boxPort)-\(Trouble.boxPort)")
        }
    }

    /// How the bytes go, or what their sockets have: through the login that has no meaning.
    private mutating func add(way: String) {
        // Every user may have these.
        let options = chance.pick("", "", "", "--window 200k", "--congestion reno --dscp LE")
        // A path that dies, or a box on it, is of a direct way.
        let isDrawn = !way.isEmpty && ![.hole, .box].contains(trouble)
        add(isDrawn ? way : options)
    }

    private mutating func add(_ words: String) {
        options += words.split(separator: " ").map(String.init)
    }

    private mutating func chooseLogin() {
        enum Kind { case env, far, ssh }
        let far = yard.isNetwork ? Kind.far : .env
        var kind = chance.pick(.env, .env, .env, .env, .env, far, far, Kind.ssh)
        // A user without an account can neither log in nor enter namespaces; a hole wants a path.
        if !user.bytes.isEmpty || trouble == .box { kind = .env }
        if trouble == .hole { kind = chance.pick(.far, .far, .ssh) }
        addPlace(isFar: yard.isNetwork && kind != .env)
        switch kind {
        case .env: break
        case .far: login = yard.there
        case .ssh:
            login = yard.server.login
            latest = 1200
            victims.append(.login)
        }
        if yard.isNetwork, kind != .env { victims.append(.link) }
        if limit != nil, yard.isNetwork { victims += [Victim](repeating: .connection, count: 6) }
        if limit != nil, kind == .ssh { victims += [Victim](repeating: .login, count: 6) }
        switch trouble {
        // Nobody knows how a process ends that is a child of none.
        case .orphan, .chain: victims = victims.map { $0 == .producer ? .here : $0 }
        case .hole: victims = [.hole]
        case .box:
            let edit = "sed -u \"s/dial=[^ ]*/dial=127.0.0.1:$0/g\" | \"$@\""
            login = ["sh", "-c", edit, "\(Trouble.boxPort + 1)", "env"]
            victims = [.here, .there, .producer]
        default: break
        }
    }

    /// Where alone the ends may meet, or by which address; a box has its own.
    private mutating func addPlace(isFar: Bool) {
        let port = 7100 + 10 * (number % Soak.workers)
        let address = "--listen there --port \(port)-\(port + 9) --address "
        let place =
            isFar
            ? chance.pick(
                "", "", "", "--network 10.198.0.0/24", "--network eth0", address + "10.198.0.2")
            : chance.pick(
                "", "", "", "--network lo", "--network 127.0.0.0/8", address + "127.0.0.1",
                address + "localhost")
        let rival = place.hasPrefix("--network") ? "--via" : "--listen"
        if trouble != .box, !options.contains(rival) { add(place) }
    }

    /// The commands bear their role as a name; a reader that saw a clean end leaves a file.
    private mutating func chooseCommands(_ soak: Soak) {
        output = folder + ([.full, .moment].contains(trouble) ? "/disk/out" : "/out")
        // What commands say, or a shell of their signals, is waited for where nobody reads it.
        if trouble == .mute { quiet = "exec 2>/dev/null; " }
        // Less than what a reader may leave unread.
        let zeros = 512 * (1 + chance.below(1000))
        let part = "dd if=$1 bs=$2 iflag=skip_bytes,count_bytes status=none"
        let script = "\(part) skip=$3 count=$4; " + trouble.secondPart(part, zeros)
        producer = [
            "sh", "-ec", quiet + script, "produce", soak.folder / "pool", blockSize(), "\(offset)",
            "\(first)", "\(size - first)", pause, folder + "/agent",
        ]
        let reading = "sleep $3; dd of=$1 bs=$2 status=none; : >$4"
        consumer = [
            "sh", "-ec", trouble == .zeros ? "head -c \(size) >$1" : quiet + reading, "consume",
            output, blockSize(), chance.pick("0", "0", "0", "0.1", "0.3"), folder + "/clean",
        ]
    }

    private mutating func blockSize() -> String {
        chance.pick("512", "10000", "65536", "300000")
    }

    /// Lets local commands be blocks, or stages of a pipeline, or files in their places.
    private mutating func choosePlaces(_ soak: Soak) {
        way = chance.pick(.out, .back, .both)
        if way == .both { victims.append(.pass) }
        let remote: Words =
            switch way {
            case .out: consumer
            case .back: producer
            case .both: ["sh", "-ec", quiet + "cat", "pass"]
            }
        // It is a command's trouble.
        let source = place(isBlock: trouble.isOfCommand)
        let target = place(isBlock: trouble == .zeros)
        var words = [soak.socketpipe] + program(soak)
        var (feed, files, drain) = ("", "", "")
        if way != .back {
            words = words + ["-i"] + (source == .block ? producer.braced : ["-"])
            readsFile = source == .file
            if readsFile { files += " <\(folder)/in" }
            if source == .pipe { feed = producer.quoted + " | " }
        }
        isJudged = way == .out || way == .back && target == .block
        if way != .out {
            words = words + ["-o"] + (target == .block ? consumer.braced : ["-"])
            if target == .file { files += " >\(output)" }
            if target == .pipe { drain = " | " + consumer.quoted }
        }
        if trouble == .mute { files += " 2>\(folder)/mute" }
        victim = chance.pick(victims)
        // A shell's pipe ends the same, however its writer did.
        if !feed.isEmpty, victim == .producer { isJudged = false }
        if isStruck, [.link, .hole].contains(victim) { add("--stall 3") }
        words = words + Words(options) + ["-l"] + login.braced + ["-r"] + remote.braced
        line = feed + words.quoted + files + drain
        if trouble == .limit { line = "ulimit -f \(size / 2048 + 4); \(line)" }
    }

    /// Where the other end's program comes from. A box that edits lines has no way for a program.
    private mutating func program(_ soak: Soak) -> Words {
        let there = Words(["--there", chance.pick(soak.socketpipe, soak.remote)])
        guard chance.pick(false, false, true), trouble != .box else { return there }
        if trouble != .hole { victims.append(.shell) }
        return "--push"
    }

    private mutating func place(isBlock: Bool) -> Place {
        let place = chance.pick(Place.block, .block, .file, .pipe)
        return isBlock ? .block : place
    }

    private mutating func chooseFault() {
        signal = chance.pick(SIGKILL, SIGKILL, SIGTERM, SIGINT)
        // Half of the moments are early, while the ends start and meet.
        moment = Double(chance.below(chance.pick(80, latest))) / 1000
        if victim == .shell { moment = Double(chance.below(80)) / 1000 }
        outage = chance.pick(0.1, 0.1, 0.5, 0.5, 0.5, 6)
        if limit != nil, isLoss { lossCount = 1 + chance.below(4) }
    }

    /// Whether it must go on after what struck it.
    var goesOn: Bool { limit ?? 0 >= 20 && isLoss }

    private var isLoss: Bool { [.connection, .login].contains(victim) }

    /// Whether a relay runs where its reader is.
    var relaysToReader: Bool {
        if options.contains("--encrypt") { return true }
        guard let place = options.firstIndex(of: "--relay") else { return false }
        return ["both", way == .back ? "here" : "there"].contains(options[place + 1])
    }
}

extension SeededGenerator {
    mutating func pick<Choice>(_ choices: [Choice]) -> Choice { choices[below(choices.count)] }

    mutating func pick<Choice>(_ choices: Choice...) -> Choice { pick(choices) }
}
