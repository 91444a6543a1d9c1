import ArgumentParser
import LinuxSystem
import Plumbing
import Volumes

/// A tape drive of this host in the place of a session.
struct VolumeOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Write standard input to a tape drive or a file of this host, in records, and to as many "
                + "volumes as it takes. No session: takes only these, --report, --verbose, --quiet "
                + "and how a reader is fed.", valueName: "device"), transform: Value.path)
    var to: Path?

    @Option(
        help: ArgumentHelp(
            "Read them back to standard output.", valueName: "device"), transform: Value.path)
    var from: Path?

    @Option(
        help: ArgumentHelp(
            "The command that puts in the next volume; SOCKETPIPE_VOLUME is its number. Without it "
                + "you are asked at the terminal.", valueName: "{ command }"))
    var nextVolume: BlockWord?

    @Option(
        help: ArgumentHelp(
            "Begin each volume with a label, and check it when reading: the set's name, the volume's "
                + "number.", valueName: "name"), transform: Value.label)
    var label: String?

    @Option(
        help: ArgumentHelp(
            "The volumes to read, such as 3 for the first three, or 2-2 for the second alone. "
                + "(default: 1; with --label all)",
            valueName: "low-high"), transform: Value.volumes)
    var volumes: ClosedRange<Int>?

    @Option(
        help: ArgumentHelp(
            "Compare what --from reads with this report of --to, and write nothing.",
            valueName: "file"), transform: Value.path)
    var verify: Path?
}

extension Value {
    /// The name of a set of volumes.
    static func label(_ word: String) throws -> String {
        let others = Set("._-+:@".utf8)
        let isFit = word.utf8.allSatisfy { byte in
            others.contains(byte) || (byte < 0x80 && Character(Unicode.Scalar(byte)).isLetter)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        guard isFit, (1...VolumeLabel.longestName).contains(word.utf8.count) else {
            throw ValidationError("expected 1 to 60 letters, digits and ._-+:@")
        }
        return word
    }

    /// `COUNT`, or `LOW-HIGH`.
    static func volumes(_ word: String) throws -> ClosedRange<Int> {
        let ends = word.split(separator: "-", omittingEmptySubsequences: false)
            .map { ByteCount.number($0.utf8).flatMap { Int(exactly: $0) } }
        let low = ends.count == 1 ? 1 : ends[0]
        guard ends.count <= 2, let low, let high = ends[ends.count - 1], low >= 1, low <= high,
            high <= 100_000
        else { throw ValidationError("expected a number of volumes, or LOW-HIGH") }
        return low...high
    }
}

extension Options {
    private static let fitForVolumes: Set = [
        "--to", "--from", "--next-volume", "--label", "--volumes", "--verify", "--record", "--pad",
        "--buffer", "--start", "--resume", "--report", "--verbose", "--quiet", "--no-config",
    ]
    private static let onlyForWriting = ["--pad", "--buffer", "--start", "--resume"]
    private static let onlyForVolumes = [
        "--next-volume", "--label", "--volumes", "--verify",
    ]

    /// - Returns: `nil` for a session.
    func volumeOrder(_ line: FoldedLine) throws -> VolumeOrder? {
        let names = line.words.filter { $0.hasPrefix("-") }.map { String($0.prefix { $0 != "=" }) }
        guard volume.to != nil || volume.from != nil else {
            if let name = names.first(where: { Options.onlyForVolumes.contains($0) }) {
                throw OptionError("\(name) needs --to or --from", hint: Options.toExample)
            }
            return nil
        }
        guard volume.to == nil || volume.from == nil else {
            throw OptionError("--to and --from exclude each other")
        }
        let isWritten = volume.to != nil
        for name in names {
            try check(name, isWritten: isWritten)
        }
        guard !(telling.verbose && telling.quiet) else {
            throw OptionError("--verbose and --quiet exclude each other")
        }
        let order = try order(line)
        if isWritten { try checkRecord(order) }
        return order
    }

    private static let toExample = "as in --to /dev/nst0 --record 256k --label home"

    private func check(_ name: String, isWritten: Bool) throws {
        let way = isWritten ? "--to" : "--from"
        guard Options.fitForVolumes.contains(name) else {
            throw OptionError(
                "\(name) is for a session, and \(way) is none",
                hint: "as in -r { socketpipe \(way) /dev/nst0 }")
        }
        if !isWritten, Options.onlyForWriting.contains(name) {
            throw OptionError(
                "\(name) is for a reader that is fed, and --from feeds none",
                hint: "give it to the session that carries the stream, or to --to")
        }
        if isWritten, name == "--volumes" || name == "--verify" {
            throw OptionError("\(name) needs --from", hint: "as in --from /dev/nst0 \(name) …")
        }
    }

    private func order(_ line: FoldedLine) throws -> VolumeOrder {
        var order: VolumeOrder
        if let device = volume.to {
            order = VolumeOrder(.to, device)
            order.isPadded = reader.pad
            order.buffer = try relayOrder().buffer
        } else {
            guard let device = volume.from else { preconditionFailure() }
            order = VolumeOrder(volume.verify == nil ? .from : .verify, device)
        }
        order.record = reader.record
        order.label = volume.label
        order.changer = volume.nextVolume.map { line.blocks[$0.index] }
        order.volumes = volume.volumes
        order.hasHash = telling.report != nil
        guard order.direction != .to || telling.report != order.device else {
            throw OptionError("--report and --to name the same file")
        }
        if let path = volume.verify { try expect(path, &order) }
        if order.direction != .to, order.changer != nil, order.label == nil, order.volumes == nil {
            throw OptionError(
                "--next-volume needs --label or --volumes with --from: volumes without labels do not "
                    + "tell which is the last", hint: "as in --volumes 3")
        }
        return order
    }

    /// Takes what a report says of the volumes.
    private func expect(_ path: Path, _ order: inout VolumeOrder) throws {
        let name = Text.quoted(path.bytes)
        let bytes: [UInt8]
        do throws(Errno) {
            let file = try OwnedDescriptor.open(path, .reading)
            bytes = try file.borrowed.read(byteCount: 16 << 20)
        } catch {
            throw OptionError("cannot read the report \(name): \(error.sentence)")
        }
        guard let report = ReportedVolumes(bytes) else {
            throw OptionError(
                "\(name) is no report of volumes", hint: "--report FILE beside --to writes one")
        }
        guard report.isWhole else {
            throw OptionError(
                "\(name) is the report of a set that was not written to its end",
                hint: "its sentence says why")
        }
        let numbers = report.volumes.map { $0.number }
        order.expected = report.volumes
        order.expectedSet = report.setID
        order.hasHash = true
        order.volumes = order.volumes ?? numbers[0]...numbers[numbers.count - 1]
    }

    private func checkRecord(_ order: VolumeOrder) throws {
        let size = order.record ?? VolumeOrder.usualRecord
        guard order.label == nil || size >= VolumeOrder.leastLabelled else {
            throw OptionError(
                "a label does not fit a record of \(Text.counted(Int64(size), "byte"))",
                hint: "--label needs --record 512 or more")
        }
    }
}
