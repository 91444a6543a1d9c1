import LinuxSystem
import Testing

@testable import Plumbing

@Suite struct ChecksumTests {
    @Test func `it is BLAKE2b with 256 bits`() {
        let empty = "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"
        #expect(Hex.encode(Checksum().finish()) == empty)
        let abc = "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"
        let checksum = Checksum()
        checksum.add([UInt8]("xabc".utf8)[1...])
        #expect(Hex.encode(checksum.finish()) == abc)
    }

    @Test func `the pieces do not matter, and it can be asked on the way`() {
        let content = SeededGenerator.content(10_000)
        let (whole, pieces) = (Checksum(), Checksum())
        whole.add(content[...])
        for start in stride(from: 0, to: content.count, by: 333) {
            pieces.add(content[start..<min(start + 333, content.count)])
            #expect(pieces.finish() == pieces.finish())
        }
        #expect(whole.finish() == pieces.finish())
        pieces.add([0])
        #expect(whole.finish() != pieces.finish())
    }
}
