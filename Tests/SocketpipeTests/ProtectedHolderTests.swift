import Foundation
import Testing

/// A descendant that an ordinary user may not look into, such as an `ssh-agent`.
@Suite(.gated, .needsCompiler, .needsPlainUser) struct ProtectedHolderTests {
    let user: PlainUser
    let program: HolderProgram

    init() async throws {
        user = try await PlainUser()
        program = try await HolderProgram(in: user.copies)
    }

    /// - Parameter script: Of the command at one end; `$1` is the program.
    private func start(_ script: String, reads: Bool, _ way: Way, at end: String) throws -> Run {
        let command = Words.sh(script, program.path)
        let other: Words = reads ? "echo data" : "cat"
        var session = Session(
            there: way.there, route: way.route, remote: end == "there" ? command : other,
            wrapper: user.enter, copies: user.copies)
        let local = end == "here" ? command : other
        if (end == "here") == reads { session.consumer = local } else { session.producer = local }
        return try session.start(reports: false)
    }

    private func expectEnd(of run: Run, text: String, _ comment: Comment) async throws {
        let hasEnded = try await eventually(within: .seconds(30)) { !run.isRunning }
        #expect(hasEnded, "\(comment): \(run.errorSoFar)")
        run.mark.killAll()
        let ending = try await run.ending()
        #expect(ending.status == 0, "\(comment): \(ending.testDescription)")
        #expect(ending.text == text, comment)
    }

    @Test(arguments: ["here", "there"], [Way.usual[0], Way.usual[1], Way.usual[2]])
    func `one that has let go of the stream holds nothing up`(end: String, way: Way) async throws {
        for (script, reads) in [
            ("$1 agent 0; echo data", false), ("$1 agent 0; sleep .2; cat", true),
        ] {
            let run = try start(script, reads: reads, way, at: end)
            try await expectEnd(of: run, text: "data\n", "reads: \(reads)")
        }
    }

    @Test(arguments: ["here", "there"])
    func `one that still has the stream is waited for, and told of`(end: String) async throws {
        let run = try start("$1 agent 1; echo data", reads: false, Way.usual[0], at: end)
        let isNamed = try await eventually { run.errorSoFar.contains("perhaps process") }
        #expect(isNamed, "\(run.errorSoFar)")
        try await expectEnd(of: run, text: "data\nEND\n", "it writes late")
    }
}
