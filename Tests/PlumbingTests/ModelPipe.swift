/// A pipe as the kernel keeps it: slots of at most a page that was written, or of a piece of any
/// size that was spliced.
struct ModelPipe {
    private struct Slot {
        var bytes: ArraySlice<UInt8>
        /// What can still be written into the slot's page.
        var room: Int
    }

    let capacity: Int
    let page: Int
    private(set) var byteCount = 0
    private var slots: [Slot] = []

    init(capacity: Int, page: Int = 4096) {
        self.capacity = capacity
        self.page = page
    }

    var freeSlots: Int { capacity / page - slots.count }

    /// - Returns: How many bytes were taken; fewer than given when the slots ran out.
    mutating func write(_ bytes: ArraySlice<UInt8>) -> Int {
        var rest = bytes
        // What is over whole pages comes first, and only where all of it fits.
        let over = bytes.count % page
        if over > 0, let last = slots.indices.last, slots[last].room >= over {
            slots[last].bytes += rest.prefix(over)
            slots[last].room -= over
            rest = rest.dropFirst(over)
        }
        while !rest.isEmpty, freeSlots > 0 {
            let piece = rest.prefix(page)
            slots.append(Slot(bytes: piece, room: page - piece.count))
            rest = rest.dropFirst(piece.count)
        }
        byteCount += bytes.count - rest.count
        return bytes.count - rest.count
    }

    /// - Returns: Whether there was a slot.
    mutating func splice(_ piece: ArraySlice<UInt8>) -> Bool {
        guard freeSlots > 0 else { return false }
        slots.append(Slot(bytes: piece, room: 0))
        byteCount += piece.count
        return true
    }

    /// Puts slots into another pipe as well, and cuts the last one where it must.
    func tee(_ count: Int, to other: inout ModelPipe) -> Int {
        var copied = 0
        for slot in slots where copied < count && other.freeSlots > 0 {
            let piece = slot.bytes.prefix(count - copied)
            _ = other.splice(piece)
            copied += piece.count
        }
        return copied
    }

    mutating func read(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count, let piece = pop(count - bytes.count) { bytes += piece }
        return bytes
    }

    /// Moves slots whole, and splits the last one where it must.
    mutating func move(_ count: Int, to other: inout ModelPipe) -> Int {
        var moved = 0
        while moved < count, other.freeSlots > 0, let piece = pop(count - moved) {
            _ = other.splice(piece)
            moved += piece.count
        }
        return moved
    }

    private mutating func pop(_ most: Int) -> ArraySlice<UInt8>? {
        guard let first = slots.first else { return nil }
        let piece = first.bytes.prefix(most)
        if piece.count == first.bytes.count {
            slots.removeFirst()
        } else {
            slots[0].bytes = first.bytes.dropFirst(piece.count)
        }
        byteCount -= piece.count
        return piece
    }
}
