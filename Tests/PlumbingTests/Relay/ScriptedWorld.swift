import LinuxSystem

/// A source, a target and a pipe between them, with a writer and a reader who come and go.
final class ScriptedWorld {
    static let source: Descriptor = 100
    static let target: Descriptor = 101
    static let reader: Descriptor = 102
    static let writer: Descriptor = 103

    let script: ScriptedCase
    var random: SeededGenerator
    /// How far the writer, the relay's taking and its giving have come in the content.
    private(set) var written = 0
    private(set) var taken = 0
    private(set) var given = 0
    private(set) var hasEnded = false
    /// What the reader got, and whether it is gone.
    private(set) var read = 0
    private(set) var hasLeft = false
    /// How often the end of a sealed stream was written.
    var endCount = 0
    private var between: [UInt8] = []
    private var refusable = (source: 0, target: 0)
    private(set) var hasDelivered = true

    /// What was asked, what of it came to anything, and what happened by itself.
    var callCount = 0
    var moveCount = 0
    private(set) var eventCount = 0

    init(_ script: ScriptedCase, sourceIsFile: Bool) {
        self.script = script
        random = SeededGenerator(seed: ~script.seed)
        if sourceIsFile {
            written = script.content.count
            hasEnded = true
        }
    }

    var content: [UInt8] { script.content }
    var isReadable: Bool { taken < written || hasEnded }
    var isWritable: Bool { hasLeft || given - read < script.capacity }
    /// Whether nothing will happen any more unless the relay moves something.
    var isStill: Bool { hasEnded && (hasLeft || given == read && !isLeaving) }
    private var isLeaving: Bool { script.readerLeavesAfter.map { read >= $0 } ?? false }

    // MARK: By itself

    /// Lets the writer and the reader do something, or nothing.
    func tick() {
        if !hasEnded, random.below(2) == 0 { write() }
        if !hasLeft, random.below(2) == 0 { readSome() }
    }

    private func write() {
        eventCount += 1
        let most = min(script.pieces.writing, content.count - written)
        if most == 0 { hasEnded = true } else { written += upTo(most) }
    }

    private func readSome() {
        if isLeaving {
            hasLeft = true
            eventCount += 1
            return
        }
        let allowed = (script.readerLeavesAfter ?? .max) - read
        let most = min(script.pieces.reading, given - read, allowed)
        guard most > 0 else { return }
        eventCount += 1
        read += upTo(most)
    }

    func upTo(_ most: Int) -> Int { 1 + random.below(most) }

    // MARK: What the kernel does

    /// Notes a call, before which something may have happened.
    func call() {
        callCount += 1
        if script.isRestless, random.below(16) == 0 { tick() }
    }

    var isAtMark: Bool { taken < written && script.marks.contains(taken) }

    /// - Parameter isSplice: It stops at urgent data, and says that it was the end after a FIN.
    func take(atMost most: Int, isSplice: Bool = false) throws(Errno) -> [UInt8] {
        var available = min(written - taken, most)
        let first = isSplice ? taken : taken + 1
        if let mark = script.marks.filter({ $0 >= first }).min() {
            available = min(available, mark - taken)
        }
        if available == 0, isAtMark, hasEnded { return [] }
        guard available > 0 else {
            guard hasEnded, !isAtMark else { throw .wouldBlock }
            moveCount += 1
            if let error = script.sourceError { throw error }
            return []
        }
        let count = upTo(available)
        defer { taken += count }
        moveCount += 1
        return [UInt8](content[taken..<taken + count])
    }

    /// The room at the target, which is nobody's any more when the reader left.
    func room() throws(Errno) -> Int {
        if hasLeft {
            moveCount += 1
            throw script.targetError
        }
        let room = script.capacity - (given - read)
        guard room > 0 else { throw .wouldBlock }
        return room
    }

    func accept(_ bytes: ArraySlice<UInt8>) {
        hasDelivered =
            hasDelivered && given + bytes.count <= content.count
            && script.content[given..<given + bytes.count] == bytes
        given += bytes.count
        moveCount += 1
    }

    /// Refuses to splice after as many calls as the script says.
    func refuse(from source: Descriptor, to target: Descriptor) throws(Errno) {
        if source == ScriptedWorld.source, let limit = script.refusals.source {
            refusable.source += 1
            if refusable.source > limit { throw script.refusal }
        }
        if target == ScriptedWorld.target, let limit = script.refusals.target {
            refusable.target += 1
            if refusable.target > limit { throw script.refusal }
        }
    }

    // MARK: The pipe between

    func splice(
        from source: Descriptor, to target: Descriptor, byteCount: Int
    ) throws(Errno) -> Int {
        try refuse(from: source, to: target)
        switch (source, target) {
        case (ScriptedWorld.source, ScriptedWorld.target):
            let bytes = try take(atMost: min(byteCount, try room()), isSplice: true)
            accept(bytes[...])
            return bytes.count
        case (ScriptedWorld.source, ScriptedWorld.writer):
            let room = script.betweenCapacity - between.count
            guard room > 0 else { throw .wouldBlock }
            let bytes = try take(atMost: min(byteCount, room), isSplice: true)
            between += bytes
            return bytes.count
        case (ScriptedWorld.reader, ScriptedWorld.target):
            guard !between.isEmpty else { throw .wouldBlock }
            let count = upTo(min(byteCount, between.count, try room()))
            accept(between.prefix(count))
            between.removeFirst(count)
            return count
        default: throw .invalid
        }
    }

    func readBetween(atMost most: Int) throws(Errno) -> [UInt8] {
        guard !between.isEmpty else { throw .wouldBlock }
        let bytes = [UInt8](between.prefix(upTo(min(most, between.count))))
        between.removeFirst(bytes.count)
        return bytes
    }
}
