import Glibc
import LinuxSystem
import Testing

import class Foundation.Thread

@Suite struct DescriptorTests {
    @Test func `what is settled stays open, and what is closed cannot be`() throws {
        let pipe = try Pipe()
        let descriptor = pipe.writer.borrowed
        try descriptor.settle()
        #expect(try descriptor.write([1]) == 1)
        #expect(throws: Errno(9)) { try Descriptor.closed.settle() }
    }

    @Test func `reading takes what is there, then nothing at the end`() throws {
        var pipe: Pipe? = try Pipe()
        let reader = try OwnedDescriptor.duplicate(of: pipe?.reader.borrowed ?? .closed)
        try (pipe?.writer.borrowed ?? .closed).writeAll([1, 2, 3])
        pipe = nil
        #expect(try reader.borrowed.read(byteCount: 2) == [1, 2])
        #expect(try reader.borrowed.read(byteCount: 9) == [3])
        #expect(try reader.borrowed.read(byteCount: 9) == [])
    }

    @Test func `reading a closed descriptor is an error`() {
        #expect(throws: Errno(EBADF)) { try Descriptor.closed.read(byteCount: 1) }
    }

    @Test func `reading a directory is an error`() throws {
        let directory = try OwnedDescriptor.open(Path("/"), .reading)
        #expect(throws: Errno(EISDIR)) { try directory.borrowed.read(byteCount: 1) }
    }

    @Test func `writing all writes every byte past short writes`() throws {
        let pipe = try Pipe()
        let bytes = (0..<262_144).map { UInt8(truncatingIfNeeded: $0 * 7) }
        let (reader, writer) = (pipe.reader.borrowed, pipe.writer.borrowed)
        // The pipe holds a quarter of it, so somebody else must write.
        Thread.detachNewThread { try? writer.writeAll(bytes) }
        var read: [UInt8] = []
        while read.count < bytes.count {
            #expect(try becomesReady(reader, .reading))
            read += try reader.read(byteCount: 65536)
        }
        #expect(read == bytes)
    }

    @Test func `a regular file has an inode and is no terminal`() throws {
        let file = try ScratchFile([1])
        let first = try OwnedDescriptor.open(file.asPath, .reading)
        let second = try OwnedDescriptor.open(file.asPath, .reading)
        #expect(first.borrowed.inode != 0)
        #expect(first.borrowed.inode == second.borrowed.inode)
        #expect(!first.borrowed.isTerminal)
        #expect(Descriptor.closed.inode == 0)
    }

    @Test func `a pseudo-terminal is a terminal`() throws {
        let pair = try PseudoTerminal()
        #expect(pair.terminal.borrowed.isTerminal)
    }

    @Test func `replacing puts another file in a descriptor's place`() throws {
        let old = try OwnedDescriptor.open(Path("/dev/null"), .reading)
        let pipe = try Pipe()
        try old.borrowed.replace(with: pipe.reader.borrowed)
        #expect(old.borrowed.inode == pipe.reader.borrowed.inode)
        #expect(throws: Errno(EBADF)) { try old.borrowed.replace(with: .closed) }
    }

    @Test func `what was inherited is what is open from 3 on and would be again`() async {
        await #expect(processExitsWith: .success) {
            let pipe = try Pipe()
            // As the user's shell leaves one for `<( … )`: not close-on-exec.
            try Descriptor(number: 50).replace(with: pipe.reader.borrowed)
            let inherited = Descriptor.inheritedAboveStandard()
            #expect(inherited.contains(50))
            #expect(!inherited.contains(pipe.reader.borrowed), "we opened it ourselves")
            #expect(inherited.allSatisfy { $0.number > 2 && isOpen($0) && !isCloseOnExec($0) })
            Descriptor(number: 50).closeInherited()
            #expect(!Descriptor.inheritedAboveStandard().contains(50))
        }
    }
}
