import Foundation
import Testing

/// A stream that is cut on its way, and compared at the end; no two parts of it are alike.
///
/// Its last reader rests a few times until it is told to go on: so it is known where the stream is
/// cut, with as much on its way as the path holds.
final class CutStream: Sendable {
    static let size = 20_000_000
    /// How often its reader rests.
    static let rests = 1...3
    private static let part = 3_000_000

    let scratch: Scratch
    /// That of its runs: a test that gives up leaves none behind.
    private let mark = Mark()

    init() throws { scratch = try Scratch() }

    deinit { mark.killAll() }

    func start(_ session: Session) throws -> Run { try session.start(mark) }

    func start(_ words: Words) throws -> Run { try Run(words, mark: mark) }

    /// What prints so many bytes of it.
    static func make(_ size: Int = size) -> String { "seq 100000000 | head -c \(size)" }

    /// The same, but its last bytes come only when its reader has rested for the last time.
    var making: String {
        let go = scratch.until("go\(Self.rests.upperBound)")
        return "seq 100000000 | { head -c \(Self.size - 1000); \(go); head -c 1000; }"
    }

    /// What passes it on, but rests.
    func resting(_ part: Int = part) -> String {
        let parts = Self.rests.map {
            "head -c \(part); : >\(scratch / "rests")\($0); \(scratch.until("go\($0)"))"
        }
        return "{ \(parts.joined(separator: "; ")); exec cat; }"
    }

    /// There and back again, with the sum of what came back.
    func session(_ options: Words, login: Words = "env") -> Session {
        Session(
            there: .remoteAlone, producer: .sh(making), consumer: .sh("\(resting()) | cksum"),
            login: login, remote: "cat", options: "--reconnect 30" + options)
    }

    /// Waits until its reader rests.
    func rests(
        _ number: Int, _ run: Run, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let isThere = try await eventually(within: .seconds(60)) {
            scratch.exists("rests\(number)") || !run.isRunning
        }
        try #require(
            isThere && run.isRunning, "\(number): \(run.errorSoFar)", sourceLocation: sourceLocation
        )
    }

    func goOn(_ number: Int) throws { try scratch.write("", to: "go\(number)") }

    /// Does something to a run whenever its reader rests.
    func atEachRest(
        of run: Run, sourceLocation: SourceLocation = #_sourceLocation,
        _ body: (Int) async throws -> Void
    ) async throws {
        for number in Self.rests {
            try await rests(number, run, sourceLocation: sourceLocation)
            try await body(number)
            try goOn(number)
        }
    }

    /// Waits until a command of a run has read so many bytes.
    func isRead(
        _ count: Int, of run: Run, by command: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        var found: Found?
        let isThere = try await eventually(within: .seconds(60)) {
            found = found ?? run.mark.process(command)
            return !run.isRunning || found?.bytesRead ?? 0 >= count
        }
        try #require(
            isThere && run.isRunning, "\(count): \(run.errorSoFar)", sourceLocation: sourceLocation)
    }

    /// Checks that all arrived.
    ///
    /// - Parameter cuts: How many losses it went on after.
    func expectWhole(
        _ ending: Ending, _ size: Int = size, cuts: ClosedRange<Int> = 1...99,
        _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        #expect(
            ending.status == 0, "\(comment?.rawValue ?? "") \(ending.testDescription)",
            sourceLocation: sourceLocation)
        let sum = try await shell("\(Self.make(size)) | cksum")
        #expect(ending.text == sum, comment, sourceLocation: sourceLocation)
        #expect(
            ending.report?.flows?.allSatisfy { $0.bytesReceived == Int64(size) } == true, comment,
            sourceLocation: sourceLocation)
        let told = ending.report?.reconnects ?? []
        #expect(
            cuts.contains(told.count), "\(told) \(ending.testDescription)",
            sourceLocation: sourceLocation)
    }
}
