import Glibc
import LinuxSystem
import Testing

@Suite struct OwnedDescriptorTests {
    // In a process of its own: elsewhere another test may take the number at once.
    @Test func `a descriptor is closed when its owner goes, once`() async {
        await #expect(processExitsWith: .success) {
            let descriptor: Descriptor
            do {
                let owner = try OwnedDescriptor.open(Path("/dev/null"), .reading)
                descriptor = owner.borrowed
                #expect(isOpen(descriptor))
                // Somebody else's: closing ours twice would close it.
                _ = consume owner
            }
            #expect(!isOpen(descriptor))
            let next = try OwnedDescriptor.open(Path("/dev/null"), .reading)
            #expect(next.borrowed == descriptor, "the kernel gives the lowest free number")
            #expect(isOpen(next.borrowed))
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
            let descriptor = owner.borrowed
            let holder = Holder(owner)
            #expect(isOpen(descriptor))
            holder.descriptor = nil
            #expect(!isOpen(descriptor))
        }
    }

    @Test func `an owner taken out of an optional closes where it ends`() async {
        await #expect(processExitsWith: .success) {
            var kept: OwnedDescriptor? = try .open(Path("/dev/null"), .reading)
            let descriptor = kept?.borrowed ?? .closed
            if let taken = kept.take() { #expect(taken.borrowed == descriptor) }
            #expect(!isOpen(descriptor))
            kept = nil
        }
    }

    @Test(arguments: [OpenMode.reading, .readingAndWriting])
    func `an opened file is close-on-exec`(mode: OpenMode) throws {
        let file = try OwnedDescriptor.open(Path("/dev/null"), mode)
        #expect(isCloseOnExec(file.borrowed))
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
            try new.borrowed.writeAll([UInt8]("short".utf8))
        }
        #expect(file.contents == [UInt8]("short".utf8))
    }

    @Test func `a file that is being read cannot be written`() throws {
        let file = try ScratchFile([])
        let reader = try OwnedDescriptor.open(file.asPath, .reading)
        #expect(throws: Errno(EBADF)) { try reader.borrowed.writeAll([1]) }
    }

    @Test func `a duplicate is close-on-exec, above 2 and outlives the first`() throws {
        let pipe = try Pipe()
        let copy = try OwnedDescriptor.duplicate(of: pipe.reader.borrowed)
        #expect(copy.number > 2)
        #expect(isCloseOnExec(copy.borrowed))
        #expect(copy.borrowed.inode == pipe.reader.borrowed.inode)
        let writer = pipe.writer
        try writer.borrowed.writeAll([7])
        #expect(try copy.borrowed.read(byteCount: 2) == [7])
    }

    @Test func `a closed descriptor cannot be duplicated`() {
        #expect(throws: Errno(EBADF)) { _ = try OwnedDescriptor.duplicate(of: -1) }
    }

    @Test func `not blocking is set and cleared, and shows in duplicates`() throws {
        let pipe = try Pipe()
        let copy = try OwnedDescriptor.duplicate(of: pipe.reader.borrowed)
        try pipe.reader.setNonblocking(true)
        #expect(isNonblocking(copy.borrowed))
        #expect(throws: Errno.wouldBlock) { try copy.borrowed.read(byteCount: 1) }
        try pipe.reader.setNonblocking(false)
        #expect(!isNonblocking(copy.borrowed))
    }
}
