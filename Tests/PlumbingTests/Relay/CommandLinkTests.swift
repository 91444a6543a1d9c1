import LinuxSystem
import Testing

@testable import Plumbing

@Suite struct CommandLinkTests {
    @Test func `a command that reads has a pipe, one that writes a socket`() throws {
        let feeding = try CommandLink(feeding: true)
        #expect(FileKind(of: feeding.theirs.number) == .pipe)
        #expect(pipeCapacity(feeding.ours.number) == 1 << 20)
        try Descriptor.writeAll(feeding.ours.number, [1])
        #expect(try Descriptor.read(feeding.theirs.number, byteCount: 9) == [1])
        let fed = try CommandLink(feeding: false)
        #expect(FileKind(of: fed.theirs.number) == .socket)
        try Descriptor.writeAll(fed.theirs.number, [2])
        #expect(try Descriptor.read(fed.ours.number, byteCount: 9) == [2])
        #expect(!isNonblocking(feeding.theirs.number) && !isNonblocking(fed.theirs.number))
    }
}
