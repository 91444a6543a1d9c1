import Relaying

/// What the remote command's end is to do, before its words.
package struct RunOrder: Equatable, Sendable {
    /// The output that one end may have in transit to the other before it must wait for credit, in
    /// bytes.
    package static let largestCredit = 256 * 1024

    package var wordCount: Int
    package var isStrict: Bool
    /// Whether all output of the command goes to the other end's standard output, however it ends.
    package var deliversAll = false
    package var credit: Int
    /// Whether the end there must print only errors, too.
    package var isQuiet = false
    /// What relays there must do; `nil` if the command gets the sockets.
    package var relay: RelayOrder?
    /// The most bytes a second that the flow from there may carry.
    package var rate: Int64?

    package init(wordCount: Int, isStrict: Bool, credit: Int) {
        self.wordCount = wordCount
        self.isStrict = isStrict
        self.credit = credit
    }
}

extension RunOrder {
    var line: ControlLine {
        let line = ControlLine("run").with("words", wordCount).with("strict", isStrict)
            .with("credit", credit).with("rate", rate)
            .with("deliver", deliversAll).with("quiet", isQuiet)
        return relay?.fields(on: line) ?? line
    }

    init(_ line: ControlLine) throws(ControlError) {
        self.init(
            wordCount: Int(try line.integer("words")), isStrict: line.flag("strict"),
            credit: Int(min(try line.integer("credit"), Int64(RunOrder.largestCredit))))
        deliversAll = line.flag("deliver")
        isQuiet = line.flag("quiet")
        rate = try line.optionalInteger("rate")
        relay = try RelayOrder(line)
    }
}

extension RelayOrder {
    func fields(on line: ControlLine) -> ControlLine {
        var line = line.with("engine", engine?.rawValue ?? "auto").with("checksum", hasChecksum)
        if isSealed { line = line.with("sealed", true) }
        if keeps { line = line.with("kept", true) }
        if isForReaders { line = line.with("readers", true) }
        if let record { line = line.with("record", record.size).with("pad", record.isPadded) }
        guard let buffer else { return line }
        return line.with("buffer", buffer.byteCount).with("start", buffer.start)
            .with("resume", buffer.resume)
    }

    init?(_ line: ControlLine) throws(ControlError) {
        guard line.optionalBytes("engine") != nil else { return nil }
        let name = try line.text("engine")
        let engine = RelayEngine(rawValue: name)
        guard engine != nil || name == "auto" else { throw .malformed(line.encoded) }
        self.init(engine: engine, hasChecksum: line.flag("checksum"))
        isForReaders = line.flag("readers")
        isSealed = line.flag("sealed")
        keeps = line.flag("kept")
        if let size = try line.optionalInteger("record") {
            guard RecordOrder.sizes.contains(Int(size)) else { throw .malformed(line.encoded) }
            record = RecordOrder(size: Int(size), isPadded: line.flag("pad"))
        }
        guard let byteCount = try line.optionalInteger("buffer") else { return }
        let start = try line.integer("start")
        let resume = try line.integer("resume")
        guard byteCount > 0, start <= 100, resume <= 100 else { throw .malformed(line.encoded) }
        buffer = BufferOrder(byteCount: byteCount, start: Int(start), resume: Int(resume))
    }
}
