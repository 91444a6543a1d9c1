import Fixtures
import Foundation
import Glibc
import LinuxSystem
import Plumbing
import Testing

/// A session there that outlives its login, and the process that brings it another.
@Suite struct RejoinTests {
    private let secret = Secret.random()
    private let session = SessionName.random()
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private var key: RejoinKey { RejoinKey(secret, session) }

    /// Starts a session whose remote command runs the script, with files of ours to wait for.
    private func begin(_ program: String, _ script: String) throws -> ThereProcess {
        let there = try ThereProcess(program)
        _ = try there.hear("hello")
        var plan = Plan(login: [Word("ssh")], remote: [Word("sh")])
        plan.producer = .command([Word("true")])
        var invitation = Invitation(
            protocolVersion: 2, secret: secret, endpoints: [], listenOn: [], plan: plan)
        invitation.keep = KeepOrder(seconds: 30, session: session)
        let body = "await() { until [ -e \(scratch.path)/$1 ]; do sleep .02; done; }; \(script)"
        let words = ["sh", "-c", body].map { [UInt8]($0.utf8) }
        try there.say(
            .invite(invitation),
            .run(RunOrder(wordCount: 3, isStrict: false, credit: RunOrder.largestCredit)))
        for word in words { try there.say(.word(word, isWhole: true)) }
        try there.say(.bridge(.out))
        _ = try there.hear("started")
        return there
    }

    /// The lines that we sent and that are kept: invitation, order, three words and the bridge.
    private static let keptLines: Int64 = 6

    private func allow(_ name: String) throws {
        try Data().write(to: URL(fileURLWithPath: scratch / name))
    }

    /// Another login, which has yet to ask.
    private func login(_ program: String) throws -> ThereProcess {
        let there = try ThereProcess(program)
        _ = try there.hear("hello")
        return there
    }

    /// Ends the session as the other end would.
    private func finish(_ there: ThereProcess) throws {
        try allow("end")
        _ = try there.hear("ended")
        try there.say(.done)
    }

    @Test(arguments: ThereProcess.programs)
    func `the session goes on by another login, with the lines that were lost`(
        program: String
    ) throws {
        let first = try begin(program, "await one; echo one; await two; echo two; await end")
        first.loseLogin()
        try allow("one")
        let second = try login(program)
        // We have `hello`, `listening` and `started`.
        try second.say(.rejoin(key.rejoining(attempt: 1, seen: 3)))
        let rejoined = try second.hear("rejoined")
        #expect(try rejoined.integer("seen") == Self.keptLines)
        try allow("two")
        #expect(second.happens { second.output == [UInt8]("one\ntwo\n".utf8) })
        try finish(second)
        #expect(first.end() == .exited(0))
        #expect(second.end() == .exited(0), "it ends as the session does")
    }

