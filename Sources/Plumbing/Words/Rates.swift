/// The most bytes a second that each flow may carry; `nil` for no limit.
package struct Rates: Equatable, Sendable {
    package static let expectation =
        "expected a rate such as 20M, or out=20M,back=5M: 1k at least, or 0 for no limit"
    /// At a lower one the kernel would send its next piece after minutes, whatever follows.
    private static let least: Int64 = 1024

    package var out: Int64?
    package var back: Int64?

    package init(out: Int64? = nil, back: Int64? = nil) {
        self.out = out
        self.back = back
    }

    /// Reads `20M`, for each flow, or `out=20M,back=5M`, or one of these two.
    ///
    /// - Returns: `nil` if the words are neither.
    package init?(_ words: String) {
        guard words.utf8.contains(UInt8(ascii: "=")) else {
            guard let rate = Rates.reading(words) else { return nil }
            self.init(out: Rates.limit(rate), back: Rates.limit(rate))
            return
        }
        self.init()
        var named: [Flow] = []
        for part in words.split(separator: ",", omittingEmptySubsequences: false) {
            let sides = part.split(separator: "=", omittingEmptySubsequences: false)
            guard sides.count == 2, let flow = Flow(rawValue: String(sides[0])),
                !named.contains(flow), let rate = Rates.reading(String(sides[1]))
            else { return nil }
            named.append(flow)
            self[flow] = Rates.limit(rate)
        }
    }

    package subscript(flow: Flow) -> Int64? {
        get { flow == .out ? out : back }
        set { if flow == .out { out = newValue } else { back = newValue } }
    }

    private static func reading(_ words: String) -> Int64? {
        ByteCount.reading(words).flatMap { $0 == 0 || $0 >= least ? $0 : nil }
    }

    private static func limit(_ rate: Int64) -> Int64? { rate == 0 ? nil : rate }

    /// The limits of some flows in words: "20.9 MB/s out, off back".
    package func sentence(of flows: [Flow]) -> String {
        let parts = flows.map { flow in
            (self[flow].map { "\(Text.size($0))/s" } ?? "off")
                + (flows.count > 1 ? " \(flow.rawValue)" : "")
        }
        return parts.joined(separator: ", ")
    }
}
