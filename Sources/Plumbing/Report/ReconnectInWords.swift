import LinuxSystem

extension ReconnectFacts {
    /// What is said of it.
    package var sentence: String {
        let time = "after \(Text.tenths(after)) s" + (tries > 1 ? " and \(tries) tries" : "")
        guard let flow = cut.flow else { return "logged in again \(time)" }
        return "flow '\(flow.rawValue)' was cut after \(Text.size(bytes)); went on \(time), "
            + "\(Text.size(resent)) sent again"
    }

    /// - Parameter started: When the session began.
    func json(since started: Instant) -> JSON {
        let what: [(String, JSON)] =
            cut.flow.map { [("flow", .text($0.rawValue)), ("bytes", .number(bytes))] }
            ?? [("login", .boolean(true))]
        return .object(
            [("at", .fraction((cut.at - started).milliseconds))] + what
                + [("after", .fraction(after.milliseconds))]
                + (cut.flow == nil ? [] : [("resent", .number(resent))])
                + [("tries", .number(tries))])
    }
}

extension [ReconnectFacts] {
    /// A line for a person; `nil` if nothing was lost.
    var summary: String? {
        guard !isEmpty else { return nil }
        let after = reduce(Instant.Span.seconds(0)) { $0 + $1.after }
        let resent = reduce(0) { $0 + $1.resent }
        return (count == 1 ? "went on once after a cut" : "went on \(count) times after cuts")
            + " (\(Text.tenths(after)) s\(count == 1 ? "" : " in all"), "
            + "\(Text.size(resent)) sent again)"
    }
}

extension CutFacts {
    /// What a line of progress shows while it lasts.
    ///
    /// - Parameter limit: How long it may last.
    func progress(_ now: Instant, within limit: Instant.Span?) -> String {
        let share = limit.map { " of \($0.seconds)" } ?? ""
        return (flow == nil ? "logging in again" : "reconnecting")
            + " (\((now - at).seconds) s\(share))"
    }
}
