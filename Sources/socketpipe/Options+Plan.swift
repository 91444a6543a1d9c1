import ArgumentParser
import LinuxSystem
import Plumbing
import Relaying

/// A line that the login command alone must run.
struct LoginAlone: Error {
    let words: [Word]
}

/// Options that contradict each other, or are incomplete.
struct OptionError: Error {
    let sentence: String
    let hint: String?

    init(_ sentence: String, hint: String? = nil) {
        self.sentence = sentence
        self.hint = hint
    }
}

/// From options to a plan.
extension Options {
    static let grammar = FoldedLine.Grammar(
        blockOptions: [
            "-i", "--input", "-o", "--output", "-l", "--login", "-r", "--remote",
            "--next-volume",
        ],
        standardOptions: ["-i", "--input", "-o", "--output"], lastOption: "--rsh",
        synonyms: [
            ["-i", "--input"], ["-o", "--output"], ["-l", "--login"], ["-r", "--remote"],
            ["-b", "--batch"], ["-h", "--host"], ["-t", "--timeout"],
        ])

    static func read(_ words: [String]) throws -> Options {
        guard let options = try Options.parseAsRoot(words) as? Options else {
            throw CleanExit.helpRequest()
        }
        return options
    }

    /// The parser's sentence, as we write ours.
    static func sentence(of error: any Error) -> String {
        let first = message(for: error).split(separator: "\n").first ?? ""
        return Text.escaped((first.prefix(1).lowercased() + first.dropFirst()).utf8)
    }

    /// - Parameter line: The line of the options.
    func plan(_ line: FoldedLine) throws -> Plan {
        var plan =
            try measuringPlan(line)
            ?? line.rest.map { try remoteShellPlan($0) } ?? blockPlan(line.blocks)
        guard !(telling.verbose && telling.quiet) else {
            throw OptionError("--verbose and --quiet exclude each other")
        }
        guard !passing.checksum || (passing.relay == nil && passing.engine == nil) else {
            throw OptionError(
                "--checksum relays at both ends by copying: leave out --relay and --engine")
        }
        guard telling.progress == nil || !telling.quiet else {
            throw OptionError("--progress and --quiet exclude each other")
        }
        try checkEncryption()
        plan.relaying = passing.checksum ? .both : passing.relay
        plan.relay = try relayOrder()
        guard passing.rate == nil || passing.rateFile == nil else {
            throw OptionError("--rate and --rate-file exclude each other")
        }
        plan.rates = passing.rate ?? Rates()
        plan.rateFile = passing.rateFile
        plan.size = telling.size == 0 ? nil : telling.size
        // The parser would take any other word for none.
        guard [nil, "line", "json"].contains(telling.progress) else {
            throw OptionError("--progress is line or json", hint: "as in --progress=json")
        }
        plan.showsProgress = telling.progress == "line"
        plan.progressDescriptor =
            telling.progressFd ?? (telling.progress == "json" ? .standardError : nil)
        try checkLegacy(plan)
        try addReconnecting(to: &plan)
        guard !meeting.push || meeting.there == "socketpipe" else {
            throw OptionError("--push and --there exclude each other")
        }
        plan.there = meeting.there
        plan.pushes = meeting.push
        plan.keepsTerminalFromLogin = meeting.isBatch
        try addWay(to: &plan)
        if let timeout = meeting.timeout {
            plan.rendezvousLimit = timeout == 0 ? nil : .seconds(timeout)
        }
        if let stall = meeting.stall { plan.stallLimit = .seconds(stall) }
        plan.isStrict = success.strict
        plan.allowsEarlyExit = success.allowEarlyExit || rsh
        plan.isDryRun = telling.dryRun
        plan.report = telling.report
        plan.verbosity = telling.quiet ? .quiet : telling.verbose ? .verbose : .normal
        return plan
    }

