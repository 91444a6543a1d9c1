import LinuxSystem
import Plumbing

/// Sizes, rates and counts: a line of the input is `counts` or `feeding` of the control channel,
/// or a size as an option takes it.
struct NumbersFuzzer {
    private let lines: [[UInt8]]

    init(_ input: [UInt8]) {
        lines = input.split(separator: 10).map { [UInt8]($0) }
    }

    func run() {
        var told: [FlowFacts] = []
        for line in lines {
            check(String(decoding: line, as: UTF8.self))
            guard let parsed = try? ControlLine(parsing: line[...]),
                let message = try? ControlMessage(parsed)
            else { continue }
            switch message {
            case .counts(_, let facts): told.append(facts)
            case .feeding(_, let facts): requireHarmless(facts.progress.whole)
            default: break
            }
        }
        for (sender, receiver) in zip(told, told.dropFirst()) {
            check(FlowVerdict(.out, sender: sender, receiver: receiver))
            follow(sender.byteCount, receiver.byteCount)
        }
    }

    private func check(_ word: String) {
        let count = ByteCount.reading(word)
        require(count == reference(word), "a size of another value")
        guard let count else { return }
        require(
            Text.grouped(count).filter { $0 != "," } == "\(count)", "a group without its digits")
        require(Text.size(count).utf8.count <= 7, "a size too long for its column")
    }

    /// The size again, in twice the width.
    private func reference(_ word: String) -> Int64? {
        let units: [Character: Int64] = [
            "k": 1 << 10, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40,
        ]
        let tens: [String: Int64] = [
            "kB": 1000, "KB": 1000, "MB": 1_000_000, "GB": 1_000_000_000, "TB": 1_000_000_000_000,
        ]
        let ten = tens[String(word.suffix(2))]
        let unit = ten ?? word.last.flatMap { units[$0] }
        let digits = word.dropLast(ten != nil ? 2 : unit != nil ? 1 : 0)
        guard digits.first != "+", let count = Int64(digits), count >= 0, digits.first != "-" else {
            return nil
        }
        return Int64(exactly: Int128(count) * Int128(unit ?? 1))
    }

    /// What is said and written of a flow that is over.
    private func check(_ verdict: FlowVerdict) {
        let nanoseconds = verdict.sender.unread
        if let bottleneck = Bottleneck(verdict, microseconds: nanoseconds / 1000) {
            let shares = [bottleneck.producer, bottleneck.network, bottleneck.consumer]
            require(shares.reduce(0, +) == 1000, "shares that are not the whole")
            require(shares.allSatisfy { $0 >= 0 }, "a share of less than nothing")
        }
        let outcome = Verdict.decide([], [verdict], allowsEarlyExit: false)
        requireHarmless(outcome.sentence)
        require(outcome.isSuccess == verdict.isComplete, "a success that is not complete")
        var report = Report(outcome, started: .init(nanoseconds: 0), ended: .now)
        report.flows = [
            FlowReport(
                verdict, caller: .here, here: nil, there: nil,
                duration: .init(nanoseconds: nanoseconds))
        ]
        for line in report.summary { requireHarmless(line) }
        let moment = WallTime(milliseconds: 0)
        let json = report.json(startedAt: moment, endedAt: moment)
        require(!json.written.utf8.contains { $0 < 32 && $0 != 10 }, "JSON that is none")
    }

    /// What is shown of a flow that moves from one count to another.
    private func follow(_ before: Int64, _ after: Int64) {
        let start = Instant(nanoseconds: 1)
        var progress = Progress(start, expected: max(before, after))
        for (seconds, count) in [(0, before), (1, after), (1_000_000, after)] {
            requireHarmless(
                progress.line(start + .seconds(Int64(seconds)), byteCount: count).whole)
        }
    }
}
