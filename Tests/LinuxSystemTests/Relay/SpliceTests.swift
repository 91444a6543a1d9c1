import CLinux
import Glibc
import LinuxSystem
import Testing

@Suite struct SpliceTests {
    private let text = [UInt8]("the quick brown fox".utf8)

    @Test func `a splice moves at most so many bytes from a pipe to a pipe`() throws {
        let first = try Pipe()
        let second = try Pipe()
        try first.writer.borrowed.writeAll(text)
        let (source, target) = (first.reader.borrowed, second.writer.borrowed)
        #expect(try Splice.move(from: source, to: target, byteCount: 9) == 9)
        #expect(try Splice.move(from: source, to: target, byteCount: 99) == text.count - 9)
        #expect(try second.reader.borrowed.read(byteCount: 99) == text)
    }

    // None of the pipes has O_NONBLOCK.
    @Test func `a splice waits neither for an empty pipe nor for a full one`() throws {
        let first = try Pipe()
        let second = try Pipe()
        let (source, target) = (first.reader.borrowed, second.writer.borrowed)
        #expect(throws: Errno.wouldBlock) {
            try Splice.move(from: source, to: target, byteCount: 1)
        }
        let much = [UInt8](repeating: 1, count: 65536)
        try first.writer.borrowed.writeAll(much)
        try second.writer.borrowed.writeAll(much)
        #expect(throws: Errno.wouldBlock) {
            try Splice.move(from: source, to: target, byteCount: 1)
        }
        #expect(source.queuedByteCount == 65536)
        #expect(!isNonblocking(source) && !isNonblocking(target))
    }

    @Test func `a splice from an ended pipe is nothing, not an error`() throws {
        func readerOnly(_ pipe: consuming Pipe) -> OwnedDescriptor { pipe.reader }
        let source = readerOnly(try Pipe())
        let target = try Pipe()
        #expect(
            try Splice.move(from: source.borrowed, to: target.writer.borrowed, byteCount: 9) == 0)
    }

    @Test func `a splice to a socket whose reader left is a broken pipe, nothing taken`() async {
        await #expect(processExitsWith: .success) {
            linux_ignore_signal(SIGPIPE)
            let source = try Pipe()
            try source.writer.borrowed.writeAll([1, 2, 3])
            func firstOnly(_ pair: consuming SocketPair) -> OwnedDescriptor { pair.first }
            let target = firstOnly(try SocketPair(bufferSize: 65536))
            #expect(throws: Errno.brokenPipe) {
                try Splice.move(from: source.reader.borrowed, to: target.borrowed, byteCount: 3)
            }
            #expect(source.reader.borrowed.queuedByteCount == 3)
        }
    }

    // On Linux 6.18 it still is: EINVAL consumes nothing (KERNEL H13).
    @Test func `a file to append to cannot be spliced into, and takes nothing`() throws {
        let file = try ScratchFile([7])
        let descriptor = unsafe open(file.path, O_WRONLY | O_APPEND)
        let target = OwnedDescriptor(owning: descriptor)
        let source = try Pipe()
        try source.writer.borrowed.writeAll(text)
        #expect(throws: Errno.invalid) {
            try Splice.move(from: source.reader.borrowed, to: target.borrowed, byteCount: 9)
        }
        #expect(source.reader.borrowed.queuedByteCount == text.count)
        #expect(file.contents == [7])
    }

    @Test func `two files that are no pipes cannot be spliced`() throws {
        let pair = try SocketPair(bufferSize: 65536)
        let other = try SocketPair(bufferSize: 65536)
        #expect(throws: Errno.invalid) {
            try Splice.move(from: pair.first.borrowed, to: other.first.borrowed, byteCount: 1)
        }
    }

    @Test func `a file is sent from its own position on, then nothing`() throws {
        let file = try ScratchFile(text)
        let source = try OwnedDescriptor.open(file.asPath, .reading)
        lseek(source.number, 4, SEEK_SET)
        let link = try SocketPair(bufferSize: 65536)
        let (descriptor, target) = (source.borrowed, link.first.borrowed)
        #expect(try Splice.sendFile(from: descriptor, to: target, byteCount: 5) == 5)
        #expect(try Splice.sendFile(from: descriptor, to: target, byteCount: 99) == 10)
        #expect(try Splice.sendFile(from: descriptor, to: target, byteCount: 99) == 0)
        #expect(try link.second.borrowed.read(byteCount: 99) == [UInt8](text[4...]))
    }

    @Test func `a socket without room would block, and the file stays where it is`() throws {
        let file = try ScratchFile([UInt8](repeating: 1, count: 4 << 20))
        let source = try OwnedDescriptor.open(file.asPath, .reading)
        let link = try SocketPair(bufferSize: 65536)
        try link.first.setNonblocking(true)
        let (descriptor, target) = (source.borrowed, link.first.borrowed)
        var sent = 0
        #expect(throws: Errno.wouldBlock) {
            while true {
                sent += try Splice.sendFile(from: descriptor, to: target, byteCount: 1 << 20)
            }
        }
        #expect(sent > 0 && sent < 4 << 20)
        #expect(lseek(source.number, 0, SEEK_CUR) == sent)
    }
}
