import LinuxSystem

/// The two programs that measure, each the command of its end.
package enum MeasuringProgram {
    /// Ourselves, whatever we are called and even if the file is gone.
    private static let ourselves = Word("/proc/self/exe")
    private static let hereOption = Word("--measuring-end")
    static let thereOption = Word("--measured-end")

    /// The command there.
    package static var there: [Word] { [ourselves, thereOption] }

    /// The command here.
    ///
    /// - Parameter results: Where it writes what it found, as messages.
    package static func here(seconds: Int64, results: Descriptor) -> [Word] {
        [ourselves, hereOption, Word("\(seconds)"), Word("\(results.number)")]
    }

    /// Runs the program there.
    ///
    /// - Returns: The status to exit with. A failure needs no word: the ends know better what became
    ///   of their flows.
    static func runThere() -> CInt {
        Process.setName("socketpipe")
        do throws(Errno) {
            let streams = try MeasuringStreams()
            while let message = try streams.receive() {
                switch message.kind {
                case .ping: try streams.send(.ping)
                case .phase:
                    guard let phase = MeasuringPhase(rawValue: message.numbers[0]),
                        MeasuredFigures.credible.contains(message.numbers[1])
                    else { throw .protocolError }
                    let span = Instant.Span(nanoseconds: message.numbers[1])
                    let figures = try streams.carry(phase, for: span, at: .there)
                    try streams.send(.figures, figures.numbers)
                default: throw .protocolError
                }
            }
            return 0
        } catch {
            return 1
        }
    }

    /// Runs the program here, if the words ask for it.
    ///
    /// - Returns: The status to exit with; `nil` if they ask for something else.
    package static func statusHere(for words: [Word]) -> CInt? {
        guard words.count == 4, words[1] == hereOption, let seconds = number(words[2]),
            let results = number(words[3])
        else { return nil }
        Process.setName("socketpipe")
        do throws(Errno) {
            try measure(for: seconds, into: Descriptor(number: CInt(results)))
            return 0
        } catch {
            return 1
        }
    }

    private static func number(_ word: Word) -> Int64? {
        Int64(String(decoding: word.bytes, as: UTF8.self))
    }

    private static func measure(for seconds: Int64, into results: Descriptor) throws(Errno) {
        let streams = try MeasuringStreams()
        let start = Instant.now
        let least = seconds * 200_000_000
        let idle = Instant.Span(nanoseconds: min(seconds * 50_000_000, 500_000_000))
        try results.writeAll(
            MeasuringMessage(.ping, try pings(streams, for: idle)).bytes)
        let phases = MeasuringPhase.allCases
        for (index, phase) in phases.enumerated() {
            // What one phase took too long, the next ones lack; but a little each one gets.
            let rest = Instant.Span.seconds(seconds) - (.now - start)
            let span = Instant.Span(
                nanoseconds: max(rest.nanoseconds / Int64(phases.count - index), least))
            let order = MeasuringMessage(.phase, [phase.rawValue, span.nanoseconds])
            try streams.send(.phase, order.numbers)
            let here = try streams.carry(phase, for: span, at: .here)
            let there = try streams.receive(.figures)
            try results.writeAll(
                order.bytes + MeasuringMessage(.figures, here.numbers).bytes + there.bytes)
        }
    }

    /// - Returns: The number of round trips, the median and the slowest of a hundred, in nanoseconds.
    private static func pings(
        _ streams: borrowing MeasuringStreams, for span: Instant.Span
    ) throws(Errno) -> [Int64] {
        let start = Instant.now
        var times: [Int64] = []
        while times.count < 5 || (Instant.now - start < span && times.count <= 1000) {
            let sent = Instant.now
            try streams.send(.ping)
            _ = try streams.receive(.ping)
            times.append((Instant.now - sent).nanoseconds)
        }
        // The first one finds everything cold.
        times = times.dropFirst().sorted()
        return [Int64(times.count), times[times.count / 2], times[times.count * 99 / 100]]
    }
}
