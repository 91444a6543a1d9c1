import LinuxSystem
import Plumbing

/// Why another volume must be put in.
package enum VolumeTrouble: Error, Equatable, Sendable {
    /// The volume before it is full.
    case full
    /// The volume before it was read to its end.
    case ended
    case noTape
    case isProtected
    case isBusy
    case isNotReady
    /// It is the volume that was there before.
    case isUnchanged
    /// A file that would be overwritten.
    case holdsBytes(Int64)
    /// It is a volume of the very set that is being written.
    case holdsVolume(Int)
    case hasNoLabel
    case isOfOtherSet(VolumeSet)
    case isVolume(Int)
    case cannotOpen(Errno)
    case cannotLabel(Errno)

    init(opening error: Errno) {
        switch error {
        case .noMedium: self = .noTape
        case .readOnlyFileSystem: self = .isProtected
        case .busy: self = .isBusy
        case .inputOutput: self = .isNotReady
        default: self = .cannotOpen(error)
        }
    }

    /// - Parameters:
    ///   - device: Its name in quotes.
    ///   - volume: The number of the one that is wanted.
    package func sentence(_ device: String, _ volume: Int, _ label: String?) -> String {
        let set = label.map { " of the set '\($0)'" } ?? ""
        return switch self {
        case .full: "volume \(volume - 1) is full: volume \(volume)\(set) is needed"
        case .ended: "volume \(volume - 1) is read: volume \(volume)\(set) is needed"
        case .noTape: "there is no tape in \(device)"
        case .isProtected: "the tape in \(device) is write-protected"
        case .isBusy: "another program has \(device) open"
        case .isNotReady: "the drive \(device) does not get ready"
        case .isUnchanged:
            "what is in \(device) is not at its beginning: it may be volume \(volume - 1) still"
        case .holdsBytes(let count):
            "the file \(device) holds \(Text.counted(count, "byte")) already"
        case .holdsVolume(let number): "\(device) holds volume \(number) of this very set"
        case .hasNoLabel: "\(device) holds a volume without a label"
        case .isOfOtherSet(let other):
            "\(device) holds a volume of another set, '\(other.name)' (\(other.id))"
        case .isVolume(let number):
            "\(device) holds volume \(number), but volume \(volume)\(set) is needed"
        case .cannotOpen(let error): "cannot open \(device): \(error.sentence)"
        case .cannotLabel(let error):
            "cannot write the label of volume \(volume) to \(device): \(error.sentence)"
        }
    }

    /// What to do where nobody can be asked.
    var hint: String {
        switch self {
        case .full, .ended:
            "--next-volume { command } changes volumes where there is no terminal to ask at"
        case .noTape: "put one in; mtx -f CHANGER load SLOT does it"
        case .isProtected: "move its write-protect switch, or take another tape"
        case .isBusy: "fuser -v names it"
        case .isNotReady: "does mt -f DEVICE status tell why?"
        case .isUnchanged: "change it, or mt -f DEVICE rewind if it is another one"
        case .holdsBytes: "move it away first"
        case .holdsVolume, .isOfOtherSet, .isVolume: "put in the right one"
        case .hasNoLabel: "put in the right one, or leave out --label"
        case .cannotOpen(.notFound), .cannotOpen(.noSuchDevice):
            "is the drive attached, and its driver loaded? lsscsi -g and modprobe st help"
        case .cannotOpen, .cannotLabel: "does mt -f DEVICE status tell why?"
        }
    }

    /// Whether another volume could help.
    var isCurable: Bool {
        switch self {
        case .cannotOpen(.notFound), .cannotOpen(.noSuchDevice), .cannotOpen(.accessDenied),
            .cannotOpen(.notPermitted):
            false
        // A volume that is full before it begins: a changer that is asked again may put the empty
        // file in the place of the last one.
        case .cannotLabel(let error): !error.meansFull
        default: true
        }
    }
}
