import LinuxSystem
import Plumbing
import Testing

/// What is told of a command before it runs.
@Suite struct CommandWarningTests {
    private func words(_ line: String) -> [Word] {
        line.split(separator: " ").map { Word(String($0)) }
    }

    @Test(
        arguments: [
            "dd of=/dev/nst0 bs=32k", "/bin/dd bs=32k", "dd bs=1 bs=32k of=x conv=sync",
            "dd iflag=direct,nofollow bs=32k",
        ])
    func `dd with a block size alone gets a warning with both cures`(line: String) throws {
        let warning = CommandWarning.ofWords(words(line), hasRecords: false)
        #expect(warning == .shortRecords(size: [UInt8]("32k".utf8)))
        #expect(warning?.hint.contains("--record 32k") == true)
        #expect(warning?.hint.contains("iflag=fullblock") == true)
        #expect(CommandWarning.ofWords(words(line), hasRecords: true) == nil)
    }

    @Test(
        arguments: [
            "dd of=/dev/nst0 bs=32k iflag=fullblock", "dd bs=32k iflag=direct,fullblock",
            "dd ibs=32k", "dd obs=32k", "dd bs=32k obs=1M", "dd of=/dev/nst0", "tar xf - bs=32k",
            "dd of=/dev/null bs=1M", "sh -c dd bs=32k", "", "/ bs=32k", "ddrescue bs=32k",
        ])
    func `other commands get none`(line: String) {
        #expect(CommandWarning.ofWords(words(line), hasRecords: false) == nil)
    }

    @Test(
        arguments: [
            "/dev/st0", "/dev/nst0", "/dev/nst0a", "/dev/tape/by-id/scsi-1-nst",
        ])
    func `a tape drive that is none is told`(path: String) {
        let line = words("dd bs=32k of=\(path)")
        #expect(CommandWarning.ofPlace(line) { _ in false } == .noDrive(path: [UInt8](path.utf8)))
        #expect(CommandWarning.ofPlace(line) { _ in true } == nil)
        var asked: [Path] = []
        _ = CommandWarning.ofPlace(line) { path in
            asked.append(path)
            return true
        }
        #expect(asked == [Path(path)])
    }

    @Test(arguments: ["/dev/null", "/tmp/st0", "st0", "/dev/disk/st0", "/dev"])
    func `other files are not asked after`(path: String) {
        let warning = CommandWarning.ofPlace(words("dd of=\(path)")) { _ in
            Issue.record("asked after \(path)")
            return false
        }
        #expect(warning == nil)
    }

    @Test func `a tape as our own output is told to want records`() {
        #expect(CommandWarning.oddRecords.sentence.contains("tape"))
        #expect(CommandWarning.oddRecords.hint.contains("--record"))
        #expect(!Descriptor.isTape(0) && !Descriptor.isTape(-1))
    }

    @Test func `what a tape refuses is told with its cure`() {
        let large = Outcome.tapeHint(.producer, .outOfMemory, mostRead: 1 << 20)
        #expect(large?.contains("1,048,576 bytes") == true && large?.contains("--record") == true)
        #expect(Outcome.tapeHint(.consumer, .outOfMemory, mostRead: 1 << 20) == nil)
        #expect(Outcome.tapeHint(.consumer, .invalid, mostRead: 1)?.contains("setblk 0") == true)
        #expect(Outcome.tapeHint(.producer, .inputOutput, mostRead: 1) == nil)
    }
}
