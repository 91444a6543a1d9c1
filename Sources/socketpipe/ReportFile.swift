import LinuxSystem

/// The file of `--report`.
///
/// It writes a regular file beside its place, readable by its owner alone, and renames it at the
/// end: a session that is killed leaves the last report intact, and no reader ever sees half of
/// one.
enum ReportFile: ~Copyable {
    case beside(Path)
    /// A pipe, a device, one of our descriptors, or a file in a folder that accepts no new ones.
    case open(OwnedDescriptor, replaces: Bool)

    /// Checks that it is writable, before anything starts.
    init(at path: Path) throws(Errno) {
        if let descriptor = path.descriptor {
            self = .open(try .duplicate(of: descriptor), replaces: false)
            return
        }
        guard path.kind == nil || path.kind == .regular else {
            // Do not wait for a reader of a pipe.
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

    /// Writes the report: all of it, or nothing if it is a regular file.
    consuming func write(_ text: String) throws(Errno) {
        let bytes = [UInt8](text.utf8)
        switch consume self {
        case .open(let file, let replaces):
            if replaces { try file.truncate() }
            try file.borrowed.writeAll(bytes)
        case .beside(let place):
            let made = try ReportFile.make(beside: place)
            do throws(Errno) {
                try made.file.borrowed.writeAll(bytes)
                try made.file.borrowed.settle()
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

    /// A new file in the same folder, under an unused name.
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
