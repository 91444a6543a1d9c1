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
