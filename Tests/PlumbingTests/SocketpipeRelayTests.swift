import Glibc
import LinuxSystem
import SocketpipeRelay
import Testing

import class Foundation.Thread

/// The library product, used as another program would.
@Suite struct SocketpipeRelayTests {
    /// A file of bytes that no shift leaves as they are.
    private static func file(_ byteCount: Int) throws -> (number: CInt, bytes: [UInt8]) {
        let bytes = (0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
        let number = try empty()
        try Descriptor(number: number).writeAll(bytes)
        lseek(number, 0, SEEK_SET)
        return (number, bytes)
    }

    /// A file without a name.
    private static func empty() throws -> CInt {
        var template = [CChar]("/tmp/relay-XXXXXX".utf8CString)
        let number = unsafe mkstemp(&template)
        if number < 0 { throw Errno.current }
        unsafe unlink(&template)
        return number
    }

    private static func contents(_ number: CInt) throws -> [UInt8] {
        lseek(number, 0, SEEK_SET)
        var all: [UInt8] = []
        while true {
            let piece = try Descriptor(number: number).read(byteCount: 1 << 16)
            if piece.isEmpty { return all }
            all += piece
        }
    }

    @Test(arguments: Relay.Engine.allCases)
    func `every engine moves a file through a pipe into another file`(
        engine: Relay.Engine
    ) throws {
        let (source, bytes) = try Self.file(3_000_001)
        let target = try Self.empty()
        defer { for number in [source, target] { close(number) } }
        let pipe = try Pipe()
        let (reader, writer) = (pipe.reader.number, dup(pipe.writer.number))
        Thread.detachNewThread {
            _ = try? Relay.move(from: source, to: writer, engine: engine)
            close(writer)
        }
        let ours = pipe.writer
        _ = consume ours
        let summary = try Relay.move(from: reader, to: target, engine: engine)
        #expect(summary.byteCount == Int64(bytes.count))
        #expect(try Self.contents(target) == bytes)
    }

    @Test func `a shared socket is copied, and its flags stay`() throws {
        let (source, bytes) = try Self.file(100_000)
        defer { close(source) }
        let pair = try SocketPair(bufferSize: 1 << 20)
        let before = fcntl(pair.first.number, F_GETFL)
        let summary = try Relay.move(from: source, to: pair.first.number)
        #expect(summary.engine == .copy)
        #expect(summary.reason?.contains("share") == true)
        #expect(fcntl(pair.first.number, F_GETFL) == before)
        #expect(try pair.second.borrowed.read(byteCount: 200_000).count <= bytes.count)
    }

    @Test(arguments: Relay.Engine.allCases)
    func `a file that is cut meanwhile is an error of the source`(engine: Relay.Engine) throws {
        let (source, bytes) = try Self.file(3_000_000)
        let pipe = try Pipe()
        let (reader, writer) = (pipe.reader.borrowed, dup(pipe.writer.number))
        defer { for number in [source, writer] { close(number) } }
        Thread.detachNewThread {
            // The pipe is full: what is cut now was not read.
            while reader.queuedByteCount < 60_000 { usleep(1000) }
            ftruncate(source, 0)
            while let piece = try? reader.read(byteCount: 65_536), !piece.isEmpty {}
        }
        do throws(Relay.Failure) {
            let summary = try Relay.move(from: source, to: writer, engine: engine)
            Issue.record("\(summary.byteCount) of \(bytes.count)")
        } catch {
            guard case .source(errno: EBADFD, given: 1..<3_000_000) = error else {
                throw error
            }
        }
    }

    @Test func `a reader that is gone is an error of the target`() throws {
        let (source, _) = try Self.file(10)
        defer { close(source) }
        let pipe = try Pipe()
        let reader = pipe.reader
        let writer = pipe.writer
        _ = consume reader
        _ = signal(SIGPIPE, SIG_IGN)
        #expect(throws: Relay.Failure.target(errno: EPIPE, given: 0)) {
            try Relay.move(from: source, to: writer.number, engine: .copy)
        }
    }

    @Test func `a folder is an error of the source`() throws {
        let folder = unsafe open("/", O_RDONLY)
        defer { close(folder) }
        let pipe = try Pipe()
        #expect(throws: Relay.Failure.source(errno: EISDIR, given: 0)) {
            try Relay.move(
                from: folder, to: pipe.writer.number, engine: .copy)
        }
    }
}
