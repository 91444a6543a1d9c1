import LinuxSystem
import Testing

@testable import Plumbing
@testable import Relaying

/// Which engine moves what, and what takes over from it.
@Suite struct EngineChoiceTests {
    private func first(
        _ wanted: RelayEngine?, _ direction: RelayDirection, _ kind: FileKind,
        isForeign: Bool = true, hasChecksum: Bool = false
    ) -> RelayEngine {
        EngineChoice.first(
            wanted, direction, kind, isForeign: isForeign, hasChecksum: hasChecksum
        ).engine
    }

    @Test func `what is polled is spliced, what is not goes through io_uring`() {
        for direction in [RelayDirection.toConnection, .fromConnection] {
            #expect(first(nil, direction, .pipe) == .splice)
            #expect(first(nil, direction, .socket, isForeign: false) == .splice)
            #expect(first(nil, direction, .terminal) == .copy)
            #expect(first(nil, direction, .characterDevice) == .ring)
            #expect(first(nil, direction, .blockDevice) == .ring)
        }
        #expect(first(nil, .toConnection, .regular) == .splice)
        #expect(first(nil, .fromConnection, .regular) == .ring)
    }

    // It might wait for it with a pipe's lock held, and the flag that prevents it shows elsewhere.
    @Test func `a socket that others share is never spliced`() {
        #expect(first(nil, .toConnection, .socket) == .copy)
        #expect(first(.splice, .toConnection, .socket) == .copy)
        #expect(first(.ringSplice, .toConnection, .socket) == .copy)
        #expect(first(.ring, .toConnection, .socket) == .ring)
        #expect(first(.splice, .toConnection, .socket, isForeign: false) == .splice)
    }

    @Test(arguments: RelayEngine.allCases)
    func `what was asked for is taken, but a checksum needs the bytes`(engine: RelayEngine) {
        #expect(first(engine, .toConnection, .pipe) == engine)
        #expect(first(engine, .toConnection, .pipe, hasChecksum: true) == .copy)
        #expect(first(nil, .toConnection, .regular, hasChecksum: true) == .copy)
    }

    @Test(arguments: RelayEngine.allCases)
    func `every refusal leads to copying, and says the kernel's words`(engine: RelayEngine) {
        let next = EngineChoice(engine).fallback(.invalid)
        #expect(next.engine == .copy)
        #expect(next.reason?.contains("Invalid argument") == true)
    }

    @Test func `without io_uring it is splices or copies, with the cure`() {
        let next = EngineChoice(.ringSplice).withoutRing(.notPermitted)
        #expect(next.engine == .splice)
        #expect(next.reason == "io_uring is forbidden")
        #expect(next.cure?.contains("io_uring_disabled") == true)
        #expect(EngineChoice(.ring).withoutRing(.outOfMemory).engine == .copy)
    }
}
