import LinuxSystem

@testable import Plumbing
@testable import Relaying

/// A stream over one connection after another, each of which is cut at some moment.
/// A writer, both relays and a reader are all driven by one thread.
final class CutScene {
    let content: [UInt8]
    private var random: SeededGenerator
    private let isSealed: Bool
    /// What one write has at most.
    private let piece: Int
    private var writer: OwnedDescriptor?
    private let source: OwnedDescriptor
    private let target: OwnedDescriptor
    private let reader: OwnedDescriptor?
    private let readerDescriptor: Descriptor?
    private var connections: [Connection] = []
    private(set) var sender: Mover
    private(set) var receiver: Mover
    private var written = 0
    private(set) var got: [UInt8] = []
    private(set) var cutCount = 0

    /// One of them, and where in the stream it begins.
    final class Connection {
        let sending: OwnedDescriptor
        let receiving: OwnedDescriptor
        let base: Int64
        let carriers: (Carrier, Carrier)
        var hasShutDown = false

        init(base: Int64, isSealed: Bool) throws {
            let link = try Link(.tcp)
            sending = link.writer
            receiving = link.reader
            self.base = base
            carriers = (
                try Carrier(isSealed ? ToyCipher() : nil, .toConnection),
                try Carrier(isSealed ? ToyCipher() : nil, .fromConnection)
            )
        }

        /// Up to which byte of the stream the receiver's kernel has everything for certain.
        var acknowledged: Int64 {
            guard let counters = try? TCPCounters(of: sending.borrowed) else { return 0 }
            var count = counters.acknowledged - 1 - (counters.finIsAcknowledged ? 1 : 0)
            // The last record may not be whole.
            if carriers.0.isSealed { count -= carriers.0.overhead + Int64(SealedRecord.limit) }
            return base + max(0, count)
        }
    }

    /// - Parameters:
    ///   - feeding: What stands before the reader, made for the first connection.
    ///   - reader: Who reads; `nil` where the target keeps everything.
    init(
        _ content: [UInt8], writer: consuming OwnedDescriptor, source: consuming OwnedDescriptor,
        target: consuming OwnedDescriptor, reader: consuming OwnedDescriptor?,
        _ engines: (RelayEngine, RelayEngine), isSealed: Bool = false, piece: Int = .max,
        mostPipes: Int? = nil, feed: FeedOrder? = nil, seed: UInt64
    ) throws {
        self.content = content
        self.piece = piece
        self.isSealed = isSealed
        random = SeededGenerator(seed: seed)
        let first = try Connection(base: 0, isSealed: isSealed)
        let keeper =
            mostPipes.map { Keeper(mostPipes: $0) { _ in first.acknowledged } }
            ?? Keeper { _ in first.acknowledged }
        try writer.setNonblocking(true)
        try reader?.setNonblocking(true)
        sender = Mover(
            from: source.borrowed, to: first.sending.borrowed, .toConnection,
            ours: [source.borrowed, first.sending.borrowed], EngineChoice(engines.0),
            carrier: first.carriers.0, keeping: keeper)
        let feeding = try feed.map {
            try Feeding(
                $0, from: first.receiving.borrowed, to: target.borrowed,
                FileKind(of: target.borrowed) ?? .pipe, digest: nil, isSealed: isSealed)
        }
        receiver = Mover(
            from: first.receiving.borrowed, to: target.borrowed, .fromConnection,
            ours: [first.receiving.borrowed, target.borrowed], EngineChoice(engines.1),
            feeding: feeding, carrier: first.carriers.1, goesOn: true)
        self.writer = consume writer
        self.source = consume source
        self.target = consume target
        readerDescriptor = reader?.borrowed
        self.reader = consume reader
        connections = [first]
        sender.advance()
        receiver.advance()
    }

    private var newest: Connection { connections[connections.count - 1] }

    /// Runs until everything was given to the reader, with so many cuts on the way.
    ///
    /// - Throws: `timedOut` when nothing moves for seconds.
    func run(cuts: Int) throws {
        var places = (0..<cuts).map { _ in Int64(random.below(content.count)) }.sorted()
        while !(receiver.isExhausted && receiver.awaitsEnd) {
            try turn()
            let passed = receiver.takenByteCount
            while let place = places.first, place <= passed {
                places.removeFirst()
                try cut()
            }
        }
        receiver.releaseEnd()
        while receiver.progress.isRunning { try turn() }
        letReaderGo()
    }

    /// Cuts the connection in one of the ways in which that happens, and goes on with another.
    func cut() throws {
        cutCount += 1
        let old = newest
        if random.below(2) == 0 {
            // The sender's end is gone, and the receiver's hears of it.
            try TCP.disconnect(old.sending.borrowed)
            if random.below(2) == 0 { sender.advance() }
        }
        for _ in 0..<random.below(4) { try turn(atMost: .milliseconds(0)) }
        sender.pause()
        try? TCP.dropEverything(old.receiving.borrowed)
        try? TCP.shutDownReading(old.receiving.borrowed)
        for _ in 0..<random.below(3) { try turn(atMost: .milliseconds(0)) }
        let (byteCount, hasEnd) = try receiver.freeze()
        let isAll =
            byteCount == content.count && hasEnd && written == content.count && writer == nil
        if isAll, isSealed { return }
        for _ in 0..<random.below(3) { try turn(atMost: .milliseconds(0)) }
        let next = try Connection(base: byteCount, isSealed: isSealed)
        connections.append(next)
        try sender.resume(to: next.sending.borrowed, from: byteCount, next.carriers.0) { _ in
            next.acknowledged
        }
        receiver.resume(from: next.receiving.borrowed, at: byteCount, next.carriers.1)
        sender.advance()
        receiver.advance()
        shutDown()
    }

    private func turn(atMost pause: Instant.Span = .seconds(5)) throws {
        var readiness = Readiness()
        sender.watch(&readiness)
        receiver.watch(&readiness)
        let (writer, reader) = (writer?.borrowed, readerDescriptor)
        if let writer { readiness.watch(writer, .writing) }
        if let reader { readiness.watch(reader, .reading) }
        let start = Instant.now
        var until = start + pause
        for deadline in [sender.deadline, receiver.deadline] {
            if let deadline { until = min(until, deadline) }
        }
        try readiness.wait(until: until)
        if Instant.now - start >= .seconds(5) { throw Errno.timedOut }
        if sender.isDue(readiness) { sender.advance() }
        if receiver.isDue(readiness) { receiver.advance() }
        shutDown()
        if let writer, readiness[writer].isReady { write(writer) }
        if let reader, readiness[reader].isReady { read(reader) }
    }

    /// The stream is at its end.
    private func shutDown() {
        guard sender.progress.hasDelivered, !sender.isPaused, !newest.hasShutDown else { return }
        newest.hasShutDown = true
        try? TCP.shutDownWriting(newest.sending.borrowed)
    }

    private func write(_ descriptor: Descriptor) {
        guard written < content.count else {
            writer = nil
            return
        }
        let most = min(piece, 1 + random.below(300_000), content.count - written)
        written +=
            (try? descriptor.writeWithoutBlocking(content[written..<written + most])) ?? 0
    }

    private func read(_ descriptor: Descriptor) {
        got += (try? descriptor.read(byteCount: 1 + random.below(300_000))) ?? []
    }

    private func letReaderGo() {
        guard let reader = readerDescriptor else { return }
        while reader.queuedByteCount > 0 { read(reader) }
    }
}
