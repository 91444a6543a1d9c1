import Glibc
import LinuxSystem
import Testing

@Suite struct FileKindTests {
    private func kind(_ path: String, _ flags: CInt = O_RDONLY) throws -> FileKind? {
        let descriptor = unsafe open(path, flags)
        guard descriptor >= 0 else { throw Errno.current }
        let file = OwnedDescriptor(owning: descriptor)
        return FileKind(of: file.borrowed)
    }

    @Test func `every kind of file is told from the others`() throws {
        let file = try ScratchFile([])
        #expect(try kind(file.path) == .regular)
        #expect(try kind("/tmp") == .directory)
        #expect(try kind("/dev/null") == .characterDevice)
        let pipe = try Pipe()
        #expect(FileKind(of: pipe.reader.borrowed) == .pipe)
        #expect(FileKind(of: pipe.writer.borrowed) == .pipe)
        let pair = try SocketPair(bufferSize: 65536)
        #expect(FileKind(of: pair.first.borrowed) == .socket)
        let connection = try Connection()
        #expect(FileKind(of: connection.dialled.borrowed) == .socket)
        let terminal = try PseudoTerminal()
        #expect(FileKind(of: terminal.terminal.borrowed) == .terminal)
        #expect(FileKind(of: -1) == nil)
    }

    @Test func `only what can make us wait is polled`() {
        let kinds: [FileKind] = [.pipe, .socket, .terminal]
        #expect(kinds.allSatisfy { $0.canBePolled })
        let others: [FileKind] = [.regular, .directory, .characterDevice, .blockDevice]
        #expect(!others.contains { $0.canBePolled })
    }
}

@Suite struct SocketPairTests {
    @Test func `bytes go both ways, and each end is close-on-exec and blocking`() throws {
        let pair = try SocketPair(bufferSize: 65536)
        for descriptor in [pair.first.borrowed, pair.second.borrowed] {
            #expect(isCloseOnExec(descriptor) && !isNonblocking(descriptor))
        }
        try pair.first.borrowed.writeAll([1])
        try pair.second.borrowed.writeAll([2])
        #expect(try pair.second.borrowed.read(byteCount: 9) == [1])
        #expect(try pair.first.borrowed.read(byteCount: 9) == [2])
    }

    @Test func `it takes about as much as it was asked to`() throws {
        func taken(_ bufferSize: Int) throws -> Int {
            let pair = try SocketPair(bufferSize: bufferSize)
            let piece = [UInt8](repeating: 0, count: 65536)
            var total = 0
            while case let count = try pair.first.borrowed.writeWithoutBlocking(piece[...]),
                count > 0
            { total += count }
            return total
        }
        let (small, large) = (try taken(65536), try taken(1 << 20))
        #expect(small > 0 && large >= 2 * small)
    }

    @Test func `its ends can be given away singly`() throws {
        func firstOnly(_ pair: consuming SocketPair) -> OwnedDescriptor { pair.first }
        let first = firstOnly(try SocketPair(bufferSize: 65536))
        #expect(try first.borrowed.read(byteCount: 1) == [])
    }
}

@Suite struct PipeCapacityTests {
    @Test func `a pipe is as large as it was asked for`() throws {
        let pipe = try Pipe(capacity: 1 << 20)
        #expect(pipe.capacity == 1 << 20)
        #expect(try Pipe().capacity == 65536)
    }

    // Past what any pipe may be, root's included (KERNEL H12).
    @Test func `a size that the kernel refuses leaves a pipe that works`() throws {
        let pipe = try Pipe(capacity: Int(CInt.max))
        #expect(pipe.capacity == 65536)
        try pipe.writer.borrowed.writeAll([1])
        #expect(try pipe.reader.borrowed.read(byteCount: 9) == [1])
    }
}
