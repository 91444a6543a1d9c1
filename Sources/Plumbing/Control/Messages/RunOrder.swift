/// What the remote command's end is to do, before its words.
package struct RunOrder: Equatable, Sendable {
    package var wordCount: Int
    package var isStrict: Bool
    /// Whether what the command writes goes to the other end's own output, however it ends.
    package var deliversAll = false
    package var credit: Int
    /// Whether only errors are to be said there, too.
    package var isQuiet = false
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
        let line = ControlLine("run").with("words", wordCount).with("strict", isStrict)
            .with("credit", credit).with("rate", rate)
            .with("deliver", deliversAll).with("quiet", isQuiet)
        return relay?.fields(on: line) ?? line
    }

    init(_ line: ControlLine) throws(ControlError) {
        self.init(
            wordCount: Int(try line.integer("words")), isStrict: line.flag("strict"),
            credit: Int(min(try line.integer("credit"), Int64(OutputSource.window))))
        deliversAll = line.flag("deliver")
        isQuiet = line.flag("quiet")
        rate = try line.optionalInteger("rate")
        relay = try RelayOrder(line)
    }
}
