import FoundationEssentials

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
        guard ending == .exited(0), let start = fill.start else {
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
