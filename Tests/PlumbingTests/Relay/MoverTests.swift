import Glibc
import LinuxSystem
import Testing

@testable import Plumbing
@testable import Relaying

/// The engines over the real kernel. Where io_uring is forbidden its engines fall back, and these
/// tests hold for what they fall back to.
@Suite struct MoverTests {
    private static let sizes = [0, 1, 65_537, 3_000_000]
    private static let joints: [(Link.Kind, Link.Kind)] = [
        (.pipe, .tcp), (.pair, .tcp), (.tcp, .pipe), (.tcp, .pair), (.tcp, .tcp), (.pair, .pair),
    ]

    private func scene(
        _ engine: RelayEngine, _ content: [UInt8], from: Link.Kind, to: Link.Kind, seed: UInt64 = 0
    ) throws -> RelayScene {
        let first = try Link(from)
        let second = try Link(to)
        return try RelayScene(
            content, writer: first.writer, source: first.reader, target: second.writer,
            reader: second.reader, to == .tcp ? .toConnection : .fromConnection,
            EngineChoice(engine), seed: seed)
    }

    @Test(arguments: RelayEngine.allCases, joints)
    func `every engine moves every byte between every two ends`(
        engine: RelayEngine, joint: (from: Link.Kind, to: Link.Kind)
    ) throws {
        for byteCount in MoverTests.sizes {
            let content = SeededGenerator.content(byteCount)
            let scene = try scene(engine, content, from: joint.from, to: joint.to)
            try scene.run()
            #expect(scene.got == content, "\(byteCount) bytes")
            #expect(scene.readerError == nil)
            #expect(scene.progress.hasDelivered && scene.progress.source == .ended)
            #expect(scene.progress.given == Int64(byteCount))
        }
    }

    @Test(arguments: RelayEngine.allCases, 0..<12 as Range<UInt64>)
    func `pauses and pieces of any size change nothing`(engine: RelayEngine, seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let joint = MoverTests.joints.randomElement(using: &random)!
        let byteCount = Int.random(in: 0..<1_500_000, using: &random)
        let content = SeededGenerator.content(byteCount, seed: seed)
        let scene = try scene(engine, content, from: joint.0, to: joint.1, seed: seed)
        scene.pauses = true
        try scene.run()
        #expect(scene.got == content, "seed \(seed): \(joint), \(byteCount) bytes")
        #expect(scene.progress.source == .ended && scene.progress.hasDelivered)
    }

    // A ring set up with IORING_SETUP_DEFER_TASKRUN slept here for ever.
    @Test(arguments: RelayEngine.allCases, joints)
    func `one byte at a time wakes a relay that waits for nothing else`(
        engine: RelayEngine, joint: (from: Link.Kind, to: Link.Kind)
    ) throws {
        let first = try Link(joint.from)
        let second = try Link(joint.to)
        let (writer, reader) = (first.writer.borrowed, second.reader.borrowed)
        var mover = Mover(
            from: first.reader.borrowed, to: second.writer.borrowed,
            joint.to == .tcp ? .toConnection : .fromConnection,
            ours: [first.reader.borrowed, second.writer.borrowed], EngineChoice(engine))
        mover.advance()
        for byte in 0..<50 as Range<UInt8> {
            try writer.writeAll([byte])
            while !Readiness.now(of: reader, .reading).isReady {
                var readiness = Readiness()
                mover.watch(&readiness)
                let start = Instant.now
                try readiness.wait(until: start + .seconds(5))
                try #require(Instant.now - start < .seconds(5), "nothing woke it for byte \(byte)")
                if mover.isDue(readiness) { mover.advance() }
            }
            #expect(try reader.read(byteCount: 9) == [byte])
        }
        mover.targetLeft()
        #expect(mover.progress.held == 0)
    }

    @Test(arguments: RelayEngine.allCases)
    func `an idle relay is not woken`(engine: RelayEngine) throws {
        let scene = try scene(engine, [1], from: .pipe, to: .tcp)
        scene.staysOpen = true
        while scene.got.isEmpty { try scene.turn() }
        var dueCount = 0
        for _ in 0..<20 {
            var readiness = Readiness()
            scene.mover.watch(&readiness)
            try readiness.wait(until: .now + .milliseconds(2))
            if scene.mover.isDue(readiness) {
                dueCount += 1
                scene.mover.advance()
            }
        }
        #expect(dueCount <= 2)
    }

    // MARK: Early ends

    @Test(
        arguments: RelayEngine.allCases,
        [(.pair, .tcp), (.tcp, .pipe), (.tcp, .pair)] as [(Link.Kind, Link.Kind)])
    func `a reader that leaves is an error of the target, and what is left is known`(
        engine: RelayEngine, joint: (from: Link.Kind, to: Link.Kind)
    ) throws {
        try withBrokenPipes {
            let content = SeededGenerator.content(20_000_000)
            let scene = try scene(engine, content, from: joint.from, to: joint.to)
            while scene.got.count < 100_000 { try scene.turn() }
            scene.reader = nil
            try scene.move()
            guard case .failed(let error) = scene.progress.target else {
                return #expect(Bool(false), "\(scene.progress)")
            }
            #expect([.brokenPipe, .connectionReset].contains(error))
            #expect(scene.progress.source == .open)
            let (given, left) = (Int(scene.progress.given), scene.left())
            #expect(left == [UInt8](content[given...].prefix(left.count)))
            #expect(scene.progress.held == 0)
            // Nothing is in flight any more that could take a byte which nobody then knows of.
            scene.writer = nil
            let rest = try Self.readToEnd(scene.sourceDescriptor)
            #expect(left + rest == [UInt8](content[given..<scene.written]))
        }
    }

