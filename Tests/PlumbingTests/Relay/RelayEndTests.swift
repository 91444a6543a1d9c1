import Glibc
import LinuxSystem
import Testing

@testable import Plumbing

/// What a relay's other end is given and leaves behind.
@Suite struct RelayEndTests {
    @Test func `our standard input keeps its flags, and is /dev/null when let go`() async {
        await #expect(processExitsWith: .success) {
            let pipe = try Pipe()
            try Descriptor.standardInput.replace(with: pipe.reader.borrowed)
            var end = RelayEnd(standard: 0)
            #expect(
                (end.descriptor, end.kind, end.isOurs, end.servesCommand) == (
                    0, .pipe, false, false
                ))
            #expect(!isNonblocking(0))
            #expect(end.file == nil && end.unreadByteCount == 0)
            end.letGo()
            #expect(FileKind(of: 0) == .characterDevice)
            #expect(try Descriptor.standardInput.read(byteCount: 1) == [])
        }
    }

    @Test func `a terminal is opened again, so that the shared one still waits`() async {
        await #expect(processExitsWith: .success) {
            var ends: (CInt, CInt) = (-1, -1)
            try #require(unsafe openpty(&ends.0, &ends.1, nil, nil, nil) == 0)
            for standard in [Descriptor.standardInput, .standardOutput] {
                try standard.replace(with: Descriptor(number: ends.1))
                let end = RelayEnd(standard: standard)
                #expect(end.isOurs && end.kind == .terminal && end.descriptor.number > 1)
                #expect(isNonblocking(end.descriptor) && !isNonblocking(standard))
            }
        }
    }
}
