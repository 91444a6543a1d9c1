import LinuxSystem
import Plumbing
import Relaying

/// A kernel of the test's own between a socket whose bytes come in pieces and a reader of records.
struct RecordScene: RecordKernel {
    static let source: Descriptor = 1
    static let target: Descriptor = 2
    /// The first end of the first pipe that was made here.
    private static let pooled: Descriptor = 10
    /// What one slot of a pipe holds of a socket at most.
    private static let segment = 32 << 10

    /// What is still on its way, and what has arrived.
    private var coming: [[UInt8]]
    /// One in so many pieces begins with urgent data, which no splice takes.
    private let urgency: Int?
    private var pieceCount = 0
    private var isAtMark = false
    private var arrived: [ArraySlice<UInt8>] = []
    private var hasEnded: Bool { coming.isEmpty }
    var reader: ModelPipe
    private var pool: [ModelPipe] = []
    /// How many pipes there are to be had.
    private let most: Int
    /// After how many splices in and out there is no other, and with what words.
    private let refusing: (in: Int, out: Int, Errno)?
    private var spliceCount = (in: 0, out: 0)

    init(
        _ pieces: [[UInt8]], capacity: Int, most: Int, urgency: Int? = nil,
        refusing: (in: Int, out: Int, Errno)? = nil
    ) {
        self.urgency = urgency
        self.refusing = refusing
        coming = pieces.reversed()
        reader = ModelPipe(capacity: capacity)
        self.most = most
    }

    mutating func makePipe(capacity: Int) -> (reader: Descriptor, writer: Descriptor)? {
        guard pool.count < most else { return nil }
        pool.append(ModelPipe(capacity: capacity))
        let first = RecordScene.pooled.number + 2 * CInt(pool.count - 1)
        return (Descriptor(number: first), Descriptor(number: first + 1))
    }

    private func pooled(_ end: Descriptor) -> Int {
        Int(end.number - RecordScene.pooled.number) / 2
    }

    var isReadable: Bool { !arrived.isEmpty || hasEnded }

    mutating func deliver(_ count: Int) {
        for _ in 0..<count { if let piece = coming.popLast() { arrived.append(piece[...]) } }
    }

    func isReadable(_ source: Descriptor) -> Bool { isReadable }

    func isAtUrgentData(_ source: Descriptor) -> Bool { isAtMark && !arrived.isEmpty }

    func hasByte(_ source: Descriptor) throws(Errno) -> Bool {
        if isReadable { return !arrived.isEmpty }
        throw .wouldBlock
    }

    mutating func splice(
        from source: Descriptor, to target: Descriptor, byteCount: Int
    ) throws(Errno) -> Int {
        try refuse(isIn: target != RecordScene.target)
        if target == RecordScene.target {
            let moved = pool[pooled(source)].move(byteCount, to: &reader)
            if moved == 0 { throw .wouldBlock }
            return moved
        }
        var moved = 0
        while moved < byteCount, !isAtMark, let first = arrived.first {
            let piece = first.prefix(min(byteCount - moved, RecordScene.segment))
            guard pool[pooled(target)].splice(piece) else { break }
            takeArrived(piece.count)
            moved += piece.count
        }
        // After a FIN the mark looks like the end.
        if moved == 0, isAtMark, hasEnded { return 0 }
        if moved == 0, !hasEnded || !arrived.isEmpty { throw .wouldBlock }
        return moved
    }

    private mutating func refuse(isIn: Bool) throws(Errno) {
        guard let refusing else { return }
        if isIn { spliceCount.in += 1 } else { spliceCount.out += 1 }
        if spliceCount.in > refusing.in || spliceCount.out > refusing.out { throw refusing.2 }
    }

    private mutating func takeArrived(_ count: Int) {
        arrived[0] = arrived[0].dropFirst(count)
        isAtMark = false
        guard arrived[0].isEmpty else { return }
        arrived.removeFirst()
        pieceCount += 1
        if let urgency { isAtMark = pieceCount % urgency == 0 }
    }

    mutating func read(
        _ source: Descriptor, into memory: UnsafeMutableRawBufferPointer
    ) throws(Errno) -> Int {
        if source != RecordScene.source {
            let bytes = pool[pooled(source)].read(memory.count)
            unsafe memory.copyBytes(from: bytes)
            return bytes.count
        }
        var count = 0
        while count < memory.count, let first = arrived.first {
            let piece = first.prefix(memory.count - count)
            let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[count...])
            unsafe piece.withUnsafeBytes { unsafe rest.copyMemory(from: $0) }
            takeArrived(piece.count)
            count += piece.count
            if isAtMark { break }
        }
        if count == 0, !hasEnded { throw .wouldBlock }
        return count
    }

    mutating func write(
        _ target: Descriptor, _ bytes: UnsafeRawBufferPointer, _ manner: WriteManner
    ) throws(Errno) -> Int {
        let count = unsafe reader.write([UInt8](bytes)[...])
        if count == 0 { throw .wouldBlock }
        return count
    }

    func queuedByteCount(_ pipe: Descriptor) -> Int { reader.byteCount }

    func yield() -> Bool { false }

    // What a feeder never asks for.

    mutating func read(_ source: Descriptor, into block: inout [UInt8]) throws(Errno) -> Int {
        throw .invalid
    }

    mutating func sendFile(
        from file: Descriptor, to target: Descriptor, byteCount: Int
    ) throws(Errno) -> Int { throw .invalid }

    func writeEnd(_ target: Descriptor) throws(Errno) { throw .invalid }

    mutating func write(_ target: Descriptor, _ bytes: ArraySlice<UInt8>) throws(Errno) -> Int {
        throw .invalid
    }
}
