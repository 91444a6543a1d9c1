import LinuxSystem
import Plumbing
import Relaying

/// An io_uring that does what a scripted world lets it do: late, short and in any order.
struct ScriptedRing: RelayRing {
    typealias Ending = (operation: RelayOperation, result: Result<Int, Errno>)

    enum Work {
        case read(Int)
        case write(Int, Range<Int>)
        case splice(from: Descriptor, to: Descriptor, byteCount: Int)
    }

    let world: ScriptedWorld
    let blockSize: Int
    private var blocks: [[UInt8]]
    private var queued: [(operation: RelayOperation, work: Work)] = []
    private var inFlight: [(operation: RelayOperation, work: Work)] = []
    private var endings: [Ending] = []
    private var submissions = 0
    private var operations = 0
    /// Whether it was ever asked for two of a kind at once.
    private(set) var hasOverlapped = false

    init(_ world: ScriptedWorld, blockCount: Int, blockSize: Int) {
        self.world = world
        self.blockSize = blockSize
        blocks = [[UInt8]](repeating: [], count: blockCount)
    }

    mutating func read(
        from source: Descriptor, into block: Int, at place: Int64?, operation: RelayOperation
    ) -> Bool {
        queue(operation, .read(block))
    }

    mutating func write(
        to target: Descriptor, from block: Int, range: Range<Int>, at place: Int64?,
        operation: RelayOperation
    ) -> Bool {
        queue(operation, .write(block, range))
    }

    mutating func splice(
        from source: Descriptor, to target: Descriptor, byteCount: Int, operation: RelayOperation
    ) -> Bool {
        queue(operation, .splice(from: source, to: target, byteCount: byteCount))
    }

    private mutating func queue(_ operation: RelayOperation, _ work: Work) -> Bool {
        world.call()
        hasOverlapped =
            hasOverlapped || (queued + inFlight).contains { $0.operation == operation }
            || endings.contains { $0.operation == operation }
        queued.append((operation, work))
        return true
    }

    // What has no places needs none of these.
    func claim(_ byteCount: Int, of file: Descriptor) throws(Errno) -> Int64 { throw .invalid }
    func release(_ byteCount: Int, of file: Descriptor, from place: Int64) throws(Errno) {
        throw .invalid
    }
    func setPosition(of file: Descriptor, _ place: Int64) throws(Errno) { throw .invalid }

    mutating func submit() throws(Errno) {
        submissions += queued.isEmpty ? 0 : 1
        if hasFailed { throw world.script.refusal }
        inFlight += queued
        queued = []
        if world.random.below(2) == 0 { work() }
    }

    mutating func nextEnding() -> Ending? {
        guard !endings.isEmpty else { return nil }
        return endings.remove(at: world.random.below(endings.count))
    }

    /// Whether it takes nothing any more, cancellations included.
    var hasFailed: Bool { submissions > world.script.ringFails ?? .max }

    var hasEndings: Bool { !endings.isEmpty }

    func bytes(in block: Int, _ range: Range<Int>) -> [UInt8] { [UInt8](blocks[block][range]) }

    /// The operations that the kernel has taken and not ended.
    var isBusy: Bool { !inFlight.isEmpty }

    // MARK: The kernel's side

    /// Does what can be done of what is in flight.
    mutating func work() {
        let pending = world.random.below(2) == 0 ? inFlight : inFlight.reversed()
        inFlight = []
        for (operation, work) in pending {
            if let result = result(of: work) {
                endings.append((operation, result))
            } else {
                inFlight.append((operation, work))
            }
        }
    }

    /// What is found ends, as it would have if it was too late; what was just being taken up is not.
    mutating func cancelAll() {
        if world.random.below(2) == 0 { work() }
        guard !hasFailed else { return }
        let all = inFlight + queued
        (inFlight, queued) = ([], [])
        for (operation, work) in all {
            if world.random.below(3) == 0 {
                inFlight.append((operation, work))
            } else {
                endings.append(
                    (operation, .failure(world.random.below(2) == 0 ? .cancelled : .interrupted)))
            }
        }
    }

    func isAtUrgentData(_ source: Descriptor) -> Bool { world.isAtMark }

    func hasByte(_ source: Descriptor) throws(Errno) -> Bool {
        if world.isReadable { return world.taken < world.written }
        throw .wouldBlock
    }

    var unsubmittedCount: Int { queued.count }

    /// `nil` while it goes on.
    private mutating func result(of work: Work) -> Result<Int, Errno>? {
        if world.random.below(8) == 0 { return .failure(.interrupted) }
        do throws(Errno) {
            return .success(try perform(work))
        } catch .wouldBlock {
            if case .splice = work { return .failure(.wouldBlock) }
            return world.script.ringWaits ? nil : .failure(.wouldBlock)
        } catch {
            return .failure(error)
        }
    }

    private mutating func perform(_ work: Work) throws(Errno) -> Int {
        operations += 1
        if let limit = world.script.ringRefuses, operations > limit {
            throw world.script.refusal
        }
        switch work {
        case .read(let block):
            blocks[block] = try world.take(atMost: blockSize)
            return blocks[block].count
        case .write(let block, let range):
            let count = world.upTo(min(range.count, try world.room()))
            world.accept(blocks[block][range].prefix(count))
            return count
        case .splice(let source, let target, let byteCount):
            return try world.splice(from: source, to: target, byteCount: byteCount)
        }
    }
}
