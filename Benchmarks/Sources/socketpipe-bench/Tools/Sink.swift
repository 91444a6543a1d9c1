import Fixtures
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

/// What a sink compares with what comes.
struct Likeness {
    private var noise: Noise?
    private var file: Int32 = -1

    /// - Parameter mode: `noise`, the path of a file, or `count`, which compares nothing.
    init?(mode: String) throws {
        switch mode {
        case "count": return nil
        case "noise": noise = Noise()
        default:
            file = unsafe open(mode, O_RDONLY | O_CLOEXEC)
            guard file >= 0 else { throw Failure(mode, errno: errno) }
        }
    }

    /// Whether these are the bytes that stand at a position.
    mutating func matches(_ found: UnsafeRawBufferPointer, at position: Int) -> Bool {
        unsafe noise?.matches(found, at: position) ?? isInFile(found, at: position)
    }

    private func isInFile(_ found: UnsafeRawBufferPointer, at position: Int) -> Bool {
        let space = UnsafeMutableRawBufferPointer.allocate(byteCount: found.count, alignment: 4096)
        defer { unsafe space.deallocate() }
        let count = unsafe pread(file, space.baseAddress, space.count, position)
        return unsafe count == found.count
            && memcmp(space.baseAddress!, found.baseAddress!, count) == 0
    }
}

/// Notes how much has come, no oftener than once a period.
struct Sampler {
    let period: Int64
    private(set) var samples: [Sample] = []
    private var start: Int64?
    private var latest: Int64 = 0

    init(period: Int64) {
        self.period = period
    }

    mutating func add(_ byteCount: Int) {
        let now = monotonicNanoseconds()
        let start = start ?? now
        self.start = start
        guard now - latest >= period else { return }
        latest = now
        samples.append(Sample(seconds: (now - start).seconds, byteCount: byteCount))
    }
}

/// How a sink takes what comes.
struct Pace {
    /// The bytes of one `read`.
    var readSize = 1 << 20
    /// After each so many bytes it rests.
    var burst = Int.max
    var restMilliseconds = 0

    /// As the arguments of a sink.
    var words: [String] { ["\(readSize)", "\(burst)", "\(restMilliseconds)"] }

    /// Rests, if with the last `count` of `total` bytes a burst is over.
    func rest(after count: Int, of total: Int) {
        guard total / burst > (total - count) / burst else { return }
        usleep(UInt32(restMilliseconds) * 1000)
    }
}

extension Pace {
    init(_ words: [String]) throws {
        readSize = max(1, try words.number(0, "size of a read"))
        burst = max(1, try words.number(1, "bytes of a burst"))
        restMilliseconds = try words.number(2, "rest")
    }
}
