import LinuxSystem

/// The file of `--rate-file`, and the wait for another to be written in its place.
final class RateFile {
    private static let largestSize = 4096

    private let path: Path
    private let watch: FolderWatch

    /// - Throws: The error of `inotify(7)`, such as `tooManyOpenFiles`.
    init(_ path: Path) throws(Errno) {
        // A link's own folder does not change with the file.
        self.path = try path.followed()
        watch = try FolderWatch(self.path)
    }

    func watch(_ readiness: inout Readiness) {
        readiness.watch(watch.descriptor, .reading)
    }

    /// Whether the file was written to its end, or replaced, since we asked last.
    func hasChanged(_ readiness: Readiness) -> Bool {
        readiness[watch.descriptor].isReady && watch.takeChanges()
    }

    /// What the file says now. Whoever may write it may slow us down, so that must be nobody else.
    func read() -> RateReading {
        do throws(Errno) {
            // Opening a pipe would wait for its writer.
            let file = try OwnedDescriptor.open(path, .readingUnblocked)
            guard FileKind(of: file.borrowed) == .regular else {
                return .unusable("it is no regular file")
            }
            switch try FileTrust(of: file.borrowed) {
            case .foreign(let owner): return .unusable("it belongs to user \(owner)")
            case .writable: return .unusable("others than its owner may write it")
            case .trusted: break
            }
            let bytes = try file.borrowed.read(byteCount: RateFile.largestSize)
            let blanks = [UInt8](" \t\r".utf8)
            let words = bytes.prefix { $0 != UInt8(ascii: "\n") }.split { blanks.contains($0) }
            guard words.count == 1,
                let rates = Rates(String(decoding: words[0], as: UTF8.self))
            else { return .unusable(Rates.expectation) }
            return .rates(rates)
        } catch {
            return .unusable(error.sentence)
        }
    }
}
