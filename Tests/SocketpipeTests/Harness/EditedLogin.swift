/// Whom a line of the control channel is for.
enum LineReader: CaseIterable, Sendable { case here, there }

extension Scratch {
    /// A login that edits the lines for one end with `sed`.
    ///
    /// It keeps the lines as they were, `before`, and as they became, `after`; the numbers of the
    /// two ends' processes, `here` and `there`; and how the there-end ended, `status`.
    func login(editing edit: String, towards reader: LineReader) -> Words {
        let change = "tee \"$folder/before\" | sed -u \"$edit\" | tee \"$folder/after\""
        let start = "sh -c 'echo $$ >\"$0/there\"; exec \"$@\"' \"$folder\" \"$@\""
        let peer = "{ \(start); echo $? >\"$folder/status\"; }"
        let line = reader == .here ? "\(peer) | \(change)" : "\(change) | \(peer)"
        let script = "folder=$1 edit=$2; shift 2; echo $PPID >\"$folder/here\"; \(line)"
        return .bash(script, path, edit)
    }
}
