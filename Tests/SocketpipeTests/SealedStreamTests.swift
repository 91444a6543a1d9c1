import Fixtures
import Foundation
import Testing

/// A man in the middle who can do everything but open a record (fault 32).
@Suite(.gated) struct SealedStreamTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// A session as its seed draws it.
    private struct Trial {
        let seed: UInt64
        let forger: Forger
        let sizes: [Direction: Int]
        let options: Words
        /// Whether TERM does not end the readers.
        let isStubborn: Bool

        init(seed: UInt64) {
            var random = SeededGenerator(seed: seed)
            self.seed = seed
            func size() -> Int {
                let limit = [1, 2, 300, 40_000, 300_000, 3_000_000][random.below(6)]
                return random.below(limit + 1)
            }
            let way = random.below(3)
            var sizes: [Direction: Int] = [:]
            if way != 0 { sizes[.out] = size() }
            if way != 1 { sizes[.back] = size() }
            let deeds = Forger.Deed.allCases
            let flow = sizes[.back] == nil || way == 2 && random.chance(2) ? Direction.out : .back
            let limit = sizes[flow]! + 100
            let place = random.chance(3) ? .max >> 1 : random.below(limit)
            forger = Forger(
                deed: deeds[random.below(deeds.count)], flow: flow, place: place,
                choices: (random.below(100_000), random.below(100_000)))
            self.sizes = sizes
            options = (["", "", "--record 4k", "--buffer 1M"] as [Words])[random.below(4)]
            isStubborn = random.chance(10)
        }
    }

    /// What it writes to the file, and how its reader ended, if it came to say so.
    private func reader(_ trial: Trial, _ name: String, in folder: String) -> Words {
        let trap = trial.isStubborn ? "trap '' TERM HUP INT; " : ""
        return .sh("\(trap)cat >$1; echo $? >$2", folder + "/got." + name, folder + "/end." + name)
    }

    private func session(_ trial: Trial, in folder: String) -> Session {
        let pool = scratch / "pool"
        var session = Session(
            there: trial.seed.isMultiple(of: 2) ? .remoteAlone : .socketpipe, route: .sealed,
            login: trial.forger.login(folder), remote: "true",
            options: "-h 127.0.0.1 --listen here" + trial.options)
        let read = reader(trial, "out", in: folder)
        if let size = trial.sizes[.out] {
            session.producer = ["head", "-c", "\(size)", pool]
            session.remote = read
        }
        if let size = trial.sizes[.back] {
            session.consumer = reader(trial, "back", in: folder)
            session.remote = ["tail", "-c", "\(size)", pool]
            if trial.sizes.count == 2 {
                session.remote = .sh(
                    "exec 3<&0; \(read.quoted) <&3 3<&- & tail -c $1 $2; exec >&- 3<&-; wait",
                    "\(size)", pool)
            }
        }
        return session
    }

    private func attempt(_ trial: Trial, _ pool: Data) async throws {
        let folder = scratch / "\(trial.seed)"
        try await shell("mkdir $1", folder)
        let ending = try await session(trial, in: folder).run(within: .seconds(30))
        let comment: Comment = """
            SOCKETPIPE_TEST_SEED=\(trial.seed) \(trial.forger.testDescription) \(trial.sizes) \
            \(trial.options.text) \(ending.testDescription)
            """
        let finding = finding(of: trial, in: folder)
        for (direction, size) in trial.sizes {
            let sent = direction == .out ? pool.prefix(size) : pool.suffix(size)
            let got = contents(of: "\(folder)/got.\(direction)") ?? Data()
            #expect(sent.prefix(got.count) == got, "\(direction) \(comment)")
            let isGood = finding == .whole || direction != trial.forger.flow
            let sawEnd = text(of: "\(folder)/end.\(direction)") == "0\n"
            #expect(!sawEnd || isGood && got.count == size, "\(direction) \(comment)")
            if finding == .whole { #expect(sawEnd, "\(direction) \(comment)") }
        }
        expect(ending, to: finding, trial, comment)
        try await shell("rm -r $1", folder)
    }

    private func finding(of trial: Trial, in folder: String) -> Forger.Finding {
        let isDone = contents(of: folder + "/done.\(trial.forger.flow)") != nil
        if trial.forger.deed == .reset, isDone { return .cut }
        let (came, went) = ("/came.\(trial.forger.flow)", "/went.\(trial.forger.flow)")
        return Forger.finding(
            came: contents(of: folder + came) ?? Data(),
            went: contents(of: folder + went) ?? Data())
    }

    private func expect(
        _ ending: Ending, to finding: Forger.Finding, _ trial: Trial, _ comment: Comment
    ) {
        let flow = trial.forger.flow
        switch finding {
        case .whole: #expect(ending.status == 0, comment)
        // Whether a reset came in the place of the FIN or of a byte decides who is named.
        case .cut where trial.forger.deed == .reset:
            #expect([121, 122].contains(ending.status), comment)
        case .altered:
            #expect(ending.status == 121, comment)
            #expect(ending.error.contains("the data of flow '\(flow)' was altered"), comment)
        case .cut:
            #expect(ending.status == 122, comment)
            #expect(ending.error.contains("the connection of flow '\(flow)' was "), comment)
            if let count = ending.byteCountWhenCut {
                #expect(count <= trial.sizes[flow] ?? 0, comment)
            }
        }
    }

    @Test(.tries(.alteredStream))
    func `whatever he does, no reader gets a wrong byte or a good end too early`() async throws {
        try await shell("head -c 3000000 /dev/urandom >$1", scratch / "pool")
        let pool = try #require(contents(of: scratch / "pool"))
        let first = SeededGenerator().seed
        let seeds = first..<first + UInt64(Program.rounds(default: Program.runsLong ? 1_000 : 40))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, seed) in seeds.enumerated() {
                if number >= 6 { try await group.next() }
                group.addTask { try await attempt(Trial(seed: seed), pool) }
            }
            try await group.waitForAll()
        }
    }

    @Test(.tries(.alteredStream), arguments: Direction.allCases)
    func `a login that alters what goes through it is found out`(
        direction: Direction
    ) async throws {
        // So every record begins.
        let edit = "s/\\x17\\x03\\x03/\\x17\\x03\\x02/g"
        let session = Session(
            direction, from: "head -c 300000 /dev/zero", to: .sh("cat >$1", scratch / "got"),
            Way(there: .remoteAlone, route: .sealed),
            login: ["env", "LC_ALL=C"]
                + scratch.login(editing: edit, towards: direction == .out ? .there : .here) + "env",
            options: "--via login")
        let ending = try await session.run()
        #expect(ending.status == 121, "\(ending.testDescription)")
        #expect(ending.error.contains("was altered on its way"))
        #expect(contents(of: scratch / "got")?.isEmpty != false)
    }
}

extension Ending {
    /// How many bytes of a sealed stream we say had come when it was cut.
    fileprivate var byteCountWhenCut: Int? {
        guard let range = error.range(of: "was cut after ") else { return nil }
        return Int(error[range.upperBound...].prefix { $0 != " " }.filter { $0 != "," })
    }
}
