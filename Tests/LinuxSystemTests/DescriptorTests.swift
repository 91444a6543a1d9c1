import Glibc
import LinuxSystem
import Testing

import class Foundation.Thread

@Suite struct DescriptorTests {
    @Test func `what is settled stays open, and what is closed cannot be`() throws {
        let pipe = try Pipe()
        let number = pipe.writer.number
        try Descriptor.settle(number)
        #expect(try Descriptor.write(number, [1]) == 1)
        #expect(throws: Errno(9)) { try Descriptor.settle(-1) }
    }

    @Test func `reading takes what is there, then nothing at the end`() throws {
        var pipe: Pipe? = try Pipe()
        let reader = try OwnedDescriptor.duplicate(of: pipe?.reader.number ?? -1)
        try Descriptor.writeAll(pipe?.writer.number ?? -1, [1, 2, 3])
        pipe = nil
        #expect(try Descriptor.read(reader.number, byteCount: 2) == [1, 2])
        #expect(try Descriptor.read(reader.number, byteCount: 9) == [3])
        #expect(try Descriptor.read(reader.number, byteCount: 9) == [])
    }

    @Test func `reading a closed descriptor is an error`() {
        #expect(throws: Errno(EBADF)) { try Descriptor.read(-1, byteCount: 1) }
    }

    @Test func `reading a directory is an error`() throws {
        let directory = try OwnedDescriptor.open(Path("/"), .reading)
        #expect(throws: Errno(EISDIR)) { try Descriptor.read(directory.number, byteCount: 1) }
    }

    @Test func `writing all writes every byte past short writes`() throws {
        let pipe = try Pipe()
        let bytes = (0..<262_144).map { UInt8(truncatingIfNeeded: $0 * 7) }
        let (reader, writer) = (pipe.reader.number, pipe.writer.number)
        // The pipe holds a quarter of it, so somebody else must write.
        Thread.detachNewThread { try? Descriptor.writeAll(writer, bytes) }
        var read: [UInt8] = []
        while read.count < bytes.count {
            #expect(try becomesReady(reader, .reading))
            read += try Descriptor.read(reader, byteCount: 65536)
        }
        #expect(read == bytes)
    }

    @Test func `a regular file has an inode and is no terminal`() throws {
        let file = try ScratchFile([1])
        let first = try OwnedDescriptor.open(file.asPath, .reading)
        let second = try OwnedDescriptor.open(file.asPath, .reading)
        #expect(Descriptor.inode(first.number) != 0)
        #expect(Descriptor.inode(first.number) == Descriptor.inode(second.number))
        #expect(!Descriptor.isTerminal(first.number))
        #expect(Descriptor.inode(-1) == 0)
    }

    @Test func `a pseudo-terminal is a terminal`() throws {
        let pair = try PseudoTerminal()
        #expect(Descriptor.isTerminal(pair.terminal.number))
    }

    @Test func `replacing puts another file in a descriptor's place`() throws {
        let old = try OwnedDescriptor.open(Path("/dev/null"), .reading)
        let pipe = try Pipe()
        try Descriptor.replace(old.number, with: pipe.reader.number)
        #expect(Descriptor.inode(old.number) == Descriptor.inode(pipe.reader.number))
        #expect(throws: Errno(EBADF)) { try Descriptor.replace(old.number, with: -1) }
    }

    @Test func `what was inherited is what is open from 3 on and would be again`() async {
        await #expect(processExitsWith: .success) {
            let pipe = try Pipe()
            // As the user's shell leaves one for `<( … )`: not close-on-exec.
            try Descriptor.replace(50, with: pipe.reader.number)
            let inherited = Descriptor.inheritedAboveStandard()
            #expect(inherited.contains(50))
            #expect(!inherited.contains(pipe.reader.number), "we opened it ourselves")
            #expect(inherited.allSatisfy { $0 > 2 && isOpen($0) && !isCloseOnExec($0) })
            Descriptor.closeInherited(50)
            #expect(!Descriptor.inheritedAboveStandard().contains(50))
        }
    }
}
