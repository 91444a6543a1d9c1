import Testing

/// A login that loses a line of the control channel: both ends notice, by their heartbeats, and
/// nothing is taken for complete that is not.
@Suite(.gated) struct LostLineTests {
    @Test(arguments: LineReader.allCases, Way.few)
    func `a lost line neither hangs a session nor makes it lie`(
        reader: LineReader, way: Way
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            // A session like these has fewer lines in either direction.
            for number in 1...12 {
                group.addTask { try await lose("\(number)d", towards: reader, way) }
            }
            try await group.waitForAll()
        }
    }

    private func lose(_ edit: String, towards reader: LineReader, _ way: Way) async throws {
        let scratch = try Scratch()
        let session = Session(
            there: way.there, route: way.route, producer: .sh("yes | head -c 1000000"),
            consumer: .sh("cksum >\"$1\"", scratch / "sum"),
            login: scratch.login(editing: edit, towards: reader), remote: "cat",
            options: "-b -t 2 --stall 3")
        let ending = try await session.run(within: .seconds(30))
        let status = try #require(ending.status, "\(edit) \(ending.testDescription)")
        guard status == 0 else {
            #expect(!ending.complaints.isEmpty, "\(edit)")
            return
        }
        let sum = try await shell("yes | head -c 1000000 | cksum")
        #expect(scratch.text("sum") == sum, "\(edit)")
    }

    @Test func `what a lost line is told by`() async throws {
        let scratch = try Scratch()
        let session = Session(
            producer: "echo hi", login: scratch.login(editing: "/^counts/d", towards: .here),
            remote: "cat", options: "-t 0 --stall 3")
        let ending = try await session.run()
        #expect(ending.status == 125)
        #expect(ending.error.contains("1 line that has not arrived"), "\(ending.testDescription)")
        #expect(ending.error.contains("hint: does the login command pass on"))
    }

    @Test func `what a lost line to the other end is told by`() async throws {
        let scratch = try Scratch()
        let session = Session(
            producer: "echo hi", login: scratch.login(editing: "/^use/d", towards: .there),
            remote: "cat", options: "-t 0 --stall 3")
        let ending = try await session.run()
        #expect(ending.status == 125)
        #expect(
            ending.error.contains("the other end was sent 1 line that has not arrived"),
            "\(ending.testDescription)")
    }
}