    /// After the order of the relays, which must keep what they send.
    private func addReconnecting(to plan: inout Plan) throws {
        guard let seconds = meeting.reconnect else { return }
        guard passing.relay == nil || passing.relay == .both else {
            throw OptionError("--reconnect relays at both ends: leave out --relay, or use both")
        }
        guard passing.engine != .ring, passing.engine != .ringSplice else {
            throw OptionError(
                "--reconnect keeps what it sends, which io_uring would not: leave out --engine, "
                    + "or use splice or copy")
        }
        plan.reconnect(within: .seconds(seconds))
    }

    /// By which way, addresses and sockets the data goes.
    private func addWay(to plan: inout Plan) throws {
        try checkAddresses()
        plan.host = meeting.host
        plan.address = meeting.address
        plan.network = meeting.network
        plan.listening = meeting.listen
        plan.way = meeting.via
        plan.ports = meeting.port ?? meeting.address?.ports
        plan.sockets = socketOrder
        plan.keepsPipes = passing.keepPipes
        try checkWay(plan)
    }

    private var socketOrder: SocketOrder {
        var order = SocketOrder()
        order.maximumSegment = meeting.mss
        order.window = passing.window == 0 ? nil : passing.window
        order.congestionControl = passing.congestion
        order.codePoint = passing.dscp
        return order
    }

    func relayOrder() throws -> RelayOrder {
        var order = RelayOrder(engine: passing.engine, hasChecksum: passing.checksum)
        order.isSealed = passing.encrypt
        guard !reader.pad || reader.record != nil else {
            throw OptionError("--pad needs --record", hint: "as in --record 256k --pad")
        }
        guard reader.buffer != nil || (reader.start == nil && reader.resume == nil) else {
            throw OptionError(
                "--start and --resume need --buffer",
                hint: "as in --buffer 4G --start 90 --resume 50")
        }
        order.record = reader.record.map { RecordOrder(size: $0, isPadded: reader.pad) }
        order.buffer = reader.buffer.flatMap { $0 == 0 ? nil : $0 }.map {
            let start = reader.start ?? 0
            return BufferOrder(byteCount: $0, start: start, resume: reader.resume ?? start)
        }
        return order
    }

    /// The plan of `--measure`; `nil` without it.
    private func measuringPlan(_ line: FoldedLine) throws -> Plan? {
        guard let time = telling.measure else { return nil }
        let unfit = [
            ("-i", producer != nil), ("-o", consumer != nil), ("-r", remote != nil), ("--rsh", rsh),
            ("--legacy", meeting.legacy), ("--reconnect", meeting.reconnect != nil),
            ("--record", reader.record != nil),
            ("--buffer", reader.buffer != nil), ("--size", telling.size != nil),
            ("--dry-run", telling.dryRun), ("--progress", telling.progress != nil),
            ("--progress-fd", telling.progressFd != nil), ("--strict", success.strict),
            ("--allow-early-exit", success.allowEarlyExit),
        ]
        for (name, isGiven) in unfit where isGiven {
            throw OptionError(
                "--measure moves bytes of its own: leave out \(name)", hint: MeasuringTime.example)
        }
        guard let login else {
            throw OptionError("-l { login … } is missing", hint: MeasuringTime.example)
        }
        return Plan(login: line.blocks[login.index], measuringFor: try time.seconds())
    }

    private func blockPlan(_ blocks: [[Word]]) throws -> Plan {
        guard producer != nil || consumer != nil else {
            throw OptionError(
                "-i { command } or -o { command } is missing", hint: CommandLineError.example)
        }
        guard let login else {
            throw OptionError("-l { login … } is missing", hint: CommandLineError.example)
        }
        guard let remote else {
            throw OptionError("-r { command … } is missing", hint: CommandLineError.example)
        }
        var plan = Plan(login: blocks[login.index], remote: blocks[remote.index])
        plan.producer = producer?.local(blocks)
        plan.consumer = consumer?.local(blocks)
        return plan
    }

