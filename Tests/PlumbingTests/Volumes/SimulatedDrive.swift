import LinuxSystem

/// A tape as `st(4)` sees it: records and marks, up to an end of which it warns early.
final class SimulatedTape {
    enum Item: Equatable {
        case record([UInt8])
        case mark
    }

    let capacity: Int
    /// How far before its end the drive warns.
    let warning: Int
    var items: [Item]
    var isProtected = false

    init(capacity: Int, warning: Int, items: [Item] = []) {
        self.capacity = capacity
        self.warning = warning
        self.items = items
    }

    /// What is before the first mark, behind a label of so many bytes.
    func content(behind label: Int) -> [UInt8] {
        var content: [UInt8] = []
        for item in items {
            guard case .record(let bytes) = item else { break }
            content += bytes
        }
        content.removeFirst(min(label, content.count))
        return content
    }
}

/// A tape drive that behaves as the kernel's driver does (`st_write` and `st_read` in
/// `drivers/scsi/st.c`).
final class SimulatedDrive {
    private enum End {
        case far, warned, allowed
    }

    private(set) var tape: SimulatedTape?
    private(set) var isOpen = false
    private var place = 0
    private var used = 0
    private var end = End.far
    private var isWriting = false
    /// Bytes; `nil` in variable-block mode.
    let blockSize: Int?
    let largestBlock: Int
    /// After how many writes or reads the drive fails.
    var life: Int?

    init(blockSize: Int?, largestBlock: Int) {
        self.blockSize = blockSize
        self.largestBlock = largestBlock
    }

    func load(_ tape: SimulatedTape?) {
        precondition(!isOpen)
        self.tape = tape
        rewind()
    }

    var state: TapeState {
        var state = TapeState()
        state.blockSize = blockSize
        state.isProtected = tape?.isProtected ?? false
        state.isEmpty = tape == nil
        state.isAtBeginning = place == 0
        state.isAtEnd = place == tape?.items.count
        return state
    }

    func open(isWritten: Bool) throws(Errno) -> TapeState {
        precondition(!isOpen)
        guard let tape else { throw .noMedium }
        if isWritten, tape.isProtected { throw .readOnlyFileSystem }
        isOpen = true
        return state
    }

    /// Writes a mark if the last operation was a write, as the driver does when a program is killed.
    func close() {
        if isOpen, isWriting { put(.mark) }
        isOpen = false
        isWriting = false
    }

    private func put(_ item: SimulatedTape.Item) {
        guard let tape else { return }
        tape.items.removeSubrange(place...)
        tape.items.append(item)
        place += 1
        if case .record(let bytes) = item { used += bytes.count }
    }

    private func age() throws(Errno) {
        guard let life else { return }
        self.life = life - 1
        if life <= 0 { throw .inputOutput }
    }

    func write(_ bytes: [UInt8]) throws(Errno) -> Int {
        guard let tape, isOpen else { throw .badDescriptor }
        try age()
        guard bytes.count % (blockSize ?? 1) == 0, bytes.count <= largestBlock || blockSize != nil
        else { throw .invalid }
        if end == .warned {
            end = .allowed
            throw .noSpace
        }
        isWriting = true
        let room = tape.capacity - used
        let count = bytes.count <= room ? bytes.count : blockSize.map { room / $0 * $0 } ?? 0
        for start in stride(from: 0, to: count, by: blockSize ?? max(1, count)) {
            put(.record([UInt8](bytes[start..<min(count, start + (blockSize ?? count))])))
        }
        if count < bytes.count || tape.capacity - used < tape.warning { end = .warned }
        if count == 0 { throw .noSpace }
        return count
    }

    func mark() throws(Errno) {
        try age()
        put(.mark)
        isWriting = false
    }

    func rewind() {
        (place, used, end, isWriting) = (0, 0, .far, false)
    }

    func backUp() { place -= 1 }

    func read(_ byteCount: Int) throws(Errno) -> [UInt8] {
        guard let tape, isOpen else { throw .badDescriptor }
        try age()
        guard blockSize != nil || byteCount <= largestBlock else { throw .invalid }
        guard place < tape.items.count else {
            if place > 0, tape.items[place - 1] == .mark { return [] }
            throw .inputOutput
        }
        if blockSize != nil { return readBlocks(byteCount, tape) }
        place += 1
        guard case .record(let bytes) = tape.items[place - 1] else { return [] }
        if bytes.count > byteCount { throw .outOfMemory }
        return bytes
    }

    private func readBlocks(_ byteCount: Int, _ tape: SimulatedTape) -> [UInt8] {
        var all: [UInt8] = []
        while place < tape.items.count, case .record(let bytes) = tape.items[place],
            all.count + bytes.count <= byteCount
        {
            all += bytes
            place += 1
        }
        // Only a read that gets nothing passes the mark.
        if all.isEmpty { place += 1 }
        return all
    }
}
