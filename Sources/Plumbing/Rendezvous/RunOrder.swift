/// What the remote command's end is to do, before its words.
package struct RunOrder: Equatable, Sendable {
    package var wordCount: Int
    package var isStrict: Bool
    package var credit: Int
    /// What relays there are to do; `nil` where the command gets the sockets.
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
        var line = ControlLine("run").with("words", wordCount).with("strict", isStrict)
            .with("credit", credit).with("rate", rate)
        guard let relay else { return line }
        line = line.with("engine", relay.engine?.rawValue ?? "auto")
        return line.with("checksum", relay.hasChecksum)
    }

    init(_ line: ControlLine) throws(ControlError) {
        self.init(
            wordCount: Int(try line.integer("words")), isStrict: line.flag("strict"),
            credit: Int(min(try line.integer("credit"), Int64(OutputSource.window))))
        rate = try line.optionalInteger("rate")
        guard line.optionalBytes("engine") != nil else { return }
        let name = try line.text("engine")
        let engine = RelayEngine(rawValue: name)
        guard engine != nil || name == "auto" else { throw .malformed(line.encoded) }
        relay = RelayOrder(engine: engine, hasChecksum: line.flag("checksum"))
    }
}