    /// The plan of `--rsh`: like a remote shell it has our input and output, and ends when the
    /// command there has, even if our input is still open.
    private func remoteShellPlan(_ words: [Word]) throws -> Plan {
        guard producer == nil, consumer == nil, login == nil, remote == nil else {
            throw OptionError("--rsh replaces -i, -o, -l and -r")
        }
        let ssh = Word("ssh")
        // OpenSSH before 9.4 reads -PV as two flags, and prints its version.
        let line = try RemoteShellLine(words) {
            Process.quietStatus(of: [ssh, Word("-PV")], environment: .inherited()) != .exited(0)
        }
        if line.isForLoginAlone {
            guard !telling.dryRun else {
                throw OptionError("--dry-run has nothing to show: ssh alone runs this line")
            }
            throw LoginAlone(words: [ssh] + words)
        }
        var plan = Plan(login: line.login, remote: line.remote)
        plan.producer = line.hasNoInput ? nil : .standard
        plan.consumer = .standard
        plan.endsWithRemote = true
        return plan
    }

    /// An address that the user names is where that end listens, and nothing else is tried.
    private func checkAddresses() throws {
        guard meeting.host == nil || meeting.listen != .there else {
            throw OptionError("-h is where this end listens, but --listen there says otherwise")
        }
        guard meeting.address == nil || meeting.listen != .here else {
            throw OptionError(
                "--address is where the other end listens, but --listen here says otherwise")
        }
        guard meeting.network == nil || (meeting.host == nil && meeting.address == nil) else {
            throw OptionError("--network chooses among all addresses: leave out -h and --address")
        }
        if let here = meeting.address?.ports, let there = meeting.port, here.count != there.count {
            throw OptionError("--address must have as many ports as --port")
        }
    }

    private func checkWay(_ plan: Plan) throws {
        guard plan.way != .login || plan.sockets.needs.isEmpty else {
            throw OptionError(
                "--window, --congestion and --dscp need a direct way: leave them out with --via login"
            )
        }
        guard plan.way == .direct || plan.network == nil else {
            throw OptionError("--network keeps the data from the login's way: leave out --via")
        }
    }

    private func checkEncryption() throws {
        guard passing.encrypt else { return }
        guard !passing.checksum else {
            throw OptionError("--encrypt authenticates every record: leave out --checksum")
        }
        guard passing.engine == nil || passing.engine == .copy else {
            throw OptionError("--encrypt must see the bytes: leave out --engine, or use copy")
        }
    }

    private func checkLegacy(_ plan: Plan) throws {
        guard meeting.legacy else { return }
        let modern = [
            ("--strict", success.strict), ("--allow-early-exit", success.allowEarlyExit),
            ("--dry-run", telling.dryRun),
            ("--push", meeting.push), ("--listen", meeting.listen != .auto),
            ("--via", meeting.via != .direct), ("--address", meeting.address != nil),
            ("--network", meeting.network != nil), ("--reconnect", meeting.reconnect != nil),
            ("--relay", passing.relay != nil),
            ("--checksum", passing.checksum), ("--encrypt", passing.encrypt),
            ("--window", passing.window != nil), ("--congestion", passing.congestion != nil),
            ("--dscp", passing.dscp != nil), ("--rate", passing.rate != nil),
            ("--rate-file", passing.rateFile != nil),
            ("--progress", telling.progress != nil), ("--progress-fd", telling.progressFd != nil),
            ("--engine", passing.engine != nil),
            ("--size", telling.size != nil),
            ("--record", reader.record != nil), ("--buffer", reader.buffer != nil),
            ("--rsh", rsh), ("-i -", plan.producer == .standard),
            ("-o -", plan.consumer == .standard),
        ]
        for (name, isGiven) in modern where isGiven {
            throw OptionError("\(name) does not work with --legacy: the original cannot do it")
        }
    }
}
