import Glibc
import LinuxSystem
import Testing

@Suite struct FileKindTests {
    private func kind(_ path: String, _ flags: CInt = O_RDONLY) throws -> FileKind? {
        let number = unsafe open(path, flags)
        guard number >= 0 else { throw Errno.current }
        let file = OwnedDescriptor(owning: number)
        return FileKind(of: file.number)
    }

    @Test func `every kind of file is told from the others`() throws {
        let file = try ScratchFile([])
        #expect(try kind(file.path) == .regular)
        #expect(try kind("/tmp") == .directory)
        #expect(try kind("/dev/null") == .characterDevice)
        let pipe = try Pipe()
        #expect(FileKind(of: pipe.reader.number) == .pipe)
        #expect(FileKind(of: pipe.writer.number) == .pipe)
        let pair = try SocketPair(bufferSize: 65536)
        #expect(FileKind(of: pair.first.number) == .socket)
        let connection = try Connection()
        #expect(FileKind(of: connection.dialled.number) == .socket)
        let terminal = try PseudoTerminal()
        #expect(FileKind(of: terminal.terminal.number) == .terminal)
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
        for number in [pair.first.number, pair.second.number] {
            #expect(isCloseOnExec(number) && !isNonblocking(number))
        }
        try Descriptor.writeAll(pair.first.number, [1])
        try Descriptor.writeAll(pair.second.number, [2])
        #expect(try Descriptor.read(pair.second.number, byteCount: 9) == [1])
        #expect(try Descriptor.read(pair.first.number, byteCount: 9) == [2])
    }

    @Test func `it takes about as much as it was asked to`() throws {
        func taken(_ bufferSize: Int) throws -> Int {
            let pair = try SocketPair(bufferSize: bufferSize)
            let piece = [UInt8](repeating: 0, count: 65536)
            var total = 0
            while case let count = try Descriptor.writeWithoutBlocking(
                pair.first.number, piece[...]), count > 0
            { total += count }
            return total
        }
        let (small, large) = (try taken(65536), try taken(1 << 20))
        #expect(small > 0 && large >= 2 * small)
    }

    @Test func `its ends can be given away singly`() throws {
        func firstOnly(_ pair: consuming SocketPair) -> OwnedDescriptor { pair.first }
        let first = firstOnly(try SocketPair(bufferSize: 65536))
        #expect(try Descriptor.read(first.number, byteCount: 1) == [])
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
        try Descriptor.writeAll(pipe.writer.number, [1])
        #expect(try Descriptor.read(pipe.reader.number, byteCount: 9) == [1])
    }
}
