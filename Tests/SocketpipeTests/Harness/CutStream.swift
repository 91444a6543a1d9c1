import Foundation
import Testing

/// A stream that is cut on its way, and compared at the end; no two parts of it are alike.
struct CutStream: Sendable {
    /// What its sessions have unless their options say otherwise.
    static let usual: Words = "--reconnect 30 --rate 20M"

    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// What prints so many bytes of it.
    static func make(_ size: Int) -> String { "seq 100000000 | head -c \(size)" }

    /// There and back again, with the sum of what came back.
    func session(_ size: Int, _ options: Words, login: Words = "env") -> Session {
        let usual = options.text.contains("--reconnect") ? [] : Self.usual
        return Session(
            there: .remoteAlone, producer: .sh(Self.make(size)), consumer: "cksum", login: login,
            remote: "cat", options: usual + options)
    }

    /// Waits until a reader has so many bytes.
    func reaches(
        _ count: Int, _ run: Run, reader: String = "cksum",
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        var found: Found?
        let isThere = try await eventually(within: .seconds(60)) {
            found = found ?? run.mark.process(reader)
            return !run.isRunning || found?.bytesRead ?? 0 >= count
        }
        try #require(
            isThere && run.isRunning, "\(count): \(run.errorSoFar)", sourceLocation: sourceLocation)
    }

    /// Checks that all arrived.
    ///
    /// - Parameter cuts: How many losses it went on after.
    func expectWhole(
        _ ending: Ending, _ size: Int, cuts: ClosedRange<Int> = 1...99, _ comment: Comment? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        #expect(
            ending.status == 0, "\(comment?.rawValue ?? "") \(ending.testDescription)",
            sourceLocation: sourceLocation)
        let flows = ending.report?.flows ?? []
        let sum = try await shell("\(Self.make(size)) | cksum")
        #expect(ending.text == sum, comment, sourceLocation: sourceLocation)
        #expect(
            flows.allSatisfy { $0.bytesReceived == Int64(size) }, comment,
            sourceLocation: sourceLocation)
        let told = ending.report?.reconnects ?? []
        #expect(cuts.contains(told.count), comment, sourceLocation: sourceLocation)
    }
}

extension Trait where Self == ConditionTrait {
    /// Until the ends go on after a loss.
    static var awaitsReconnecting: ConditionTrait {
        .enabled(
            if: Program.reconnects,
            "the ends do not reconnect yet; SOCKETPIPE_TEST_RECONNECT=1 tries it all the same")
    }
}
