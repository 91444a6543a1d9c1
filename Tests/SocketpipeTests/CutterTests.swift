import Foundation
import Testing

/// The tools by which a session loses its connections and its login, on sessions that do not go on.
@Suite(.gated) struct CutterTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private static let size = 3_000_000
    private static let half = "yes | head -c 1500000"

    /// A session whose producer waits in its midst for a file, `go`.
    private func session(_ options: Words, login: Words = "env") -> Session {
        Session(
            route: .relay(.both, .splice),
            producer: .sh("\(Self.half); \(scratch.until("go")); \(Self.half)"), login: login,
            remote: .sh("tee $1 | cksum", scratch / "got"), options: options)
    }

    private func half(has run: Run) async throws {
        let isThere = try await eventually {
            contents(of: scratch / "got")?.count == Self.size / 2
        }
        try #require(isThere, "\(run.errorSoFar)")
    }

    @Test(arguments: Cutter.Means.allCases)
    func `a connection that is cut is lost`(means: Cutter.Means) async throws {
        if means == .kernel, let refusal = TCPSide.refusal { try Test.cancel("\(refusal)") }
        try await Cutter.of(means) { cutter in
            let run = try session(cutter.options).start()
            try await half(has: run)
            try await cutter.cut(run)
            try scratch.write("", to: "go")
            let ending = try await run.ending()
            #expect(ending.status == 122, "\(ending.testDescription)")
            #expect(ending.error.contains("the connection of flow 'out'"))
        }
    }

    @Test(arguments: [true, false])
    func `a box that goes silent for a while loses nothing`(isCut: Bool) async throws {
        let sum = try await shell("\(Self.half); \(Self.half)").utf8.count
        #expect(sum == Self.size)
        let box = try await CuttingBox.started()
        let run = try session(box.options + (isCut ? "--stall 3" : [])).start()
        try await half(has: run)
        try await box.perform(.stall)
        try scratch.write("", to: "go")
        if !isCut {
            try await Task.sleep(for: .milliseconds(500))
            #expect(contents(of: scratch / "got")?.count == Self.size / 2)
            try await box.perform(.heal)
        }
        let ending = try await run.ending()
        #expect(ending.status == (isCut ? 122 : 0), "\(ending.testDescription)")
        #expect(box.connectionCount == 1)
        try await box.stop()
    }

    @Test func `a box refuses callers, and takes them again`() async throws {
        let box = try await CuttingBox.started()
        try await box.perform(.refuse)
        try scratch.write("", to: "go")
        let refused = try await session(box.options + "-t 2").run()
        #expect([124, 125].contains(refused.status), "\(refused.testDescription)")
        try await box.perform(.accept)
        let ending = try await session(box.options).run()
        #expect(ending.status == 0, "\(ending.testDescription)")
        try await box.stop()
    }

    @Test func `a courier brings everything, and its death is that of a login`() async throws {
        let courier = Courier(in: scratch)
        try scratch.write("", to: "go")
        #expect(try await session("--via login", login: courier.login).run().status == 0)
        unsafe unlink(scratch / "go")
        unsafe unlink(scratch / "got")
        let run = try session([], login: courier.login).start()
        try await half(has: run)
        #expect(courier.pids.count == 2)
        #expect(courier.kill())
        let ending = try await run.ending()
        #expect(ending.status == 122, "\(ending.testDescription)")
        try courier.close()
        #expect(try await session([], login: courier.login).run().status == 255)
    }
}
