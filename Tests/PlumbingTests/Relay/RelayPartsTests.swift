import CConfinement
import Glibc
import LinuxSystem
import Testing

@testable import Plumbing

@Suite struct EngineChoiceTests {
    private func first(
        _ wanted: RelayEngine?, _ direction: RelayDirection, _ kind: FileKind,
        isForeign: Bool = true, hasChecksum: Bool = false
    ) -> RelayEngine {
        EngineChoice.first(
            wanted, direction, kind, isForeign: isForeign, hasChecksum: hasChecksum
        ).engine
    }

    @Test func `what is polled is spliced, what is not goes through io_uring`() {
        for direction in [RelayDirection.toConnection, .fromConnection] {
            #expect(first(nil, direction, .pipe) == .splice)
            #expect(first(nil, direction, .socket, isForeign: false) == .splice)
            #expect(first(nil, direction, .terminal) == .copy)
            #expect(first(nil, direction, .characterDevice) == .ring)
            #expect(first(nil, direction, .blockDevice) == .ring)
        }
        #expect(first(nil, .toConnection, .regular) == .splice)
        #expect(first(nil, .fromConnection, .regular) == .ring)
    }

    // It might wait for it with a pipe's lock held, and the flag that prevents it shows elsewhere.
    @Test func `a socket that others share is never spliced`() {
        #expect(first(nil, .toConnection, .socket) == .copy)
        #expect(first(.splice, .toConnection, .socket) == .copy)
        #expect(first(.ringSplice, .toConnection, .socket) == .copy)
        #expect(first(.ring, .toConnection, .socket) == .ring)
        #expect(first(.splice, .toConnection, .socket, isForeign: false) == .splice)
    }

    @Test(arguments: RelayEngine.allCases)
    func `what was asked for is taken, but a checksum needs the bytes`(engine: RelayEngine) {
        #expect(first(engine, .toConnection, .pipe) == engine)
        #expect(first(engine, .toConnection, .pipe, hasChecksum: true) == .copy)
        #expect(first(nil, .toConnection, .regular, hasChecksum: true) == .copy)
    }

    @Test(arguments: RelayEngine.allCases)
    func `every refusal leads to copying, and says the kernel's words`(engine: RelayEngine) {
        let next = EngineChoice(engine).fallback(.invalid)
        #expect(next.engine == .copy)
        #expect(next.reason?.contains("Invalid argument") == true)
    }

    @Test func `without io_uring it is splices or copies, with the cure`() {
        let next = EngineChoice(.ringSplice).withoutRing(.notPermitted)
        #expect(next.engine == .splice)
        #expect(next.reason == "io_uring is forbidden here")
        #expect(next.cure?.contains("io_uring_disabled") == true)
        #expect(EngineChoice(.ring).withoutRing(.outOfMemory).engine == .copy)
    }
}

@Suite struct RelayFailureTests {
    private static let error = Errno.outOfMemory

    private func failure(
        _ direction: RelayDirection, source: RelayProgress.Source = .open,
        target: RelayProgress.Target = .open, isConnected: Bool = true
    ) -> RelayFailure? {
        var progress = RelayProgress()
        progress.source = source
        progress.target = target
        return progress.failure(direction, isConnected: isConnected)
    }

    // A shutdown after it would be a clean end of a stream that lacks what was not taken.
    @Test func `a connection that takes no more, though it is there, is a failure`() {
        #expect(
            failure(.toConnection, source: .ended, target: .failed(Self.error))
                == .ofConnection(Self.error))
        #expect(failure(.toConnection, target: .failed(.brokenPipe), isConnected: false) == nil)
    }

    @Test func `a connection that gives no more, though it is there, is a failure`() {
        #expect(failure(.fromConnection, source: .failed(Self.error)) == .ofConnection(Self.error))
        #expect(
            failure(.fromConnection, source: .failed(.connectionReset), isConnected: false) == nil)
    }

    @Test func `what fails at the end is one, but a reader that leaves is none`() {
        for isConnected in [true, false] {
            #expect(
                failure(.toConnection, source: .failed(Self.error), isConnected: isConnected)
                    == .ofEnd(Self.error))
            #expect(
                failure(.fromConnection, target: .failed(Self.error), isConnected: isConnected)
                    == .ofEnd(Self.error))
            #expect(
                failure(.fromConnection, target: .failed(.brokenPipe), isConnected: isConnected)
                    == nil)
        }
    }

    @Test(arguments: [RelayDirection.toConnection, .fromConnection])
    func `a relay that goes on or has ended well has not failed`(direction: RelayDirection) {
        #expect(failure(direction) == nil)
        #expect(failure(direction, source: .ended) == nil)
    }
}

@Suite struct WaitingTimesTests {
    @Test func `time is counted for the one end that was waited for`() {
        let start = Instant(nanoseconds: 7)
        var times = WaitingTimes(start)
        times.add(start + .seconds(1), .source)
        times.add(start + .seconds(3), .target)
        times.add(start + .seconds(6), [])
        times.add(start + .seconds(10), [.source, .target])
        times.add(start + .seconds(15), .source)
        #expect(times.source == .seconds(6))
        #expect(times.target == .seconds(2))
    }
}

