import LinuxSystem
import Plumbing
import Relaying

/// What happens around a relay, and what must come of it whichever engine moves the bytes.
struct ScriptedCase {
    let seed: UInt64
    let direction: RelayDirection
    let content: [UInt8]
    /// How the source ends; `nil` in order.
    let sourceError: Errno?
    /// After how many bytes the reader leaves; `nil` reads on.
    let readerLeavesAfter: Int?
    let targetError: Errno
    /// What the target holds for its reader.
    let capacity: Int
    /// What a pipe between the two holds.
    let betweenCapacity: Int
    /// How much is written or read at once behind the relay.
    let pieces: (writing: Int, reading: Int)
    /// After how many calls the kernel refuses to splice from the source, and to the target.
    let refusals: (source: Int?, target: Int?)
    /// What whoever refuses says.
    let refusal: Errno
    /// After how many operations io_uring refuses, and after how many submissions it fails.
    let ringRefuses: Int?
    let ringFails: Int?
    /// Where in the content urgent data begins: a splice does not take it, a read from there does.
    let marks: Set<Int>
    /// Whether a ring's reads and writes wait for their end, or say `wouldBlock`.
    let ringWaits: Bool
    /// Whether something may happen between any two calls.
    let isRestless: Bool

    init(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        func size(_ most: Int) -> Int { 1 + random.below(most) }
        func count(onceIn chance: Int) -> Int? {
            random.below(chance) == 0 ? random.below(6) : nil
        }
        self.seed = seed
        direction = random.below(2) == 0 ? .toConnection : .fromConnection
        capacity = size(random.below(8) == 0 ? 3 : 60)
        betweenCapacity = size(random.below(8) == 0 ? 3 : 60)
        pieces = (size(80), size(80))
        let leaving = random.below(5) == 0 ? random.below(40) : nil
        readerLeavesAfter = leaving
        // A reader that leaves leaves more than the target holds, so that it is always noticed.
        let least = leaving == nil ? 0 : leaving! + capacity + 1
        let more = random.below(6) == 0 ? 0 : size(120) - 1
        let first = random.below(ScriptedCase.bytes.count - least - more)
        content = [UInt8](ScriptedCase.bytes[first..<first + least + more])
        let errors = ScriptedCase.errors(direction)
        sourceError = random.below(5) == 0 ? errors.source[random.below(errors.source.count)] : nil
        targetError = errors.target[random.below(errors.target.count)]
        refusals = (count(onceIn: 6), count(onceIn: 6))
        let words: [Errno] = [
            .invalid, .notSupported, .notImplemented, .notPermitted, .accessDenied,
        ]
        refusal = words[random.below(words.count)]
        ringRefuses = count(onceIn: 6)
        ringFails = count(onceIn: 10)
        ringWaits = random.below(2) == 0
        isRestless = random.below(2) == 0
        let markCount = random.below(4) == 0 ? 1 + random.below(3) : 0
        let length = max(1, content.count)
        marks = Set((0..<markCount).map { _ in random.below(length) })
    }

    /// What contents are cut from.
    private static let bytes: [UInt8] = {
        var random = SeededGenerator(seed: 0)
        return random.bytes(4096)
    }()

    /// The errors that each end can have: the kernel does not say of a splice which it was.
    private static func errors(
        _ direction: RelayDirection
    ) -> (source: [Errno], target: [Errno]) {
        let connection: [Errno] = [.connectionReset, .timedOut, .hostUnreachable]
        return switch direction {
        case .toConnection: ([Errno(5), .notPermitted], connection + [.brokenPipe, .accessDenied])
        case .fromConnection:
            // Such as a copy gives it: then it was no refusal.
            (connection, [.brokenPipe, Errno(28), Errno(5), .invalid, .notPermitted])
        }
    }
}

/// How a case came out.
struct ScriptedEnding: Equatable {
    /// Where the source stood; `nil` where the target decided and the source does not matter.
    var source: RelayProgress.Source?
    var target: RelayProgress.Target
    /// What the reader behind the target got.
    var read: [UInt8]
}

extension ScriptedCase {
    var expected: ScriptedEnding {
        if let readerLeavesAfter {
            return ScriptedEnding(
                source: nil, target: .failed(targetError),
                read: [UInt8](content.prefix(readerLeavesAfter)))
        }
        return ScriptedEnding(
            source: sourceError.map { .failed($0) } ?? .ended, target: .open, read: content)
    }
}
