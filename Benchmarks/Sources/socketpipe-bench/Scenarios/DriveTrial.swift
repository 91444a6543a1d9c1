import Fixtures
import FoundationEssentials
import Glibc

/// Feeds a simulated tape drive here from a source there that sends, in bursts, half of what the
/// drive writes.
struct DriveTrial {
    static let bufferSize = 64 << 20
    static let buffer = ["--buffer", "\(bufferSize >> 20)M"]
    private static let burstCount = 50
    private static let burstSize = 10_000_000
    private static let recordSize = 262_144
    private static let patience: Int64 = 120

    let place: Place
    let lane: Lane
    /// The program that is the drive.
    let drive: String

    private var trace: String { lane.path("trace") }

    func run(_ options: [String]) throws -> DriveCourse {
        lane.clear()
        let streams = Streams(output: lane.path("here.out"), error: lane.path("here.err"))
        let child = try spawn(words(options), at: place.here, streams)
        defer { child.destroy() }
        var fill = FillInquiry(child, telling: streams.error, of: Self.bufferSize)
        let deadline = monotonicNanoseconds() + Self.patience * 1_000_000_000
        let ending = try child.wait(before: deadline) { fill.take() }
        guard ending == .status(0), let start = fill.start else {
            throw Failure("the session with the drive failed: \(lane.said("here.err"))")
        }
        return try course(options, fill.samples, since: start)
    }

    /// The source takes half a second for each burst, in which the drive could write two.
    private func words(_ options: [String]) -> [String] {
        let rate = 4 * Self.burstSize
        let model = ["min=\(rate)", "max=\(rate)", "buffer=8e6", "stop=0.2", "trace=\(trace)"]
        let source = """
            for i in $(seq \(Self.burstCount)); do
                head -c \(Self.burstSize) /dev/zero; sleep 0.5
            done
            """
        return [lane.path("socketpipe"), "--verbose", "--record", "\(Self.recordSize)"] + options
            + ["-o", "{", drive, "\(Self.recordSize)"] + model + ["}", "-l", "{"] + place.login
            + ["}", "-r", "{", "sh", "-c", source, "}", "--there", lane.path("there")]
    }

    private func course(
        _ options: [String], _ fills: [Sample], since start: Int64
    ) throws -> DriveCourse {
        let json = text(of: lane.path("here.out")) ?? ""
        let told = try JSONDecoder().decode(Told.self, from: Data(json.utf8))
        let expected = Self.burstCount * Self.burstSize
        guard told.bytes == expected else {
            throw Failure("\(told.bytes) of \(expected) bytes arrived")
        }
        let lines = (text(of: trace) ?? "").split(separator: "\n")
        return DriveCourse(
            options: options, fills: fills,
            states: lines.compactMap { DriveCourse.State($0, since: start) }, stops: told.stops,
            seconds: (monotonicNanoseconds() - start).seconds)
    }

    /// What we read of the drive's JSON.
    private struct Told: Decodable {
        let bytes: Int
        let stops: Int
    }
}

/// A session that feeds a simulated tape drive, over time.
struct DriveCourse {
    /// Seconds after the two ends had met.
    struct State {
        let seconds: Double
        let isStreaming: Bool
    }

    /// The options of the session.
    let options: [String]
    /// What was in the buffer.
    var fills: [Sample] = []
    /// When the drive set out, and when it stopped.
    var states: [State] = []
    var stops = 0
    var seconds = 0.0
}

extension DriveCourse.State {
    /// A line of the drive's trace: the nanoseconds of the monotonic clock, and a word.
    init?(_ line: Substring, since start: Int64) {
        let words = line.split(separator: " ")
        guard words.count == 2, let time = Int64(words[0]) else { return nil }
        seconds = max(0, (time - start).seconds)
        isStreaming = words[1] == "streaming"
    }
}

/// Asks a `--verbose` session for the fill of its buffer, again as soon as it has answered.
struct FillInquiry {
    private let child: Child
    private let file: String
    private let capacity: Int
    private(set) var samples: [Sample] = []
    /// When the first answer was asked for that told a fill.
    private(set) var start: Int64?
    private var asked: Int64 = 0
    private var lineCount = 0

    /// - Parameter file: Where the session's messages go.
    init(_ child: Child, telling file: String, of capacity: Int) {
        self.child = child
        self.file = file
        self.capacity = capacity
    }

    /// Takes the answer to the last question, and puts the next.
    ///
    /// It says something when it is connected; a signal before it listens to any would end it.
    mutating func take() {
        let lines = (text(of: file) ?? "").split(separator: "\n")
        guard lines.count > lineCount else { return }
        if let percent = lines.last?.bufferPercent {
            let start = start ?? asked
            self.start = start
            samples.append(
                Sample(seconds: (asked - start).seconds, byteCount: capacity / 100 * percent))
        }
        lineCount = lines.count
        asked = monotonicNanoseconds()
        kill(child.pid, SIGUSR1)
    }
}

extension Substring {
    /// What stands before the per cent sign in `…  buffer 45 % (lowest 3 %), …`.
    fileprivate var bufferPercent: Int? {
        let words = split(separator: " ")
        return words.firstIndex(of: "buffer").flatMap { words.dropFirst($0 + 1).first }
            .flatMap { Int($0) }
    }
}
