import LinuxSystem

/// What the producer will write, where that is sure before it runs.
extension Plan {
    /// The bytes that standard input has now, from its offset on, if it is a regular file and all
    /// that is sent; `nil` if not.
    ///
    /// Files that a command names are not asked: their server may never answer.
    package var knownSize: Int64? {
        sendsStandardInput ? FileLength(of: .standardInput)?.byteCount : nil
    }

    /// Any other program than `cat` may write more or less than it reads.
    var sendsStandardInput: Bool {
        switch producer {
        case .standard: true
        case .command(let words):
            words.first?.bytes.split(separator: UInt8(ascii: "/")).last
                == [UInt8]("cat".utf8)[...]
                && (words.count == 1
                    || words.dropFirst().map { $0.bytes } == [[UInt8](FoldedLine.standard.utf8)])
        case nil: false
        }
    }
}
