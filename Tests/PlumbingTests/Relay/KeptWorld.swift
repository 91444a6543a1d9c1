import LinuxSystem

@testable import Relaying

/// A source, pipes, and one connection after another, each of which may be lost between any two calls.
final class KeptWorld {
    static let source: Descriptor = 100
    static let target: Descriptor = 101
    static let page = 16
    static let capacity = 256
    /// What a splice from the source puts into one slot at most.
    static let mostPiece = 40

    let content: [UInt8]
    var random: SeededGenerator
    private var written = 0
    private var taken = 0
    private var hasEnded = false
    /// The first is between source and target.
    private var pipes = [ModelPipe(capacity: capacity, page: page)]
    private let mostPipes: Int
    /// After how many calls the kernel refuses to splice to the connection.
    private var refusesAfter: Int?
    // The connection: what it holds, and what its receiver got.
    let room: Int
    private var wire: ArraySlice<UInt8> = []
    private(set) var got: [UInt8] = []
    private(set) var isConnected = true
    /// Up to which byte of the stream the sender's kernel knows that the receiver has it.
    private(set) var acknowledged: Int64 = 0
    var isOrdered = true
    var cutsLeft: Int

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        content = random.bytes(random.below(6000))
        mostPipes = random.below(8)
        room = 1 + random.below(random.below(2) == 0 ? 100 : 3000)
        refusesAfter = random.below(4) == 0 ? random.below(40) : nil
        cutsLeft = random.below(8)
    }

    func upTo(_ most: Int) -> Int { 1 + random.below(most) }

    // MARK: By itself

    func tick() {
        if random.below(2) == 0 { write() }
        if random.below(2) == 0 { deliver() }
        if random.below(3) == 0 { acknowledged = max(acknowledged, Int64(got.count)) }
        if isConnected, cutsLeft > 0, random.below(40) == 0 { cut() }
    }

    private func write() {
        if written < content.count {
            written += upTo(min(content.count - written, random.below(2) == 0 ? 3 : 300))
        } else {
            hasEnded = true
        }
    }

    private func deliver() {
        guard isConnected, !wire.isEmpty else { return }
        let piece = wire.prefix(upTo(wire.count))
        wire = wire.dropFirst(piece.count)
        let wanted = content.dropFirst(got.count).prefix(piece.count)
        if wanted.count < piece.count || !wanted.elementsEqual(piece) { isOrdered = false }
        got += piece
    }

    /// Some of what is under way still comes; no more of it is acknowledged.
    private func cut() {
        cutsLeft -= 1
        deliver()
        isConnected = false
        wire = []
    }

    /// - Returns: Where in the stream the next connection begins.
    func connect() -> Int64 {
        isConnected = true
        acknowledged = Int64(got.count)
        return Int64(got.count)
    }

    // MARK: The kernel

    func call() { if random.below(4) == 0 { tick() } }

    func take(_ most: Int) throws(Errno) -> ArraySlice<UInt8> {
        guard taken < written else {
            if hasEnded { return [] }
            throw .wouldBlock
        }
        let most = min(most, written - taken, KeptWorld.capacity)
        let piece = content[taken..<taken + upTo(most)]
        taken += piece.count
        return piece
    }

    func send(_ bytes: ArraySlice<UInt8>) throws(Errno) -> Int {
        guard isConnected else {
            throw [.connectionReset, .brokenPipe, .timedOut][random.below(3)]
        }
        let room = room - (got.count + wire.count - Int(acknowledged))
        guard room > 0 else { throw .wouldBlock }
        let count = upTo(min(room, bytes.count))
        wire += bytes.prefix(count)
        return count
    }

    func refuse() throws(Errno) {
        guard let left = refusesAfter else { return }
        refusesAfter = left - 1
        if left <= 0 { throw .invalid }
    }

    private func number(_ pipe: Descriptor) -> Int { Int(pipe.number - 200) / 2 }

    func fill(_ pipe: Descriptor, _ most: Int) throws(Errno) -> Int {
        guard pipes[number(pipe)].freeSlots > 0 else { throw .wouldBlock }
        let piece = try take(min(most, KeptWorld.mostPiece))
        if !piece.isEmpty { _ = pipes[number(pipe)].splice(piece) }
        return piece.count
    }

    func empty(_ pipe: Descriptor, _ most: Int) throws(Errno) -> Int {
        let number = number(pipe)
        guard pipes[number].byteCount > 0 else { throw .wouldBlock }
        var all = pipes[number]
        let count = try send(all.read(most)[...])
        _ = pipes[number].read(count)
        return count
    }

    func read(_ pipe: Descriptor, _ most: Int) throws(Errno) -> [UInt8] {
        let bytes = pipes[number(pipe)].read(most)
        if bytes.isEmpty { throw .wouldBlock }
        return bytes
    }

    func tee(_ pipe: Descriptor, _ other: Descriptor, _ most: Int) throws(Errno) -> Int {
        let count = pipes[number(pipe)].tee(most, to: &pipes[number(other)])
        if count == 0 { throw .wouldBlock }
        return count
    }

    func makePipe(_ capacity: Int) -> (reader: Descriptor, writer: Descriptor)? {
        guard pipes.count <= mostPipes else { return nil }
        pipes.append(ModelPipe(capacity: capacity, page: KeptWorld.page))
        let number = CInt(200 + 2 * (pipes.count - 1))
        return (Descriptor(number: number), Descriptor(number: number + 1))
    }

    var isReadable: Bool { taken < written || hasEnded }
    /// Whether all that was given has come.
    var isThrough: Bool { isConnected && wire.isEmpty }
}

