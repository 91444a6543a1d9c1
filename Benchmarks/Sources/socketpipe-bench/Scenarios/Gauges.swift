import Fixtures
import FoundationEssentials

extension Bout {
    /// Takes what the gauge of a recipe tells into the figures.
    func read(_ gauge: Gauge, of lane: Lane, into figures: inout Figures) throws {
        switch gauge {
        case .sink: break
        case .dd: readDD(lane, into: &figures)
        case .iperf: try readIperf(lane, into: &figures)
        case .measurement: try readMeasurement(lane, into: &figures)
        }
    }

    /// The rate is that of the way out; the bytes, and so what they cost, are those of all phases.
    private func readMeasurement(_ lane: Lane, into figures: inout Figures) throws {
        guard let measured = Report(contentsOf: lane.report)?.measurement,
            let out = measured.courses.first
        else { throw Failure("nothing was measured. \(lane.said("here.err"))") }
        figures.byteCount = measured.courses.map(\.bytes).reduce(0, +)
        figures.megabytesPerSecond = Double(out.bytesPerSecond) / 1e6
    }

    /// A line of dd: `33554432 bytes (34 MB, 32 MiB) copied, 0.0123 s, 2.7 GB/s`.
    private func readDD(_ lane: Lane, into figures: inout Figures) {
        for file in ["here.err", "there.err"] {
            let lines = (text(of: lane.path(file)) ?? "").split(separator: "\n")
            for line in lines where line.contains(" copied, ") {
                let words = line.split(separator: " ")
                guard let count = Int(words[0]), let comma = words.firstIndex(of: "copied,"),
                    let seconds = Double(words[comma + 1])
                else { continue }
                let rate = Double(count) / seconds / 1e6
                figures.byteCount = count
                figures.megabytesPerSecond = min(rate, figures.megabytesPerSecond ?? rate)
            }
        }
    }

    private func readIperf(_ lane: Lane, into figures: inout Figures) throws {
        let json = text(of: lane.path("here.out")) ?? ""
        let report = try JSONDecoder().decode(IperfReport.self, from: Data(json.utf8))
        figures.byteCount = report.end.received.bytes
        figures.megabytesPerSecond = report.end.received.bitsPerSecond / 8e6
    }
}

/// What we read of iperf3's JSON.
private struct IperfReport: Decodable {
    struct Sum: Decodable {
        let bytes: Int
        let bitsPerSecond: Double

        enum CodingKeys: String, CodingKey {
            case bytes
            case bitsPerSecond = "bits_per_second"
        }
    }

    struct End: Decodable {
        let received: Sum

        enum CodingKeys: String, CodingKey {
            case received = "sum_received"
        }
    }

    let end: End
}
