import Glibc

/// What a sink saw.
struct SinkNote: Codable {
    var byteCount = 0
    /// Absent if the bytes were only counted.
    var isAsSent: Bool?
    /// At the first byte, and at the last of those expected.
    var first: Snapshot?
    var last: Snapshot?
    /// How much had come at some moments; absent unless asked for.
    var course: [Sample]?
    /// When the end of the stream came, on the monotonic clock.
    var endNanoseconds: Int64 = 0
}

/// How many bytes had come so many seconds after the first.
struct Sample: Codable {
    let seconds: Double
    let byteCount: Int
}

/// Reads its standard input to the end:
/// `sink NOTE ACCOUNTS|- count|noise|FILE BYTES MILLISECONDS|0 READ BURST REST`, the first
/// milliseconds between two samples.
struct Sink {
    private let notePath: String
    private let accounts: String?
    private let likeness: Likeness?
    private let expected: Int
    private let sampler: Sampler?
    private let pace: Pace

    init(_ arguments: [String]) throws {
        notePath = try arguments.argument(0, "file for the note")
        let folder = try arguments.argument(1, "folder of accounts")
        accounts = folder == "-" ? nil : folder
        likeness = try Likeness(mode: arguments.argument(2, "mode"))
        expected = try arguments.number(3, "number of bytes")
        let period = Int64(try arguments.number(4, "period")) * 1_000_000
        sampler = period > 0 ? Sampler(period: period) : nil
        pace = try Pace(Array(arguments.dropFirst(5)))
    }

    func run() throws {
        var note = SinkNote()
        var (likeness, sampler) = (likeness, sampler)
        var isAsSent = true
        let space = UnsafeMutableRawBufferPointer.allocate(
            byteCount: pace.readSize, alignment: 4096)
        defer { unsafe space.deallocate() }
        while let count = unsafe try Self.read(into: space), count > 0 {
            if note.first == nil { note.first = Snapshot(accounts: accounts) }
            let bytes = unsafe UnsafeRawBufferPointer(rebasing: space[..<count])
            if isAsSent, let same = unsafe likeness?.matches(bytes, at: note.byteCount) {
                isAsSent = same
            }
            note.byteCount += count
            sampler?.add(note.byteCount)
            if note.byteCount == expected { note.last = Snapshot(accounts: accounts) }
            pace.rest(after: count, of: note.byteCount)
        }
        note.endNanoseconds = monotonicNanoseconds()
        note.course = sampler?.samples
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
