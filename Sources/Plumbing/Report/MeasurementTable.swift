/// What was measured, for a person.
struct MeasurementTable {
    private let report: Report
    private let measurement: Measurement

    init?(_ report: Report) {
        guard let measurement = report.measurement else { return nil }
        self.report = report
        self.measurement = measurement
    }

    var text: String {
        let head = ["", "throughput", "round trip", "retransmits", "CPU here / there"]
        let idle = ["idle", "", MeasurementTable.milliseconds(measurement.idle.median / 1000)]
        let login = report.loginBytesPerSecond.map { [["login", Text.size($0) + "/s"]] } ?? []
        let rows = [head, idle] + report.courses.map { row($0) } + login
        let lines = rows.map { cells in
            cells.enumerated().map { column, cell in
                MeasurementTable.padded(cell, MeasurementTable.widths[column], left: column == 0)
            }.joined()
        }
        let facts = report.courses.filter { $0.phase != .both }.map { self.facts($0) }
        let advice = report.adviceSentence.map { [$0] } ?? []
        return (lines + [""] + facts + [""] + advice).map { MeasurementTable.trimmed($0) }
            .joined(separator: "\n")
    }

    private static let widths = [10, 14, 14, 14, 21]

    private static func padded(_ cell: String, _ width: Int, left: Bool) -> String {
        let blanks = String(repeating: " ", count: max(0, width - cell.count))
        return left ? cell + blanks : blanks + cell
    }

    private static func trimmed(_ line: String) -> String {
        var line = line
        while line.hasSuffix(" ") { line.removeLast() }
        return line
    }

    private func row(_ course: MeasuredCourse) -> [String] {
        let flow = course.flow.verdict.flow.rawValue
        let time = course.roundTrip ?? course.answerTime
        return [
            course.phase == .both ? "both: \(flow)" : flow,
            course.bytesPerSecond.map { Text.size($0) + "/s" } ?? "-",
            time.map { MeasurementTable.milliseconds($0) } ?? "-",
            course.ofPath(.retransmits).map { Text.grouped($0) } ?? "-",
            cost(course, at: .here) + " / " + cost(course, at: .there) + " s/GB",
        ]
    }

    private func cost(_ course: MeasuredCourse, at end: End) -> String {
        course.processor(at: end).map { MeasurementTable.hundredths($0) } ?? "-"
    }

    /// - Parameter count: Thousandths.
    private static func hundredths(_ count: Int64) -> String {
        let rounded = (count + 5) / 10
        return "\(rounded / 100).\(rounded % 100 < 10 ? "0" : "")\(rounded % 100)"
    }

    private static func milliseconds(_ microseconds: Int64) -> String {
        hundredths(microseconds) + " ms"
    }

    /// What the path and the sockets are.
    private func facts(_ course: MeasuredCourse) -> String {
        let verdict = course.flow.verdict
        var facts: [String] = []
        if verdict.isBridged { facts.append("through the login") }
        if let control = verdict.sender.path.socket?.congestionControl, !verdict.isBridged {
            facts.append(Text.escaped(control.utf8))
        }
        if let size = course.ofPath(.packetSize) { facts.append("MTU \(size)") }
        for end in [verdict.flow.sender, verdict.flow.sender.peer] {
            guard let buffer = course.buffer(at: end) else { continue }
            let name = end == verdict.flow.sender ? "send" : "receive"
            let most = course.flow.sockets.window == nil ? buffer.largest : nil
            facts.append(
                "\(name) buffer \(end.rawValue) \(Text.size(buffer.size))"
                    + (most.map { " (at most \(Text.size($0)))" } ?? ""))
        }
        if let limits = course.limits {
            facts.append(
                "waited \((limits.receiveBuffer + 5) / 10) % of the time for the reader's window, "
                    + "\((limits.sendBuffer + 5) / 10) % for the send buffer")
        }
        return "\(verdict.flow.rawValue): \(facts.joined(separator: ", "))"
    }
}

extension Report {
    /// The table of `--measure`; `nil` if nothing was measured.
    package var table: String? { MeasurementTable(self)?.text }
}
