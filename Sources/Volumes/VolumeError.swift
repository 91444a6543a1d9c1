import LinuxSystem
import Plumbing

/// Why a set could not be written or read to its end.
package enum VolumeError: Error, Equatable, Sendable {
    case noMemory(Errno)
    case isUnfit
    case rewinds
    /// The drive takes only multiples of its block size.
    case badRecord(Int, block: Int)
    case needsPadding(block: Int)
    case labelsNeedVolumes
    /// What cannot be cured, or nobody is there to cure it.
    case trouble(VolumeTrouble, volume: Int)
    case cannotWrite(Errno, volume: Int, record: Int64)
    case cannotEnd(Errno, volume: Int)
    case cannotRead(Errno, volume: Int, record: Int64, byte: Int64)
    /// The records end without a file mark.
    case endsWithoutMark(volume: Int, record: Int64)
    case inputFailed(Errno)
    case outputFailed(Errno)
    case cannotWait(Errno)
    case cannotStartChanger([Word], Errno)
    case changerFailed([Word], ExitStatus, volume: Int)
    case givenUp(volume: Int)
    case tooManyWrong(VolumeTrouble, volume: Int)
    /// The volume before it is not whole.
    case doesNotFollow(volume: Int, start: Int64, end: Int64)
    /// The end label counts other volumes or bytes.
    case countsDiffer(EndLabel, volumes: Int, bytes: Int64)
    case differs(VolumeFacts, expected: VolumeFacts)
    case notExpected(volume: Int)

    /// How it is told.
    func outcome(_ order: VolumeOrder) -> Outcome {
        let device = order.deviceName
        switch self {
        case .outputFailed(.brokenPipe): return .outputClosed
        case .outputFailed(let error): return .outputFailed(error)
        case .inputFailed(let error): return .inputFailed(error)
        default:
            return Outcome(status, name, sentence(order, device), hint: hint(device))
        }
    }

    private var status: CInt {
        switch self {
        case .changerFailed(_, let status, _): status.shellStatus
        case .cannotStartChanger(_, .notFound): OwnStatus.notFound
        case .cannotStartChanger: OwnStatus.cannotExecute
        case .countsDiffer, .doesNotFollow, .differs, .notExpected, .endsWithoutMark:
            OwnStatus.incomplete
        default: OwnStatus.ourError
        }
    }

    private var name: String {
        switch self {
        case .changerFailed, .cannotStartChanger: "changer failed"
        case .countsDiffer, .doesNotFollow, .endsWithoutMark: "incomplete"
        case .differs, .notExpected: "different"
        case .trouble, .givenUp, .tooManyWrong: "no volume"
        default: "volume failed"
        }
    }

    private func sentence(_ order: VolumeOrder, _ device: String) -> String {
        switch self {
        case .noMemory(let error): "there is no memory for a record: \(error.sentence)"
        case .isUnfit: "\(device) is neither a tape drive nor a disk nor a file"
        case .rewinds: "\(device) rewinds its tape whenever it is closed"
        case .badRecord(let record, let block):
            "records of \(Text.counted(Int64(record), "byte")) do not fit the blocks of "
                + "\(Text.counted(Int64(block), "byte")) to which the drive \(device) is set"
        case .needsPadding(let block):
            "the drive \(device) is set to blocks of \(Text.counted(Int64(block), "byte")), which a "
                + "short last record would not fill"
        case .labelsNeedVolumes: "\(device) is no tape and no file: only those have labels"
        case .trouble(let trouble, let volume): trouble.sentence(device, volume, order.label)
        case .cannotWrite(let error, let volume, let record):
            "cannot write record \(Text.grouped(record)) of volume \(volume) to \(device): "
                + error.sentence
        case .cannotEnd(let error, let volume):
            "cannot end volume \(volume) in \(device): \(error.sentence)"
        case .cannotRead(let error, let volume, let record, let byte):
            "cannot read record \(Text.grouped(record)) of volume \(volume) from \(device), after "
                + "\(Text.counted(byte, "byte")) of it: \(error.sentence)"
        case .endsWithoutMark(let volume, 0):
            "there is nothing on the tape in \(device) where volume \(volume) would begin"
        case .endsWithoutMark(let volume, let record):
            "volume \(volume) in \(device) ends after record \(Text.grouped(record)) without a file "
                + "mark"
        case .inputFailed(let error), .outputFailed(let error): error.sentence
        case .cannotWait(let error): "cannot wait: \(error.sentence)"
        case .cannotStartChanger(let words, let error):
            "cannot run \(VolumeError.name(words)) of --next-volume: \(error.sentence)"
        case .changerFailed(let words, let status, let volume):
            "\(VolumeError.name(words)) of --next-volume, asked for volume \(volume), "
                + VolumeError.ended(status)
        case .givenUp(let volume): "nobody put in volume \(volume)"
        case .tooManyWrong(let trouble, let volume):
            "--next-volume brought no right volume \(volume) in "
                + "\(VolumeError.mostAttempts) attempts: "
                + trouble.sentence(device, volume, order.label)
        case .doesNotFollow(let volume, let start, let end):
            "volume \(volume) in \(device) goes on behind byte \(Text.grouped(start)) of the stream, "
                + "but volume \(volume - 1) ended with byte \(Text.grouped(end))"
        case .countsDiffer(let label, let volumes, let bytes):
            "the set has \(Text.counted(label.bytes, "byte")) on "
                + "\(Text.counted(Int64(label.volumes), "volume")), but "
                + "\(Text.counted(bytes, "byte")) on \(Text.counted(Int64(volumes), "volume")) "
                + "were read"
        case .differs(let found, let expected):
            found.bytes == expected.bytes
                ? "volume \(found.number) does not hold the bytes that the report tells of: its hash "
                    + "differs"
                : "volume \(found.number) holds \(Text.counted(found.bytes, "byte")), not the "
                    + "\(Text.grouped(expected.bytes)) that the report tells of"
        case .notExpected(let volume): "the report tells of no volume \(volume)"
        }
    }

    private func hint(_ device: String) -> String? {
        switch self {
        case .rewinds:
            "use /dev/nst0, not /dev/st0: a tape that is not changed would be overwritten"
        case .isUnfit: "to write to a pipe, leave out --to and use >"
        case .badRecord:
            "give --record a multiple of that size, or run mt -f DEVICE setblk 0"
        case .needsPadding: "add --pad, or run mt -f DEVICE setblk 0"
        case .trouble(let trouble, _): trouble.hint
        case .tooManyWrong(let trouble, _): trouble.hint
        case .cannotWrite(.invalid, _, _):
            "is the record larger than the drive takes? try a smaller --record"
        case .cannotWrite(.overflow, _, _): "the driver has no room for it: use a smaller --record"
        case .cannotRead(.outOfMemory, _, _, _): "give the size of its records with --record"
        case .cannotRead(.inputOutput, _, _, _):
            "clean the drive and try again; everything before it was delivered"
        case .endsWithoutMark(_, 0): "is it another tape? mt -f DEVICE rewind winds it back"
        case .endsWithoutMark: "its writer was stopped, or the tape is damaged"
        default: nil
        }
    }

    private static func name(_ words: [Word]) -> String { Text.quoted(words.first?.bytes ?? []) }

    private static func ended(_ status: ExitStatus) -> String {
        switch status {
        case .exited(let status): "exited with status \(status)"
        case .killed(let signal): "was killed by \(Signal.name(signal))"
        }
    }
}
