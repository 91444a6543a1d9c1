/// Whom a line of the control channel is for.
enum LineReader: CaseIterable, Sendable { case here, there }

extension Scratch {
    /// A login that edits the lines for one end with `sed`; it keeps them as they were and as they
    /// became, and how the there-end ended.
    func login(editing edit: String, towards reader: LineReader) -> Words {
        let change = "tee \"$folder/before\" | sed -u \"$edit\" | tee \"$folder/after\""
        let peer = "{ \"$@\"; echo $? >\"$folder/status\"; }"
        let line = reader == .here ? "\(peer) | \(change)" : "\(change) | \(peer)"
        return .bash("folder=$1 edit=$2; shift 2; \(line)", path, edit)
    }
}
