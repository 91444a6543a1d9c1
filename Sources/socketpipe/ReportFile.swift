import LinuxSystem

/// Where `--report` goes.
///
/// A regular file is written beside its place, for its owner alone, and renamed at the end: a
/// session that is killed leaves the last report as it was, and nobody ever reads half of one.
enum ReportFile: ~Copyable {
    case beside(Path)
    /// A pipe, a device, one of our descriptors, or a file in a folder that takes no new ones.
    case open(OwnedDescriptor, replaces: Bool)

    /// Finds out whether it can be written, before anything is started.
    init(at path: Path) throws(Errno) {
        if let number = path.descriptorNumber {
            self = .open(try .duplicate(of: number), replaces: false)
            return
        }
        guard path.kind == nil || path.kind == .regular else {
            // Nobody is waited for who may read a pipe.
            let file = try OwnedDescriptor.open(path, .writingUnblocked)
            try file.setNonblocking(false)
            self = .open(file, replaces: false)
            return
        }
        let place = try path.followed()
        do throws(Errno) {
            try ReportFile.make(beside: place).name.remove()
            self = .beside(place)
        } catch {
            guard path.kind == .regular, error != .tooManyOpenFiles,
                let file = try? OwnedDescriptor.open(place, .writing)
            else { throw error }
            self = .open(file, replaces: true)
        }
    }

    /// Writes the report, all of it or, into a regular file, nothing.
    consuming func write(_ text: String) throws(Errno) {
        let bytes = [UInt8](text.utf8)
        switch consume self {
        case .open(let file, let replaces):
            if replaces { try file.truncate() }
            try Descriptor.writeAll(file.number, bytes)
        case .beside(let place):
            let made = try ReportFile.make(beside: place)
            do throws(Errno) {
                try Descriptor.writeAll(made.file.number, bytes)
                try Descriptor.settle(made.file.number)
                try made.name.rename(to: place)
            } catch {
                _ = try? made.name.remove()
                throw error
            }
        }
    }

    private struct Made: ~Copyable {
        let file: OwnedDescriptor
        let name: Path
    }

    /// A new file in the same folder, under a name that nobody has.
    private static func make(beside place: Path) throws(Errno) -> Made {
        for attempt in 0..<100 {
            let name = place.beside("\(Process.number).\(attempt)")
            do throws(Errno) {
                return Made(file: try .open(name, .writingOwn), name: name)
            } catch .exists {
                continue
            }
        }
        throw .exists
    }
}
