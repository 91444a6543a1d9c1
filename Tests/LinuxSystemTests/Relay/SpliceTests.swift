import CLinux
import Glibc
import LinuxSystem
import Testing

@Suite struct SpliceTests {
    private let text = [UInt8]("the quick brown fox".utf8)

    @Test func `a splice moves at most so many bytes from a pipe to a pipe`() throws {
        let first = try Pipe()
        let second = try Pipe()
        try Descriptor.writeAll(first.writer.number, text)
        let (source, target) = (first.reader.number, second.writer.number)
        #expect(try Splice.move(from: source, to: target, byteCount: 9) == 9)
        #expect(try Splice.move(from: source, to: target, byteCount: 99) == text.count - 9)
        #expect(try Descriptor.read(second.reader.number, byteCount: 99) == text)
    }

    // None of the pipes has O_NONBLOCK.
    @Test func `a splice waits neither for an empty pipe nor for a full one`() throws {
        let first = try Pipe()
        let second = try Pipe()
        let (source, target) = (first.reader.number, second.writer.number)
        #expect(throws: Errno.wouldBlock) {
            try Splice.move(from: source, to: target, byteCount: 1)
        }
        let much = [UInt8](repeating: 1, count: 65536)
        try Descriptor.writeAll(first.writer.number, much)
        try Descriptor.writeAll(second.writer.number, much)
        #expect(throws: Errno.wouldBlock) {
            try Splice.move(from: source, to: target, byteCount: 1)
        }
        #expect(Descriptor.queuedByteCount(source) == 65536)
        #expect(!isNonblocking(source) && !isNonblocking(target))
    }

    @Test func `a splice from an ended pipe is nothing, not an error`() throws {
        func readerOnly(_ pipe: consuming Pipe) -> OwnedDescriptor { pipe.reader }
        let source = readerOnly(try Pipe())
        let target = try Pipe()
        #expect(
            try Splice.move(from: source.number, to: target.writer.number, byteCount: 9) == 0)
    }

    @Test func `a splice to a socket whose reader left is a broken pipe, nothing taken`() async {
        await #expect(processExitsWith: .success) {
            linux_ignore_signal(SIGPIPE)
            let source = try Pipe()
            try Descriptor.writeAll(source.writer.number, [1, 2, 3])
            func firstOnly(_ pair: consuming SocketPair) -> OwnedDescriptor { pair.first }
            let target = firstOnly(try SocketPair(bufferSize: 65536))
            #expect(throws: Errno.brokenPipe) {
                try Splice.move(from: source.reader.number, to: target.number, byteCount: 3)
            }
            #expect(Descriptor.queuedByteCount(source.reader.number) == 3)
        }
    }

    // On Linux 6.18 it still is: EINVAL consumes nothing (KERNEL H13).
    @Test func `a file to append to cannot be spliced into, and takes nothing`() throws {
        let file = try ScratchFile([7])
        let number = unsafe open(file.path, O_WRONLY | O_APPEND)
        let target = OwnedDescriptor(owning: number)
        let source = try Pipe()
        try Descriptor.writeAll(source.writer.number, text)
        #expect(throws: Errno.invalid) {
            try Splice.move(from: source.reader.number, to: target.number, byteCount: 9)
        }
        #expect(Descriptor.queuedByteCount(source.reader.number) == text.count)
        #expect(file.contents == [7])
    }

    @Test func `two files that are no pipes cannot be spliced`() throws {
        let pair = try SocketPair(bufferSize: 65536)
        let other = try SocketPair(bufferSize: 65536)
        #expect(throws: Errno.invalid) {
            try Splice.move(from: pair.first.number, to: other.first.number, byteCount: 1)
        }
    }

    @Test func `a file is sent from its own position on, then nothing`() throws {
        let file = try ScratchFile(text)
        let source = try OwnedDescriptor.open(file.asPath, .reading)
        lseek(source.number, 4, SEEK_SET)
        let link = try SocketPair(bufferSize: 65536)
        let (number, target) = (source.number, link.first.number)
        #expect(try Splice.sendFile(from: number, to: target, byteCount: 5) == 5)
        #expect(try Splice.sendFile(from: number, to: target, byteCount: 99) == 10)
        #expect(try Splice.sendFile(from: number, to: target, byteCount: 99) == 0)
        #expect(try Descriptor.read(link.second.number, byteCount: 99) == [UInt8](text[4...]))
    }

    @Test func `a socket without room would block, and the file stays where it is`() throws {
        let file = try ScratchFile([UInt8](repeating: 1, count: 4 << 20))
        let source = try OwnedDescriptor.open(file.asPath, .reading)
        let link = try SocketPair(bufferSize: 65536)
        try link.first.setNonblocking(true)
        let (number, target) = (source.number, link.first.number)
        var sent = 0
        #expect(throws: Errno.wouldBlock) {
            while true { sent += try Splice.sendFile(from: number, to: target, byteCount: 1 << 20) }
        }
        #expect(sent > 0 && sent < 4 << 20)
        #expect(lseek(number, 0, SEEK_CUR) == sent)
    }
}
