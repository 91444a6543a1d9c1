import Glibc

/// What a sink saw.
struct SinkNote: Codable {
    var byteCount = 0
    /// Absent if the bytes were only counted.
    var isAsSent: Bool?
    /// At the first byte, and at the last of those expected.
    var first: Snapshot?
    var last: Snapshot?
    /// When the end of the stream came, on the monotonic clock.
    var endNanoseconds: Int64 = 0
}

/// Reads its standard input to the end: `sink NOTE ACCOUNTS|- count|noise|FILE BYTES`.
struct Sink {
    private let notePath: String
    private let accounts: String?
    private let likeness: Likeness?
    private let expected: Int

    init(_ arguments: [String]) throws {
        notePath = try arguments.argument(0, "file for the note")
        let folder = try arguments.argument(1, "folder of accounts")
        accounts = folder == "-" ? nil : folder
        likeness = try Likeness(mode: arguments.argument(2, "mode"))
        expected = try arguments.number(3, "number of bytes")
    }

    func run() throws {
        var note = SinkNote()
        var likeness = likeness
        var isAsSent = true
        let space = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
        defer { unsafe space.deallocate() }
        while let count = unsafe try Self.read(into: space), count > 0 {
            if note.first == nil { note.first = Snapshot(accounts: accounts) }
            let bytes = unsafe UnsafeRawBufferPointer(rebasing: space[..<count])
            if isAsSent, let same = unsafe likeness?.matches(bytes, at: note.byteCount) {
                isAsSent = same
            }
            note.byteCount += count
            if note.byteCount == expected { note.last = Snapshot(accounts: accounts) }
        }
        note.endNanoseconds = monotonicNanoseconds()
        note.isAsSent = likeness == nil ? nil : isAsSent
        try leave(note, at: notePath)
    }

    /// Returns 0 at the end of the stream.
    private static func read(into space: UnsafeMutableRawBufferPointer) throws -> Int? {
        while true {
            let count = unsafe Glibc.read(0, space.baseAddress, space.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Failure("standard input", errno: errno) }
            return count
        }
    }
}