    private static func readToEnd(_ reader: Descriptor) throws -> [UInt8] {
        var all: [UInt8] = []
        while Link.becomesReady(reader, .reading) {
            let piece = try reader.read(byteCount: 1 << 20)
            if piece.isEmpty { return all }
            all += piece
        }
        throw Errno.timedOut
    }

    @Test(arguments: RelayEngine.allCases, [.pipe, .pair] as [Link.Kind])
    func `a connection that breaks is an error of the source, after all its bytes`(
        engine: RelayEngine, to: Link.Kind
    ) throws {
        let content = SeededGenerator.content(40_000)
        let scene = try scene(engine, content, from: .tcp, to: to)
        scene.staysOpen = true
        while scene.got.count < content.count { try scene.turn() }
        try scene.resetWriter()
        try scene.move()
        #expect(scene.progress.source == .failed(.connectionReset))
        #expect(scene.progress.target == .open)
        #expect(scene.got == content)
    }

    @Test(arguments: RelayEngine.allCases)
    func `one direction that ends leaves the other as it is`(engine: RelayEngine) throws {
        let link = try Link(.tcp)
        let far = try OwnedDescriptor.duplicate(of: link.writer.borrowed)
        let near = try OwnedDescriptor.duplicate(of: link.reader.borrowed)
        let pipe = try Link(.pipe)
        let scene = try RelayScene(
            [1, 2, 3], writer: link.writer, source: link.reader, target: pipe.writer,
            reader: pipe.reader, .fromConnection, EngineChoice(engine))
        scene.staysOpen = true
        while scene.got.count < 3 { try scene.turn() }
        try TCP.shutDownWriting(far.borrowed)
        scene.staysOpen = false
        try scene.run()
        #expect(scene.progress.source == .ended)
        #expect(try near.borrowed.writeWithoutBlocking([7]) == 1)
        #expect(Link.becomesReady(far.borrowed, .reading))
        #expect(try far.borrowed.read(byteCount: 9) == [7])
    }

    /// Waits until a worker of our rings stands where no signal reaches it.
    private static func workerStands() throws {
        for _ in 0..<10_000 {
            let stands = Proc.numbers(in: "/proc/self/task").contains { task in
                Proc.contents(of: "/proc/self/task/\(task)/comm")?.starts(with: "iou-wrk".utf8)
                    == true
                    && Proc.state(of: CInt(task)) == "D"
            }
            if stands { return }
            Instant.rest(.milliseconds(1))
        }
        throw Errno.timedOut
    }

    /// A splice that waits for a socket holds its pipe locked (KERNEL H1), and no signal reaches who
    /// waits for that lock.
    private static func leaveLockedTarget() throws {
        let source = try Link(.tcp)
        let target = try Link(.pipe)
        let slow = try Link(.tcp)
        try slow.reader.setNonblocking(false)
        let holder = try Ring(entries: 1, blockCount: 0, blockSize: 0)
        let reader = target.reader.borrowed
        let scene = try RelayScene(
            SeededGenerator.content(100_000), writer: source.writer, source: source.reader,
            target: target.writer, reader: nil, .fromConnection, EngineChoice(.ringSplice))
        #expect(
            holder.splice(
                from: slow.reader.borrowed, to: scene.targetDescriptor, byteCount: 9, tag: 1))
        try holder.submit()
        Instant.rest(.milliseconds(20))
        scene.staysOpen = true
        while scene.mover.awaited == .source { try scene.turnNow() }
        try workerStands()
        scene.mover.targetLeft()
        #expect(scene.mover.isSettling && !scene.progress.isRunning)
        #expect(scene.progress.target == .failed(.brokenPipe) && scene.left() == [])
        try slow.writer.borrowed.writeAll([1])
        try scene.move()
        let (given, left) = (Int(scene.progress.given), scene.left())
        #expect(scene.progress.source == .open && left.count + given > 0)
        #expect(left == [UInt8](scene.content[given...].prefix(left.count)))
        var got: [UInt8] = []
        while got.count < given + 1 { got += try reader.read(byteCount: 1 << 20) }
        #expect(got.count == given + 1)
    }

    @Test(.enabled(if: RingAvailability.here() == .available, "io_uring cannot be used here"))
    func `a target that cannot be left yet holds nobody, and every byte is known`() async {
        await #expect(processExitsWith: .success) { try MoverTests.leaveLockedTarget() }
    }

    @Test(arguments: RelayEngine.allCases)
    func `what is left when the target went is drained in order`(engine: RelayEngine) throws {
        let content = SeededGenerator.content(6_000_000)
        let scene = try scene(engine, content, from: .tcp, to: .pair)
        while scene.got.isEmpty { try scene.turn() }
        scene.mover.targetLeft()
        try scene.move()
        let given = Int(scene.progress.given)
        let left = content[given..<given + scene.progress.held]
        let taken = scene.mover.takenByteCount
        #expect(scene.mover.drain(byteCount: 1) == [UInt8](left.prefix(1)))
        #expect(scene.mover.drain(byteCount: .max) == [UInt8](left.dropFirst()))
        #expect(scene.mover.drain(byteCount: 1) == [])
        #expect(scene.mover.takenByteCount == taken)
        #expect(scene.progress.target == .failed(.brokenPipe))
    }
}
