import Glibc
import LinuxSystem

@testable import Plumbing
@testable import Relaying

/// A relay over the real kernel with its writer and reader, all driven by one thread, so that
/// nobody but us could wake a wait that the kernel forgot.
final class RelayScene {
    let content: [UInt8]
    var writer: OwnedDescriptor?
    var source: OwnedDescriptor?
    var target: OwnedDescriptor?
    var reader: OwnedDescriptor?
    var mover: Mover
    private var random: SeededGenerator
    /// What the writer wrote and the reader got.
    private(set) var written = 0
    private(set) var got: [UInt8] = []
    /// Why the reader got no more.
    private(set) var readerError: Errno?
    var pauses = false
    /// Whether the writer goes on for ever, or ends after the content.
    var staysOpen = false
    private var isReaderDone = false

    /// - Parameters:
    ///   - writer: Who writes the content; `nil` where the source has it already.
    ///   - reader: Who reads; `nil` where the target keeps it.
    init(
        _ content: [UInt8], writer: consuming OwnedDescriptor?, source: consuming OwnedDescriptor,
        target: consuming OwnedDescriptor, reader: consuming OwnedDescriptor?,
        _ direction: RelayDirection, _ choice: EngineChoice, ours: [Descriptor]? = nil,
        seed: UInt64 = 0
    ) throws {
        self.content = content
        try writer?.setNonblocking(true)
        try reader?.setNonblocking(true)
        let all = [source.borrowed, target.borrowed]
        mover = Mover(
            from: all[0], to: all[1], direction, ours: ours ?? all, choice)
        self.writer = consume writer
        self.source = consume source
        self.target = consume target
        self.reader = consume reader
        random = SeededGenerator(seed: seed)
        mover.advance()
    }

    var progress: RelayProgress { mover.progress }
    var sourceDescriptor: Descriptor { source?.borrowed ?? .closed }
    var targetDescriptor: Descriptor { target?.borrowed ?? .closed }
    var readerDescriptor: Descriptor { reader?.borrowed ?? .closed }

    /// The writer's connection breaks.
    func resetWriter() throws {
        if let descriptor = writer?.borrowed { try TCP.setResetOnClose(descriptor, true) }
        writer = nil
    }

    /// Runs until the relay came to an end and the reader has seen it.
    ///
    /// - Throws: `timedOut` when nothing moves for seconds.
    func run() throws {
        try move()
        target = nil
        while reader != nil, !isReaderDone { try turn() }
    }

    /// Lets everybody go on until the relay has come to an end of one kind or another.
    func move() throws {
        while progress.isRunning || mover.isSettling { try turn() }
    }

    /// Waits for anybody and lets each who can do something.
    func turn() throws {
        let (writes, reads) = pauses ? (random.chance(2), random.chance(2)) : (true, true)
        var readiness = Readiness()
        mover.watch(&readiness)
        let (writer, reader) = (writer?.borrowed, reader?.borrowed)
        if let writer, writes { readiness.watch(writer, .writing) }
        if let reader, reads, !isReaderDone { readiness.watch(reader, .reading) }
        let pause = Instant.Span.milliseconds(writes && reads ? 5_000 : 1)
        let start = Instant.now
        try readiness.wait(until: min(start + pause, mover.deadline ?? start + pause))
        if writes, reads, Instant.now - start >= pause { throw Errno.timedOut }
        if mover.isDue(readiness) { mover.advance() }
        if let writer, readiness[writer].isReady { write(writer) }
        if let reader, readiness[reader].isReady { read(reader) }
    }

    /// Lets the writer and the reader do what they can now.
    func letOthersGo() {
        if let descriptor = writer?.borrowed, Readiness.now(of: descriptor, .writing).isReady {
            write(descriptor)
        }
        if let descriptor = reader?.borrowed, Readiness.now(of: descriptor, .reading).isReady {
            read(descriptor)
        }
    }

    private func piece(_ most: Int) -> Int {
        pauses ? Int.random(in: 0...min(most, 100_000), using: &random) : most
    }

    private func write(_ descriptor: Descriptor) {
        let count = piece(content.count - written)
        if written == content.count {
            if !staysOpen { writer = nil }
            return
        }
        do throws(Errno) {
            written += try descriptor.writeWithoutBlocking(content[written..<written + count])
        } catch {
            writer = nil
        }
    }

    private func read(_ descriptor: Descriptor) {
        do throws(Errno) {
            let bytes = try descriptor.read(byteCount: max(1, piece(1 << 20)))
            got += bytes
            isReaderDone = bytes.isEmpty
        } catch .wouldBlock {
            return
        } catch {
            readerError = error
            isReaderDone = true
        }
    }
}

extension SeededGenerator {
    /// Many bytes, fast.
    static func content(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
        var random = SeededGenerator(seed: seed)
        let some = random.bytes(min(count, 8191))
        var all: [UInt8] = []
        all.reserveCapacity(count)
        while all.count < count { all += some.prefix(count - all.count) }
        return all
    }
}

extension RelayScene {
    /// Takes out what the relay had when its target went.
    func left() -> [UInt8] { mover.drain(byteCount: .max) }

    /// Lets each who can do something now, and waits a millisecond at most.
    func turnNow() throws {
        var readiness = Readiness()
        mover.watch(&readiness)
        try readiness.wait(until: .now + .milliseconds(1))
        if mover.isDue(readiness) { mover.advance() }
        letOthersGo()
    }
}
