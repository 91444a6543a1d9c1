import LinuxSystem
import Testing

@testable import Plumbing

@Suite struct LoginChangeTests {
    @Test(
        arguments: [
            ("node7: hello protocol=1-1 program=x\n", LoginChange.prefix([UInt8]("node7: ".utf8))),
            ("n: failed cause=terminal\n", .prefix([UInt8]("n: ".utf8))),
            ("xboot system=Linux machine=x86_64 bytes=9\n", .prefix([UInt8]("x".utf8))),
            ("HELLO PROTOCOL=1-1\r\n", .letters), ("alive after=0\n", .echo),
            ("n: alive after=0\n", .echo),
        ])
    func `a login that changes lines is noticed`(line: String, change: LoginChange) {
        #expect(LoginChange([UInt8](line.utf8)) == change)
    }

    @Test(arguments: [
        "", "\n", "hello\n", "Welcome to hello protocol\n", "alive\n", "failed\n",
        "else echo \"boot system=$s machine=$m bytes=$n\"\n",
    ])
    func `a greeting is only noise`(line: String) {
        #expect(LoginChange([UInt8](line.utf8)) == nil)
    }
}