@Suite struct ChecksumTests {
    @Test func `it is BLAKE2b with 256 bits`() {
        let empty = "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"
        #expect(Hex.encode(Checksum().finish()) == empty)
        let abc = "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"
        let checksum = Checksum()
        checksum.add([UInt8]("xabc".utf8)[1...])
        #expect(Hex.encode(checksum.finish()) == abc)
    }

    @Test func `the pieces do not matter, and it can be asked on the way`() {
        let content = SeededGenerator.content(10_000)
        let (whole, pieces) = (Checksum(), Checksum())
        whole.add(content[...])
        for start in stride(from: 0, to: content.count, by: 333) {
            pieces.add(content[start..<min(start + 333, content.count)])
            #expect(pieces.finish() == pieces.finish())
        }
        #expect(whole.finish() == pieces.finish())
        pieces.add([0])
        #expect(whole.finish() != pieces.finish())
    }
}

@Suite struct CommandLinkTests {
    @Test func `a command that reads has a pipe, one that writes a socket`() throws {
        let feeding = try CommandLink(feeding: true)
        #expect(FileKind(of: feeding.theirs.number) == .pipe)
        #expect(pipeCapacity(feeding.ours.number) == 1 << 20)
        try Descriptor.writeAll(feeding.ours.number, [1])
        #expect(try Descriptor.read(feeding.theirs.number, byteCount: 9) == [1])
        let fed = try CommandLink(feeding: false)
        #expect(FileKind(of: fed.theirs.number) == .socket)
        try Descriptor.writeAll(fed.theirs.number, [2])
        #expect(try Descriptor.read(fed.ours.number, byteCount: 9) == [2])
        #expect(!isNonblocking(feeding.theirs.number) && !isNonblocking(fed.theirs.number))
    }
}

@Suite struct RelayEndTests {
    @Test func `our standard input keeps its flags, and is /dev/null when let go`() async {
        await #expect(processExitsWith: .success) {
            let pipe = try Pipe()
            try Descriptor.replace(0, with: pipe.reader.number)
            var end = RelayEnd(standard: 0)
            #expect(
                (end.number, end.kind, end.isOurs, end.servesCommand) == (0, .pipe, false, false))
            #expect(!isNonblocking(0))
            #expect(end.file == nil && end.unreadByteCount == 0)
            end.letGo()
            #expect(FileKind(of: 0) == .characterDevice)
            #expect(try Descriptor.read(0, byteCount: 1) == [])
        }
    }

    @Test func `a terminal is opened again, so that the shared one still waits`() async {
        await #expect(processExitsWith: .success) {
            var ends: (CInt, CInt) = (-1, -1)
            try #require(unsafe openpty(&ends.0, &ends.1, nil, nil, nil) == 0)
            for standard in [0, 1] as [CInt] {
                try Descriptor.replace(standard, with: ends.1)
                let end = RelayEnd(standard: standard)
                #expect(end.isOurs && end.kind == .terminal && end.number > 1)
                #expect(isNonblocking(end.number) && !isNonblocking(standard))
            }
        }
    }
}

/// What a relay does where io_uring is not to be had.
@Suite(.enabled(if: confine_is_possible() != 0, "this kernel has no seccomp filters"))
struct RelayWithoutRingTests {
    @Test(arguments: [EPERM, ENOSYS, ENOMEM])
    func `every byte is moved where io_uring is forbidden, and why is said`(error: CInt) async {
        await #expect(processExitsWith: .success) { [error] in
            guard confine_forbid(confine_ring_setup, error) == 0 else { throw Errno.current }
            for engine in [RelayEngine.ring, .ringSplice] {
                let content = SeededGenerator.content(1_000_000)
                let first = try Link(.tcp)
                let second = try Link(.pair)
                let scene = try RelayScene(
                    content, writer: first.writer, source: first.reader, target: second.writer,
                    reader: second.reader, .fromConnection, EngineChoice(engine))
                try scene.run()
                #expect(scene.got == content)
                #expect(scene.machine.choice.engine == (engine == .ring ? .copy : .splice))
                #expect(scene.machine.choice.reason?.contains("io_uring") == true)
                #expect(scene.machine.choice.cure != nil)
            }
        }
    }

    @Test(.enabled(if: RingAvailability.here() == .available, "io_uring cannot be used here"))
    func `what the kernel has no memory for is asked of it again`() async {
        await #expect(processExitsWith: .success) {
            let first = try Link(.pipe)
            let second = try Link(.tcp)
            var machine = RelayMachine(
                from: first.reader.number, to: second.writer.number, .toConnection,
                ours: [second.writer.number], EngineChoice(.ring), checksum: nil)
            guard confine_forbid(confine_ring_enter, EAGAIN) == 0 else { throw Errno.current }
            machine.advance()
            #expect(machine.progress.isRunning)
            var readiness = Readiness()
            machine.watch(&readiness)
            try readiness.wait(until: .now + .seconds(5))
            let isDue = machine.isDue(readiness)
            #expect(isDue)
        }
    }
}
