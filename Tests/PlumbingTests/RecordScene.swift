import LinuxSystem
import Plumbing

/// A kernel of the test's own between a socket whose bytes come in pieces and a reader of records.
struct RecordScene: RecordKernel {
    static let source: CInt = 1
    static let target: CInt = 2
    static let between: (reader: CInt, writer: CInt) = (3, 4)
    /// What one slot of a pipe holds of a socket at most.
    private static let segment = 32 << 10

    /// What is still on its way, and what has arrived.
    private var coming: [[UInt8]]
    private var arrived: [ArraySlice<UInt8>] = []
    private var hasEnded: Bool { coming.isEmpty }
    var reader: ModelPipe
    private var own: ModelPipe

    init(_ pieces: [[UInt8]], capacity: Int) {
        coming = pieces.reversed()
        reader = ModelPipe(capacity: capacity)
        own = ModelPipe(capacity: capacity)
    }

    var hasMoreComing: Bool { !coming.isEmpty }
    var isReadable: Bool { !arrived.isEmpty || hasEnded }

    mutating func deliver(_ count: Int) {
        for _ in 0..<count { if let piece = coming.popLast() { arrived.append(piece[...]) } }
    }

    func isReadable(_ source: CInt) -> Bool { isReadable }

    mutating func splice(
        from source: CInt, to target: CInt, byteCount: Int
    ) throws(Errno) -> Int {
        if source == RecordScene.between.reader {
            let moved = own.move(byteCount, to: &reader)
            if moved == 0 { throw .wouldBlock }
            return moved
        }
        var moved = 0
        while moved < byteCount, let first = arrived.first {
            let piece = first.prefix(min(byteCount - moved, RecordScene.segment))
            let fits = target == RecordScene.target ? reader.splice(piece) : own.splice(piece)
            guard fits else { break }
            takeArrived(piece.count)
            moved += piece.count
        }
        if moved == 0, !hasEnded || !arrived.isEmpty { throw .wouldBlock }
        return moved
    }

    private mutating func takeArrived(_ count: Int) {
        arrived[0] = arrived[0].dropFirst(count)
        if arrived[0].isEmpty { arrived.removeFirst() }
    }

    mutating func read(
        _ source: CInt, into memory: UnsafeMutableRawBufferPointer
    ) throws(Errno) -> Int {
        var count = 0
        while count < memory.count, let first = arrived.first {
            let piece = first.prefix(memory.count - count)
            let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[count...])
            unsafe piece.withUnsafeBytes { unsafe rest.copyMemory(from: $0) }
            takeArrived(piece.count)
            count += piece.count
        }
        if count == 0, !hasEnded { throw .wouldBlock }
        return count
    }

    mutating func write(
        _ target: CInt, _ bytes: UnsafeRawBufferPointer, waits: Bool
    ) throws(Errno) -> Int {
        let count = unsafe reader.write([UInt8](bytes)[...])
        if count == 0 { throw .wouldBlock }
        return count
    }

    func queuedByteCount(_ pipe: CInt) -> Int { reader.byteCount }

    mutating func read(_ source: CInt, into block: inout [UInt8]) throws(Errno) -> Int {
        let bytes = own.read(block.count)
        block.replaceSubrange(0..<bytes.count, with: bytes)
        return bytes.count
    }

    func yield() {}

    // What a feeder never asks for.

    mutating func sendFile(
        from file: CInt, to target: CInt, byteCount: Int
    ) throws(Errno) -> Int { throw .invalid }

    mutating func write(_ target: CInt, _ bytes: ArraySlice<UInt8>) throws(Errno) -> Int {
        throw .invalid
    }
}
