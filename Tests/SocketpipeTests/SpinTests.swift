import Foundation
import Testing

/// Our own processes sleep while they wait, whatever it is that they wait for.
@Suite(.gated) struct SpinTests {
    /// Ticks of 10 ms: what each of our processes may use in a run of 2 s and more.
    private static let limit = 30

    /// Runs a session that has to wait for 2 s, and looks at what our processes use meanwhile.
    private func expectSleep(
        in session: Session, status: Int32, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let run = try session.start()
        async let end = run.ending(sourceLocation: sourceLocation)
        var ticks: [pid_t: Int] = [:]
        while run.isRunning {
            for process in run.mark.processes() where isOurs(process, of: session) {
                ticks[process.pid] = process.ticks
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        let ending = try await end
        #expect(
            ending.status == status, "\(ending.testDescription)", sourceLocation: sourceLocation)
        #expect(ending.elapsed > .seconds(1.9), sourceLocation: sourceLocation)
        #expect(!ticks.isEmpty, "none of our processes was seen", sourceLocation: sourceLocation)
        for (pid, ticks) in ticks {
            #expect(
                ticks < Self.limit, "\(ticks) ticks of process \(pid)",
                sourceLocation: sourceLocation)
        }
    }

    private func isOurs(_ process: Found, of session: Session) -> Bool {
        process.words.first == Program.here || process.words.first == session.there?.path
    }

    @Test(arguments: Way.usual)
    func `a late word that the command has started costs nothing`(
        way: Way
    ) async throws {
        let late = """
            "$@" | while IFS= read -r line; do
            case $line in started*) sleep 2;; esac; printf '%s\\n' "$line"; done
            """
        try await expectSleep(
            in: Session(
                there: way.there, route: way.route, producer: "echo hi", login: .sh(late),
                remote: "cat"),
            status: 0)
    }

    @Test(arguments: ThereEnd.allCases)
    func `a login that outlives a dry run costs nothing`(there: ThereEnd) async throws {
        let session = Session(
            there: there, producer: "echo hi",
            login: .sh("\"$@\"; status=$?; sleep 2; exit $status"), remote: "cat",
            options: "--dry-run")
        try await expectSleep(in: session, status: 0)
    }

    @Test(arguments: ThereEnd.allCases)
    func `a remote command that ignores TERM costs nothing once our output is closed`(
        there: ThereEnd
    ) async throws {
        let session = Session(
            there: there, producer: "true", remote: .sh("trap '' TERM; yes 2>/dev/null; sleep 2"),
            wrapper: .bash("\"$@\" | head -1; exit ${PIPESTATUS[0]}"))
        try await expectSleep(in: session, status: 141)
    }

    @Test(arguments: ThereEnd.allCases)
    func `a remote reader that lives on behind a shut socket costs nothing`(
        there: ThereEnd
    ) async throws {
        let session = Session(
            there: there, producer: .sh("yes | head -c 1000000"),
            remote: .shuttingReader(living: 2))
        try await expectSleep(in: session, status: 0)
    }

    @Test func `a consumer that lives on behind a shut socket costs nothing`() async throws {
        let session = Session(
            consumer: .shuttingReader(living: 2), remote: .sh("yes | head -c 1000000"))
        try await expectSleep(in: session, status: 0)
    }
}
