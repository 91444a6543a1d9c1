import Foundation
import Testing

/// Each system call of either end fails once, with each error that it can give: the session tells
/// the truth then, says why, ends, and leaves nothing behind.
@Suite(.gated, .needsTracing) struct NthCallTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    enum End: String, CaseIterable { case here, there }

    /// A call to fail, counted from where the program's `main` begins; 0 is none.
    struct Fault {
        var number: Int
        var choice: Int
    }

    /// What `fail-call` told: `COUNT [CALL(ARGUMENT) ERROR CHOICES]`.
    struct Told {
        let count: Int
        /// The call that failed, with its first argument; `nil` where the session made too few.
        let call: String?
        let choices: Int

        init?(_ text: String) {
            let words = text.split(whereSeparator: \.isWhitespace)
            guard let count = words.first.flatMap({ Int($0) }) else { return nil }
            self.count = count
            call = words.count == 4 ? "\(words[1]) \(words[2])" : nil
            choices = words.count == 4 ? Int(words[3]) ?? 1 : 0
        }
    }

    /// What the session does, as far as it makes other calls.
    struct Scene: CustomTestStringConvertible {
        var way: Way
        var options: Words = []
        /// What comes back goes to our standard output, which is a file.
        var isIntoFile = false

        var testDescription: String {
            "\(way.testDescription) into a \(isIntoFile ? "file" : "command") \(options.text)"
        }
    }

    static let fed: Words = "--buffer 1M --record 4k"
    static let scenes =
        Way.usual.dropFirst().map { Scene(way: $0) } + [
            Scene(way: Way(there: .remoteAlone, route: .handOff), options: fed),
            Scene(way: Way(there: .socketpipe, route: .handOff), options: fed, isIntoFile: true),
        ]
    /// What we may say of a session whose every command would have ended with 0.
    /// Of them 126 is for a command that may not be looked at.
    static let ownStatuses: [Int32] = [121, 122, 124, 125, 126, 255]
    /// How many calls of each sweep a run that must be short looks at.
    static let sampleCount = 25

    /// Every call where `SOCKETPIPE_TEST_LONG` is set, else a sample by `SOCKETPIPE_TEST_SEED`.
    @Test(arguments: End.allCases, scenes)
    func `whichever call fails, what is told is true, and nothing is left`(
        end: End, scene: Scene
    ) async throws {
        try await shell("head -c 100000 /dev/urandom >$1", scratch / "sent")
        let good = try await attempt(Fault(number: 0, choice: 0), at: end, scene)
        let step = Program.runsLong ? 1 : max(1, good.count / Self.sampleCount)
        let seed =
            Program.variable("SOCKETPIPE_TEST_SEED").flatMap { Int($0) } ?? .random(in: 0...999)
        var failedCount = 0
        for number in stride(from: 1 + seed % step, through: good.count, by: step) {
            var fault = Fault(number: number, choice: 0)
            var told: Told
            repeat {
                told = try await attempt(fault, at: end, scene)
                fault.choice += 1
                if told.call != nil { failedCount += 1 }
            } while fault.choice < told.choices
        }
        print(
            """
            \(failedCount) failures of \(good.count) calls \(end), \(scene.testDescription), \
            seed \(seed)
            """
        )
        #expect(failedCount > 0)
    }

    /// Runs a session in which a call fails, and checks what became of it.
    private func attempt(_ fault: Fault, at end: End, _ scene: Scene) async throws -> Told {
        for name in ["received", "reader", "told"] { unsafe unlink(scratch / name) }
        let ending = try await session(fault, at: end, scene).run(within: .seconds(30))
        let text = scratch.text("told") ?? "nothing"
        let told = try #require(Told(text), "fail-call told \(text), \(ending.testDescription)")
        check(ending, of: fault, told, scene)
        return told
    }

    private func session(_ fault: Fault, at end: End, _ scene: Scene) -> Session {
        let failing = Words([
            Program.built("fail-call"), "\(fault.number)", "\(fault.choice)", scratch / "told",
        ])
        let source: Words = ["head", "-c", "100000", scratch / "sent"]
        var session = Session(
            there: scene.way.there, route: scene.way.route, login: end == .there ? failing : "env",
            remote: source, options: "-t 5 --stall 10" + scene.options,
            wrapper: end == .here ? failing : [])
        if scene.isIntoFile {
            session.consumer = "-"
            session.wrapper =
                .sh("file=$1; shift; exec \"$@\" >\"$file\"", scratch / "received")
                + session.wrapper
        } else {
            session.producer = source
            session.remote = .sh("cat >$1; echo $? >$2", scratch / "received", scratch / "reader")
        }
        return session
    }

    private func check(_ ending: Ending, of fault: Fault, _ told: Told, _ scene: Scene) {
        let comment: Comment = """
            call \(fault.number), choice \(fault.choice): \(told.call ?? "none") failed: \
            \(ending.testDescription)
            """
        let hasArrived = contents(of: scratch / "received") == contents(of: scratch / "sent")
        let reader = scratch.text("reader")
        if fault.number == 0 { ending.expectSuccess() }
        #expect(ending.exit != .overran, comment)
        // The reader sees a clean end only behind the last byte.
        #expect(reader != "0\n" || hasArrived, comment)
        if ending.status == 0 {
            #expect(hasArrived && (scene.isIntoFile || reader == "0\n"), comment)
        } else {
            #expect(Self.ownStatuses.contains(ending.status ?? 0), comment)
            #expect(!ending.complaints.isEmpty || told.call?.hasPrefix("write(2)") == true, comment)
        }
    }
}

extension Trait where Self == ConditionTrait {
    static var needsTracing: ConditionTrait {
        .enabled("calls can only be made to fail on x86-64, and where a process may be traced") {
            let words: Words = [Program.built("fail-call"), "0", "0", "/dev/null", "true"]
            return try await Run(words).ending().status == 0
        }
    }
}
