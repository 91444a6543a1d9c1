/// The words of the remote command, as they come in pieces.
struct CommandWords: Sendable {
    /// The most bytes that they may have in all.
    static let maximumByteCount = 2 << 20

    private var whole: [[UInt8]] = []
    private var unfinished: [UInt8] = []
    private var byteCount = 0

    var count: Int { whole.count }

    /// - Parameter wordCount: How many words were announced.
    mutating func add(
        _ bytes: [UInt8], _ isWhole: Bool, of wordCount: Int
    ) throws(ControlError) {
        byteCount += bytes.count + 1
        guard count < wordCount, byteCount <= CommandWords.maximumByteCount else {
            throw .tooManyWords
        }
        unfinished += bytes
        guard isWhole else { return }
        whole.append(unfinished)
        unfinished = []
    }

    /// Gives the words away; none are left.
    mutating func take() -> [[UInt8]] {
        defer { whole = [] }
        return whole
    }
}