    @Test(arguments: ThereProcess.programs)
    func `the newest login wins, while the one before it still lives`(program: String) throws {
        let first = try begin(program, "await end")
        var last = first
        for attempt in Int64(1)...3 {
            let next = try login(program)
            try next.say(.rejoin(key.rejoining(attempt: attempt, seen: 1)))
            _ = try next.hear("rejoined")
            _ = try next.hear("started")
            #expect(last.happens { last.hasEnded }, "it has nothing of the old login open")
            if last !== first { #expect(last.end() == .exited(OwnStatus.lost)) }
            last = next
        }
        try finish(last)
        #expect(last.end() == .exited(0))
        #expect(first.end() == .exited(0))
    }

    @Test(arguments: ThereProcess.programs)
    func `who does not prove it gets no session, and takes none away`(program: String) throws {
        let first = try begin(program, "await end")
        let good = try login(program)
        try good.say(.rejoin(key.rejoining(attempt: 7, seen: 1)))
        _ = try good.hear("rejoined")
        let others = [
            RejoinKey(.random(), session).rejoining(attempt: 8, seen: 1),
            RejoinKey(secret, .random()).rejoining(attempt: 8, seen: 1),
            // Words that somebody heard before.
            key.rejoining(attempt: 7, seen: 1), key.rejoining(attempt: 6, seen: 1),
            // Lines that never were.
            key.rejoining(attempt: 8, seen: 1000),
        ]
        for words in others {
            let stranger = try login(program)
            try stranger.say(.rejoin(words))
            #expect(try stranger.hear("failed").text("cause") == "no-session")
            try stranger.say(.cancel)
            #expect(stranger.end() == .exited(OwnStatus.ourError))
        }
        #expect(good.isRunning)
        try finish(good)
        #expect(good.end() == .exited(0))
        #expect(first.end() == .exited(0))
    }

    @Test(arguments: ThereProcess.programs)
    func `a command may warn while nobody reads, and its last words reach the next login`(
        program: String
    ) throws {
        let script = """
            await one; for i in 1 2 3 4 5; do head -c 50000 /dev/zero | tr '\\0' w >&2 || exit 3; done
            echo survived; await two; echo warning >&2; await end
            """
        let first = try begin(program, script)
        first.loseLogin()
        try allow("one")
        // As long as the login takes, the command goes on.
        let second = try login(program)
        try second.say(.rejoin(key.rejoining(attempt: 1, seen: 3)))
        #expect(second.happens { second.output == [UInt8]("survived\n".utf8) })
        try allow("two")
        #expect(second.happens { second.errors.suffix(8) == [UInt8]("warning\n".utf8)[...] })
        try finish(second)
        #expect(second.end() == .exited(0))
    }

    @Test(arguments: ThereProcess.programs)
    func `signals end the place of a session and not the session, but TERM ends itself`(
        program: String
    ) throws {
        let first = try begin(program, "await end")
        let second = try login(program)
        try second.say(.rejoin(key.rejoining(attempt: 1, seen: 1)))
        _ = try second.hear("rejoined")
        kill(first.pid, SIGHUP)
        kill(second.pid, SIGTERM)
        #expect(second.end() == .killed(signal: SIGTERM))
        second.loseLogin()
        let third = try login(program)
        try third.say(.rejoin(key.rejoining(attempt: 2, seen: 1)))
        _ = try third.hear("rejoined")
        #expect(first.isRunning)
        kill(first.pid, SIGTERM)
        #expect(try third.hear("failed").text("cause") == "signal")
        #expect(first.end() == .killed(signal: SIGTERM))
        #expect(third.end() == .killed(signal: SIGTERM), "it ends as the session does")
    }

    @Test(arguments: ThereProcess.programs)
    func `strangers at the door keep nobody out for long, and learn nothing`(
        program: String
    ) throws {
        let first = try begin(program, "await end")
        let name = "socketpipe-\(session.text)"
        // One says nothing, one says something else, and with other files; neither is answered well.
        let silent = try LocalSocket.connected(to: name)
        let rude = try LocalSocket.connected(to: name)
        try rude.send([7, 7], with: [silent.descriptor])
        let second = try login(program)
        try second.say(.rejoin(key.rejoining(attempt: 1, seen: 1)))
        _ = try second.hear("rejoined")
        #expect(try rude.receive(byteCount: 9).bytes.first != 1)
        try finish(second)
        #expect(second.end() == .exited(0))
        #expect(first.end() == .exited(0))
    }

    @Test(.enabled(if: geteuid() == 0, "only root can be another user"))
    func `another user is dropped at once, whatever it can prove`() async {
        await #expect(processExitsWith: .success) {
            let scene = try RejoinTests()
            let first = try scene.begin("socketpipe", "await end")
            #expect(seteuid(65534) == 0)
            let caller = try LocalSocket.connected(to: "socketpipe-\(scene.session.text)")
            #expect(seteuid(0) == 0)
            let words = scene.key.rejoining(attempt: 1, seen: 1).line.encoded
            try? caller.send(
                words, with: [.standardInput, .standardOutput, .standardError])
            var answer: [UInt8]?
            #expect(
                first.happens {
                    do throws(Errno) { answer = try caller.receive(byteCount: 9).bytes } catch {
                        // Its end with our words unread is a reset.
                        if error != .wouldBlock { answer = [] }
                    }
                    return answer != nil
                })
            #expect(answer == [])
            try scene.finish(first)
            #expect(first.end() == .exited(0))
        }
    }

    @Test func `a session that is over is no session`() throws {
        let late = try login("socketpipe")
        try late.say(.rejoin(key.rejoining(attempt: 1, seen: 1)))
        #expect(try late.hear("failed").text("cause") == "no-session")
        // Whoever has its name by now is not given the login.
        let taken = SessionName.random()
        let thief = try LocalSocket.listening(as: "socketpipe-\(taken.text)")
        let other = try login("socketpipe")
        try other.say(.rejoin(RejoinKey(secret, taken).rejoining(attempt: 1, seen: 1)))
        try withExtendedLifetime(thief.descriptor) {
            let fixed = try Self.caller(of: thief)
            #expect(try fixed.receive(byteCount: 512).descriptorCount == 3, "of our own user")
        }
        #expect(try other.hear("failed").text("cause") == "no-session")
    }

    private static func caller(of listener: borrowing LocalSocket) throws -> LocalSocket {
        for _ in 0..<3000 {
            if let caller = try listener.accept() { return caller }
            usleep(10_000)
        }
        throw Fixtures.Failure("nobody called")
    }
}
