import Foundation
import Testing

/// Signals to either end, at every state of a session (faults 20, 35).
@Suite(.gated) struct SignalTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// How far a session has come.
    enum State: CaseIterable, CustomTestStringConvertible {
        case loggingIn, meeting, streaming, ending

        var testDescription: String { "while \(self)" }
    }

    /// Starts a session and waits until it stays in a state.
    private func session(in state: State, _ way: Way) async throws -> Run {
        var session = Session(
            there: way.there, route: way.route, producer: "cat /dev/zero",
            consumer: .sh("cat >/dev/null"),
            remote: .sh("touch \(scratch / "reached"); cat >/dev/null; sleep 1000"))
        switch state {
        case .loggingIn:
            session.login = .sh("touch \(scratch / "reached"); sleep 1000; exec \"$@\"")
        case .meeting:
            let hold = "touch \(scratch / "reached"); \(scratch.until("go")); cat <&3"
            session.login = .sh("exec 3<&0; { \(hold); } | \"$@\"")
            session.options = ListeningSocket.ownPorts()
        case .streaming: break
        case .ending: session.producer = "true"
        }
        let run = try session.start()
        try #require(await eventually { scratch.exists("reached") }, "\(run.errorSoFar)")
        if state == .meeting {
            try #require(await eventually { !ListeningSocket.all(of: run).isEmpty })
        }
        return run
    }

    @Test(.tries(.signal), arguments: [SIGINT, SIGTERM, SIGHUP, SIGQUIT], State.allCases)
    func `a signal ends both ends, and us by itself`(signal: Int32, state: State) async throws {
        for way in Way.usual where state != .meeting || way.route != .login {
            let run = try await session(in: state, way)
            run.send(signal)
            let ending = try await run.ending(within: .seconds(20))
            #expect(ending.exit == .signal(signal), "\(way)")
            #expect(ending.elapsed < .seconds(12), "\(way)")
            try await shell("rm -f $1/reached", scratch.path)
        }
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP], [State.streaming, .ending])
    func `a signal to the whole group, as from a terminal, does so, too`(
        signal: Int32, state: State
    ) async throws {
        let run = try await session(in: state, Way.usual[0])
        run.sendToGroup(signal)
        let ending = try await run.ending(within: .seconds(20))
        #expect(ending.exit == .signal(signal))
    }

    @Test(
        .tries(.signal), arguments: [SIGINT, SIGTERM, SIGHUP, SIGQUIT],
        [State.meeting, .streaming, .ending])
    func `a signal to the there-end ends both ends`(signal: Int32, state: State) async throws {
        // A login that is lost may hang up, and is survived.
        for way in Way.usual
        where (state != .meeting || way.route != .login)
            && (signal != SIGHUP || way.route != .kept)
        {
            let run = try await session(in: state, way)
            try #require(run.mark.thereEnd()).send(signal)
            let ending = try await run.ending(within: .seconds(20))
            #expect(ending.status != 0, "\(way)")
            #expect(ending.exit != .overran, "\(way)")
            #expect(!ending.complaints.isEmpty, "\(way)")
            try await shell("rm -f $1/reached", scratch.path)
        }
    }

    @Test func `a second signal ends us at once`() async throws {
        let stubborn = Words.sh(
            "trap '' TERM INT; touch $1; while :; do sleep .2; done", scratch / "reached")
        // After one signal the login would be waited for for 9 s.
        let lingering = Words.sh("trap '' TERM; \"$@\"; while :; do sleep .2; done")
        let run = try Session(
            producer: stubborn, login: lingering + "env", remote: "cat"
        ).start()
        try #require(await eventually { scratch.exists("reached") })
        let first = ContinuousClock.now
        run.send(SIGTERM)
        // The other end is gone: so the first signal was taken.
        try #require(await eventually { run.mark.thereEnd() == nil })
        #expect(run.isRunning)
        run.send(SIGTERM)
        try #require(await eventually { !run.isRunning })
        #expect(first.duration(to: .now) < .seconds(7))
        #expect(try await run.ending().exit == .signal(SIGTERM))
    }

    @Test(.tries(.hangUp), arguments: Way.each)
    func `nohup keeps a session alive when the terminal goes`(way: Way) async throws {
        let run = try Session(
            there: way.there, route: way.route, producer: .sh("\(scratch.until("go")); echo hi"),
            remote: .sh("touch $1; exec cat", scratch / "reached"), wrapper: "nohup"
        ).start()
        try #require(await eventually { scratch.exists("reached") })
        run.sendToGroup(SIGHUP)
        run.mark.thereEnd()?.send(SIGHUP)
        try scratch.write("", to: "go")
        let ending = try await run.ending()
        #expect(ending.status == 0)
        #expect(ending.text == "hi\n")
    }
}
