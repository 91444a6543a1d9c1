import LinuxSystem

@testable import Plumbing
@testable import Relaying

/// A file as the kernel writes to it, whose description others share, on a disk that gets full.
final class ScriptedFile {
    /// What is written before the disk is full; more follows once `leftover` writes were refused.
    var room: Int
    private let more: (after: Int, byteCount: Int)
    private var refusals = 0
    private(set) var bytes: [UInt8]
    private(set) var position: Int

    init(head: [UInt8], room: Int, more: (after: Int, byteCount: Int)) {
        bytes = head
        position = head.count
        self.room = room
        self.more = more
    }

    /// Writes as `write` and io_uring do, and tells the part that fitted.
    ///
    /// - Parameter place: `nil` writes at the position.
    func write(_ piece: ArraySlice<UInt8>, at place: Int64?, byRing: Bool) throws(Errno) -> Int {
        let start = place.map { Int($0) } ?? position
        let fresh = max(0, start + piece.count - bytes.count)
        var count = piece.count
        if fresh > room {
            count = max(0, piece.count - (fresh - room))
            refusals += 1
            if refusals == more.after { room += more.byteCount }
        }
        guard count > 0 || piece.isEmpty else { throw .noSpace }
        room -= max(0, start + count - bytes.count)
        if bytes.count < start { bytes += [UInt8](repeating: 0, count: start - bytes.count) }
        bytes.replaceSubrange(start..<min(bytes.count, start + count), with: piece.prefix(count))
        // Where the rest failed, io_uring tells the part and leaves the position (KERNEL H28).
        if place == nil, !(byRing && count < piece.count) { position = start + count }
        return count
    }

    func claim(_ byteCount: Int) -> Int64 {
        position += byteCount
        return Int64(position - byteCount)
    }

    func release(_ byteCount: Int, from place: Int64) throws(Errno) {
        guard position == Int(place) + byteCount else { throw .busy }
        position = Int(place)
    }
}

/// An io_uring between a source that has everything and a scripted file.
struct ScriptedFileRing: RelayRing {
    static let source: Descriptor = 200
    let file: ScriptedFile
    let content: [UInt8]
    let blockSize: Int
    var random: SeededGenerator
    private(set) var taken = 0
    private(set) var readingPosition: Int64 = 0
    private var blocks: [Int: [UInt8]] = [:]
    private var works: [(operation: RelayOperation, work: Work)] = []

    private enum Work {
        case read(Int, Int64?)
        case write(ArraySlice<UInt8>, Int64?)
    }

    init(_ file: ScriptedFile, _ content: [UInt8], blockSize: Int, seed: UInt64) {
        self.file = file
        self.content = content
        self.blockSize = blockSize
        random = SeededGenerator(seed: seed)
    }

    mutating func read(
        from source: Descriptor, into block: Int, at place: Int64?, operation: RelayOperation
    ) -> Bool {
        works.append((operation, .read(block, place)))
        return true
    }

    mutating func write(
        to target: Descriptor, from block: Int, range: Range<Int>, at place: Int64?,
        operation: RelayOperation
    ) -> Bool {
        works.append((operation, .write(blocks[block]![range], place)))
        return true
    }

    mutating func splice(
        from source: Descriptor, to target: Descriptor, byteCount: Int, operation: RelayOperation
    ) -> Bool { false }

    func submit() throws(Errno) {}
    /// Does what was asked for when it likes, and in any order.
    mutating func nextEnding() -> (operation: RelayOperation, result: Result<Int, Errno>)? {
        guard !works.isEmpty, random.below(3) > 0 else { return nil }
        let (operation, work) = works.remove(at: random.below(works.count))
        switch work {
        case .read(let block, let place): return (operation, .success(read(block, place)))
        case .write(let piece, let place):
            do throws(Errno) {
                return (operation, .success(try file.write(piece, at: place, byRing: true)))
            } catch {
                return (operation, .failure(error))
            }
        }
    }

    private mutating func read(_ block: Int, _ place: Int64?) -> Int {
        let start = place.map { Int($0) } ?? taken
        let count = min(blockSize, content.count - start)
        // A part, as of a source whose next block cannot be read yet.
        let part = count > 1 && random.below(3) == 0 ? 1 + random.below(count) : count
        blocks[block] = [UInt8](content[start..<start + part])
        taken = start + part
        return part
    }

    func hasByte(_ source: Descriptor) throws(Errno) -> Bool { false }
    func isAtUrgentData(_ source: Descriptor) -> Bool { false }
    func cancelAll() {}
    var unsubmittedCount: Int { 0 }
    func bytes(in block: Int, _ range: Range<Int>) -> [UInt8] { [UInt8](blocks[block]![range]) }
    func claim(_ byteCount: Int, of file: Descriptor) throws(Errno) -> Int64 {
        self.file.claim(byteCount)
    }
    func release(_ byteCount: Int, of file: Descriptor, from place: Int64) throws(Errno) {
        try self.file.release(byteCount, from: place)
    }
    mutating func setPosition(of file: Descriptor, _ place: Int64) throws(Errno) {
        readingPosition = place
    }
}
