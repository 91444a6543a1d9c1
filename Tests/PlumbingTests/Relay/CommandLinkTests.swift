import LinuxSystem
import Testing

@testable import Plumbing

@Suite struct CommandLinkTests {
    @Test func `a command that reads has a pipe, one that writes a socket, unless we copy`() throws
    {
        let feeding = try CommandLink(feeding: true)
        #expect(FileKind(of: feeding.theirs.borrowed) == .pipe)
        #expect(pipeCapacity(feeding.ours.borrowed) == 1 << 20)
        try feeding.ours.borrowed.writeAll([1])
        #expect(try feeding.theirs.borrowed.read(byteCount: 9) == [1])
        let fed = try CommandLink(feeding: false)
        #expect(FileKind(of: fed.theirs.borrowed) == .socket)
        try fed.theirs.borrowed.writeAll([2])
        #expect(try fed.ours.borrowed.read(byteCount: 9) == [2])
        let copied = try CommandLink(feeding: false, copying: true)
        #expect(FileKind(of: copied.theirs.borrowed) == .pipe)
        try copied.theirs.borrowed.writeAll([3])
        #expect(try copied.ours.borrowed.read(byteCount: 9) == [3])
        #expect(!isNonblocking(copied.theirs.borrowed))
        #expect(!isNonblocking(feeding.theirs.borrowed) && !isNonblocking(fed.theirs.borrowed))
    }
}
