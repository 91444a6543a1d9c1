import LinuxSystem
import Testing

@Suite struct ExitStatusTests {
    @Test func `every exit status is read from its status word`() {
        for status: CInt in 0...255 {
            #expect(ExitStatus(waitStatus: status << 8) == .exited(status))
            #expect(ExitStatus(waitStatus: status << 8).shellStatus == status)
        }
    }

    @Test func `every signal is read from its status word, with or without a core`() {
        for signal: CInt in 1...64 {
            #expect(ExitStatus(waitStatus: signal) == .killed(signal: signal))
            #expect(ExitStatus(waitStatus: signal | 0x80) == .killed(signal: signal))
            #expect(ExitStatus(waitStatus: signal).shellStatus == 128 + signal)
        }
    }

    @Test func `only the exit status 0 is success`() {
        #expect(ExitStatus.exited(0).isSuccess)
        for status: CInt in 1...255 { #expect(!ExitStatus.exited(status).isSuccess) }
        for signal: CInt in 1...64 { #expect(!ExitStatus.killed(signal: signal).isSuccess) }
    }

    @Test func `126, 127 and 129 to 192 mean killed, as shells report it`() {
        for status: CInt in 0...255 {
            let means = status == 126 || status == 127 || (129...192).contains(status)
            #expect(ExitStatus.exited(status).meansKilled == means, "\(status)")
        }
        for signal: CInt in 1...64 { #expect(ExitStatus.killed(signal: signal).meansKilled) }
    }
}
