import LinuxSystem

/// When flows go through the login.
extension HereCore {
    /// How long a direct way is tried at most, where there is another.
    private static let longestTry = Instant.Span.seconds(10)

    /// Whether flows that have no connection may go through the login.
    var mayBridge: Bool {
        plan.way != .direct && hello?.capabilities.contains(.login) == true
    }

    /// Why there is no other way, where the user asked for one.
    var lackOfBridge: [SessionStep] {
        guard plan.way == .auto, !mayBridge, let hello else { return [] }
        return [.note(SessionError.lacks(.login, hello).sentence)]
    }

    /// When no direct way is tried any more.
    var bridgingIsDueAt: Instant? {
        guard phase == .meeting, mayBridge, let helloAt else { return nil }
        return helloAt + timeForDirectWay
    }

    private var timeForDirectWay: Instant.Span {
        guard let limit = plan.rendezvousLimit else { return HereCore.longestTry }
        return min(HereCore.longestTry, .milliseconds(limit.milliseconds / 3))
    }

    /// - Parameter isCalling: Whether a call of ours is under way.
    func mustBridge(_ now: Instant, isCalling: Bool) -> Bool {
        guard let bridgingIsDueAt else { return false }
        return now >= bridgingIsDueAt || isUnreachable && !isCalling
    }

    /// Lets all flows without a connection go through the login.
    mutating func bridge(_ now: Instant) -> [SessionStep] {
        guard phase == .meeting, mayBridge else { return [] }
        let steps = (plan.way == .auto ? bridgingNotes : []) + endOfMeeting
        let breaking: SendingRules.Breaking = plan.isStrict ? .anyFailure : .killed
        let flows = plan.flows.filter { !used.contains($0) }
        for flow in flows { bridged.add(flow) }
        used += flows
        met(now)
        return steps
            + flows.map { .bridge($0, breaking, hearsOfEnd: hearsOfEnds) }
    }

    private var endOfMeeting: [SessionStep] { plan.isDryRun ? [] : [.endMeeting] }

    private var bridgingNotes: [SessionStep] {
        [
            .note(
                lackOfDirectWay.sentence
                    + "; the data goes through the login, which is slower and costs more "
                    + "processor time" + optionsInVain),
            .note("hint: --via login saves the wait; \(SessionError.firewallHint)"),
        ]
    }

    private var optionsInVain: String {
        let options = plan.sockets.optionNames
        return options.isEmpty ? "" : "; that way ignores \(options.joined(separator: ", "))"
    }

    private var lackOfDirectWay: SessionError {
        if let hindrance = reach.hindrance { return hindrance }
        return isUnreachable || reach.listeningThere == nil && reach.offered.isEmpty
            ? unreachable
            : .noRendezvous(
                within: (timeForDirectWay.milliseconds + 999) / 1000, tried: reach.tried)
    }
}
