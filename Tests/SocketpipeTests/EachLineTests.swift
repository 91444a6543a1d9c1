import Testing

/// What may befall a session at each line of its control channel.
enum Mishap: CaseIterable, Sendable {
    case lostLine, silence, endOfChannel, thereKilled, hereKilled

    /// What an edited login does at a line.
    func edit(_ line: Int, in scratch: Scratch) -> String {
        switch self {
        case .lostLine: "\(line)d"
        case .silence: "\(line),$d"
        case .endOfChannel: "\(line)q"
        case .thereKilled: "\(line)e kill -9 $(cat \(scratch / "there"))"
        case .hereKilled: "\(line)e kill -9 $(cat \(scratch / "here"))"
        }
    }
}

/// Whatever befalls a session at any line of its control channel, it ends, and nothing is taken for
/// complete that is not.
@Suite(.gated) struct EachLineTests {
    /// More lines than a session like these has in either direction.
    private static let lines = 1...9

    @Test(arguments: Mishap.allCases, Direction.allCases)
    func `no mishap at any line hangs a session or makes it lie`(
        mishap: Mishap, direction: Direction
    ) async throws {
        for way in Way.few {
            for reader in LineReader.allCases {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for line in Self.lines {
                        group.addTask {
                            try await run(direction, way, mishap, at: line, for: reader)
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }
    }

    private func run(
        _ direction: Direction, _ way: Way, _ mishap: Mishap, at line: Int, for reader: LineReader
    ) async throws {
        let scratch = try Scratch()
        let session = Session(
            direction, from: .sh("yes | head -c 1000000"),
            // Some of cksum's versions take an error for the end.
            to: .sh("cat >$1/data && cksum <$1/data >$1/sum", scratch.path), way,
            login: scratch.login(editing: mishap.edit(line, in: scratch), towards: reader),
            options: "-b -t 2 --stall 3")
        let ending = try await session.run(within: .seconds(30))
        let comment: Comment = "line \(line) for \(reader) \(ending.testDescription)"
        let sum = scratch.text("sum") ?? ""
        #expect(sum == Self.sum || sum.isEmpty, comment)
        #expect(ending.status != 0 || sum == Self.sum, comment)
        let isTold = ending.status == 0 || !ending.complaints.isEmpty
        #expect(isTold || ending.exit == .signal(9), comment)
    }

    /// Of `yes | head -c 1000000 | cksum`.
    private static let sum = "625978349 1000000\n"

    /// It would be another command.
    @Test func `a piece of a word that is lost is told of before anything runs`() async throws {
        let scratch = try Scratch()
        let session = Session(
            producer: "echo hi", login: scratch.login(editing: "/^part/d", towards: .there),
            remote: .sh(": " + String(repeating: "x", count: 20_000) + "; echo it ran >&2"),
            options: "-t 0 --stall 3")
        let ending = try await session.run()
        #expect(ending.status == 125)
        #expect(ending.error.contains("1 line was lost on the way"))
        #expect(!ending.error.contains("it ran"), "\(ending.testDescription)")
    }

    @Test(arguments: [
        (LineReader.here, "/^counts/d", "from there to here: 1 line was lost on the way"),
        (.there, "/^use/d", "from here to there: 1 line was lost on the way"),
    ])
    func `a lost line is told of, with what to do`(
        reader: LineReader, edit: String, sentence: String
    ) async throws {
        let scratch = try Scratch()
        let session = Session(
            producer: "echo hi", login: scratch.login(editing: edit, towards: reader),
            remote: "cat", options: "-t 0 --stall 3")
        let ending = try await session.run()
        #expect(ending.status == 125)
        #expect(ending.error.contains(sentence), "\(ending.testDescription)")
        #expect(ending.error.contains("hint: does the login command pass on"))
    }
}
