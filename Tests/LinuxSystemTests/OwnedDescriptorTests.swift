import Glibc
import LinuxSystem
import Testing

@Suite struct OwnedDescriptorTests {
    // In a process of its own: elsewhere another test may take the number at once.
    @Test func `a descriptor is closed when its owner goes, once`() async {
        await #expect(processExitsWith: .success) {
            let number: CInt
            do {
                let owner = try OwnedDescriptor.open(Path("/dev/null"), .reading)
                number = owner.number
                #expect(isOpen(number))
                // Somebody else's: closing ours twice would close it.
                _ = consume owner
            }
            #expect(!isOpen(number))
            let next = try OwnedDescriptor.open(Path("/dev/null"), .reading)
            #expect(next.number == number, "the kernel gives the lowest free number")
            #expect(isOpen(next.number))
        }
    }

    @Test func `an owner that is moved does not close`() async {
        await #expect(processExitsWith: .success) {
            final class Holder {
                var descriptor: OwnedDescriptor?
                init(_ descriptor: consuming OwnedDescriptor) {
                    self.descriptor = consume descriptor
                }
            }
            let owner = try OwnedDescriptor.open(Path("/dev/null"), .reading)
            let number = owner.number
            let holder = Holder(owner)
            #expect(isOpen(number))
            holder.descriptor = nil
            #expect(!isOpen(number))
        }
    }

    @Test func `an owner taken out of an optional closes where it ends`() async {
        await #expect(processExitsWith: .success) {
            var kept: OwnedDescriptor? = try .open(Path("/dev/null"), .reading)
            let number = kept?.number ?? -1
            if let taken = kept.take() { #expect(taken.number == number) }
            #expect(!isOpen(number))
            kept = nil
        }
    }

    @Test(arguments: [OpenMode.reading, .readingAndWriting])
    func `an opened file is close-on-exec`(mode: OpenMode) throws {
        let file = try OwnedDescriptor.open(Path("/dev/null"), mode)
        #expect(isCloseOnExec(file.number))
    }

    @Test func `a file that is not there is not found`() {
        #expect(throws: Errno.notFound) {
            _ = try OwnedDescriptor.open(Path("/nonexistent/file"), .reading)
        }
    }

    @Test func `a new file replaces what was there`() throws {
        let file = try ScratchFile([UInt8]("a long line".utf8))
        do {
            let new = try OwnedDescriptor.open(file.asPath, .writingNew)
            try Descriptor.writeAll(new.number, [UInt8]("short".utf8))
        }
        #expect(file.contents == [UInt8]("short".utf8))
    }

    @Test func `a file that is being read cannot be written`() throws {
        let file = try ScratchFile([])
        let reader = try OwnedDescriptor.open(file.asPath, .reading)
        #expect(throws: Errno(EBADF)) { try Descriptor.writeAll(reader.number, [1]) }
    }

    @Test func `a duplicate is close-on-exec, above 2 and outlives the first`() throws {
        let pipe = try Pipe()
        let copy = try OwnedDescriptor.duplicate(of: pipe.reader.number)
        #expect(copy.number > 2)
        #expect(isCloseOnExec(copy.number))
        #expect(Descriptor.inode(copy.number) == Descriptor.inode(pipe.reader.number))
        let writer = pipe.writer
        try Descriptor.writeAll(writer.number, [7])
        #expect(try Descriptor.read(copy.number, byteCount: 2) == [7])
    }

    @Test func `a closed descriptor cannot be duplicated`() {
        #expect(throws: Errno(EBADF)) { _ = try OwnedDescriptor.duplicate(of: -1) }
    }

    @Test func `not blocking is set and cleared, and shows in duplicates`() throws {
        let pipe = try Pipe()
        let copy = try OwnedDescriptor.duplicate(of: pipe.reader.number)
        try pipe.reader.setNonblocking(true)
        #expect(isNonblocking(copy.number))
        #expect(throws: Errno.wouldBlock) { try Descriptor.read(copy.number, byteCount: 1) }
        try pipe.reader.setNonblocking(false)
        #expect(!isNonblocking(copy.number))
    }
}
