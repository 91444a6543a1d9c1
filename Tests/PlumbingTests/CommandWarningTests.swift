import LinuxSystem
import Testing

@testable import Plumbing

private func words(_ line: String) -> [Word] {
    line.split(separator: " ").map { Word(String($0)) }
}

/// What is told of a command before it runs.
@Suite struct CommandWarningTests {
    /// A `dd`, and what it does with reads that give less than a block.
    private static let forms: [(line: String, pads: String?, short: String?, counts: String?)] = [
        ("dd bs=32k of=d", nil, "32k", nil),
        ("/bin/dd bs=1 bs=32k of=d", nil, "32k", nil),
        ("dd bs=32k obs=1M of=d", nil, "32k", nil),
        ("dd iflag=direct,nofollow bs=32k of=d", nil, "32k", nil),
        ("dd bs=32k conv=notrunc of=d", nil, "32k", nil),
        ("dd bs=32k conv=swab of=d", nil, nil, nil),
        ("dd bs=32k iflag=fullblock of=d", nil, nil, nil),
        ("dd bs=32k iflag=direct,fullblock of=d", nil, nil, nil),
        ("dd bs=32k iflag=fullblock iflag=direct of=d", nil, nil, nil),
        ("dd ibs=32k of=d", nil, nil, nil), ("dd obs=32k of=d", nil, nil, nil),
        ("dd ibs=1k obs=32k of=d", nil, nil, nil), ("dd of=d", nil, nil, nil),
        ("dd bs=32k conv=sync of=d", "32k", "32k", nil),
        ("dd bs=32k conv=noerror,sync of=d", "32k", "32k", nil),
        ("dd ibs=10k obs=10k conv=sync of=d", "10k", nil, nil),
        ("dd ibs=10k conv=sync of=d", "10k", nil, nil),
        ("dd obs=10k conv=sync of=d", "512", nil, nil), ("dd conv=sync of=d", "512", nil, nil),
        ("dd conv=sync conv=notrunc bs=1M of=d", "1M", "1M", nil),
        ("dd bs=10k conv=sync iflag=fullblock of=d", nil, nil, nil),
        ("dd ibs=10k conv=sync iflag=fullblock of=d", nil, nil, nil),
        ("dd if=/dev/stdin conv=sync ibs=1k of=d", "1k", nil, nil),
        ("dd if=disk conv=sync,noerror bs=64k", nil, nil, nil),
        ("dd bs=1M count=10 of=d", nil, "1M", "count=10"),
        ("dd bs=1M count=10 iflag=fullblock of=d", nil, nil, nil),
        ("dd count=10 iflag=count_bytes of=d", nil, nil, nil), ("dd count=10B of=d", nil, nil, nil),
        ("dd skip=3 ibs=1k of=d", nil, nil, "skip=3"), ("dd skip=0 of=d", nil, nil, nil),
        ("tar xf - bs=32k conv=sync", nil, nil, nil), ("sh -c dd bs=32k", nil, nil, nil),
        ("", nil, nil, nil), ("/ bs=32k", nil, nil, nil), ("ddrescue bs=32k", nil, nil, nil),
    ]

