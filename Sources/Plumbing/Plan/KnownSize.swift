import LinuxSystem

/// What the producer will write, where that is sure before it runs.
extension Plan {
    /// A file that the producer passes on as it is.
    enum Source: Equatable {
        case standardInput
        case file(Path)
    }

    /// The bytes that all these files have now, from their offsets on; `nil` if anything else is
    /// among them.
    package var knownSize: Int64? {
        sources.flatMap { sources in
            sources.reduce(0) { sum, source in
                sum.flatMap { sum in source.byteCount.map { sum + $0 } }
            }
        }
    }

    /// `nil` for a producer that may write anything.
    ///
    /// Any other program than `cat` may write more or less than it reads.
    var sources: [Source]? {
        switch producer {
        case .standard: return [.standardInput]
        case .command(let words): return Plan.sources(ofCat: words)
        case nil: return nil
        }
    }

    private static func sources(ofCat words: [Word]) -> [Source]? {
        let names = words.dropFirst().map { $0.bytes }
        guard
            words.first?.bytes.split(separator: UInt8(ascii: "/")).last == [UInt8]("cat".utf8)[...]
        else { return nil }
        guard !names.isEmpty else { return [.standardInput] }
        let dash = [UInt8](FoldedLine.standard.utf8)
        // Its options change what it writes, and a second `-` has nothing more to read.
        guard names.allSatisfy({ $0 == dash || $0.first != dash[0] }),
            names.count(where: { $0 == dash }) < 2
        else { return nil }
        return names.map { $0 == dash ? .standardInput : .file(Path($0)) }
    }
}

extension Plan.Source {
    fileprivate var byteCount: Int64? {
        switch self {
        case .standardInput: return FileLength(of: .standardInput)?.byteCount
        case .file(let path):
            // Opening a pipe would wait for its writer.
            guard path.kind == .regular,
                let file = try? OwnedDescriptor.open(path, .readingUnblocked)
            else { return nil }
            return FileLength(of: file.borrowed)?.byteCount
        }
    }
}