/// A kernel that does what such a world lets it do.
struct KeptKernel: RelayKernel {
    let world: KeptWorld

    func splice(
        from source: Descriptor, to target: Descriptor, byteCount: Int
    ) throws(Errno) -> Int {
        world.call()
        if source == KeptWorld.source { return try world.fill(target, byteCount) }
        try world.refuse()
        return try world.empty(source, byteCount)
    }

    func sendFile(
        from file: Descriptor, to target: Descriptor, byteCount: Int
    ) throws(Errno) -> Int { throw .notSupported }

    func read(_ source: Descriptor, into block: inout [UInt8]) throws(Errno) -> Int {
        throw .notSupported
    }

    func write(_ target: Descriptor, _ bytes: ArraySlice<UInt8>) throws(Errno) -> Int {
        throw .notSupported
    }

    func read(
        _ source: Descriptor, into memory: UnsafeMutableRawBufferPointer
    ) throws(Errno) -> Int {
        world.call()
        let bytes =
            source == KeptWorld.source
            ? [UInt8](try world.take(memory.count)) : try world.read(source, memory.count)
        unsafe memory.copyBytes(from: bytes)
        return bytes.count
    }

    func write(
        _ target: Descriptor, _ bytes: UnsafeRawBufferPointer
    ) throws(Errno) -> Int {
        world.call()
        return try world.send(unsafe [UInt8](bytes)[...])
    }

    func tee(
        from source: Descriptor, to target: Descriptor, byteCount: Int
    ) throws(Errno) -> Int {
        world.call()
        return try world.tee(source, target, byteCount)
    }

    func toss(_ pipe: Descriptor, byteCount: Int) throws(Errno) -> Int {
        try world.read(pipe, world.upTo(byteCount)).count
    }

    func makePipe(capacity: Int) -> (reader: Descriptor, writer: Descriptor)? {
        world.makePipe(capacity)
    }

    func writeEnd(_ target: Descriptor) throws(Errno) {}
    func isReadable(_ source: Descriptor) -> Bool { world.isReadable }
    func isAtUrgentData(_ source: Descriptor) -> Bool { false }
    func hasByte(_ source: Descriptor) throws(Errno) -> Bool { false }

    func yield() -> Bool {
        world.call()
        return world.random.below(2) == 0
    }
}