    @Test(arguments: forms)
    func `each form of dd that short reads harm is recognized`(
        line: String, pads: String?, short: String?, counts: String?
    ) {
        func bytes(_ text: String?) -> [UInt8]? { text.map { [UInt8]($0.utf8) } }
        #expect(DD(words(line))?.paddedSize(whenRecordsHave: nil) == bytes(pads))
        let warning = CommandWarning.ofPlace(words(line), record: nil) { _ in true }
        #expect(warning == bytes(short).map { .shortRecords(size: $0) })
        #expect(
            CommandWarning.ofWords(words(line)) == bytes(counts).map { .countedReads(operand: $0) })
        let given = CommandWarning.ofPlace(words(line), record: 32768) { _ in true }
        #expect(given == nil, "whole records are read")
    }

    @Test(arguments: [
        (10240, "10k", true), (20480, "10k", true), (10240, "10240", true), (10240, "20k", false),
        (10240, "4k", false), (1_000_000, "1MB", true), (1 << 20, "1MiB", true), (4096, "8b", true),
        (10240, "2x5k", false), (10240, "0", false), (1024, "1kB", false),
        (10240, "9223372036854775807k", false),
    ])
    func `records that are read in whole blocks are not padded`(
        record: Int, block: String, fits: Bool
    ) {
        let padded = DD(words("dd ibs=\(block) conv=sync"))?.paddedSize(whenRecordsHave: record)
        #expect((padded == nil) == fits)
    }

    @Test func `short records matter only on a device, and the hint names both cures`() {
        let line = words("dd of=/dev/nst0 bs=32k")
        let warning = CommandWarning.ofPlace(line, record: nil) { _ in true }
        #expect(warning?.hint.contains("--record 32k") == true)
        #expect(warning?.hint.contains("iflag=fullblock") == true)
        #expect(CommandWarning.ofPlace(words("dd of=f bs=1M"), record: nil) { _ in false } == nil)
        #expect(
            CommandWarning.ofPlace(words("dd of=/dev/null bs=1M"), record: nil) { _ in true } == nil
        )
    }

    @Test(
        arguments: [
            "/dev/st0", "/dev/nst0", "/dev/nst0a", "/dev/tape/by-id/scsi-1-nst",
        ])
    func `a file in place of a tape drive is reported`(path: String) {
        let line = words("dd of=\(path)")
        #expect(
            CommandWarning.ofPlace(line, record: nil) { _ in false }
                == .noDrive(path: [UInt8](path.utf8)))
        var asked: [Path] = []
        let warning = CommandWarning.ofPlace(line, record: nil) { path in
            asked.append(path)
            return true
        }
        #expect(warning == nil)
        #expect(asked == [Path(path)])
    }

    @Test(arguments: ["/dev/null", "/tmp/st0", "st0", "/dev/disk/st0", "/dev"])
    func `other files are not asked after where records do not matter`(path: String) {
        let warning = CommandWarning.ofPlace(words("dd of=\(path)"), record: nil) { _ in
            Issue.record("asked after \(path)")
            return false
        }
        #expect(warning == nil)
    }

    @Test func `a tape as our own output needs records, and the hint says so`() {
        #expect(CommandWarning.oddRecords.sentence.contains("tape"))
        #expect(CommandWarning.oddRecords.hint.contains("--record"))
        #expect(!Descriptor.standardInput.isTape && !Descriptor.closed.isTape)
    }

    @Test func `an error of a tape has its hint`() {
        let large = Outcome.tapeHint(.producer, .outOfMemory, mostRead: 1 << 20)
        #expect(large?.contains("1,048,576 bytes") == true && large?.contains("--record") == true)
        #expect(Outcome.tapeHint(.consumer, .outOfMemory, mostRead: 1 << 20) == nil)
        #expect(Outcome.tapeHint(.consumer, .invalid, mostRead: 1)?.contains("setblk 0") == true)
        #expect(Outcome.tapeHint(.producer, .inputOutput, mostRead: 1) == nil)
    }
}

/// What to do about a command that is not there.
@Suite struct CommandHintTests {
    @Test(arguments: [
        (Role.producer, "tarr cf -", "installed here"), (.consumer, "./x", "right path here"),
        (.remote, "zstd -19", "PATH is often short"), (.remote, "/opt/x", "right path there"),
        (.remote, "cd /srv", "sh -c 'cd /srv …'"),
        (.producer, "LC_ALL=C sort", "env LC_ALL=C sort"),
        (.producer, "a/b=c", "right path here"), (.producer, "=c", "installed here"),
        (.remote, "gzip>/tmp/x", "sh -c 'LINE'"), (.login, "backup1", "-l { ssh backup1 }"),
        (.login, "sssh backup1", "installed here"), (.login, "/x/ssh", "right path here"),
    ])
    func `the hint fits the word`(role: Role, line: String, part: String) {
        let hint = CommandHint.whenMissing(role, words(line))
        #expect(hint.contains(part), "\(hint)")
    }

    @Test func `a line in one word is told from a command`() {
        let line = [Word("gzip > /tmp/x")]
        #expect(CommandHint.whenMissing(.remote, line).contains("without quotes"))
        #expect(CommandHint.whenMissing(.login, [Word("ssh host")]).contains("-l { ssh HOST }"))
        #expect(CommandHint.whenMissing(.producer, []).contains("PATH"))
    }

    @Test(arguments: [
        ("/bin/sh\r", "carriage return"), ("/lib/ld-musl-x86_64.so.1", "C library"),
        ("/lib/ld.so.1", "C library"), ("/opt/bin/python9", "first line"), ("", "first line"),
    ])
    func `a missing interpreter has the hint for its kind`(name: String, part: String) {
        #expect(CommandHint.ofInterpreter([UInt8](name.utf8)).contains(part))
    }
}
