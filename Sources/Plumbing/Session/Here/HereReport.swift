import LinuxSystem

/// What a session that is over reports.
extension HereSession {
    func report(_ outcome: Outcome) -> Report {
        var report = Report(outcome, started: started, ended: .now)
        report.commands = supervisor.commands + (rules.remote.map { [$0] } ?? [])
        report.flows = ends.map { flowReport($0) }
        if let helloAt = rules.helloAt, let metAt = rules.metAt {
            report.rendezvous = metAt - helloAt
        }
        report.thereVersion = rules.hello?.programVersion
        report.thereKernel = rules.hello?.kernel
        report.homeOutput = sink.byteCount
        return report
    }

    private func flowReport(_ end: FlowEnd) -> FlowReport {
        let channel = end.channel
        let unknown = FlowFacts(.unknown, byteCount: 0)
        let here = end.facts ?? unknown
        let there = rules.factsThere.first { $0.flow == end.flow }?.facts ?? unknown
        let isSender = end.flow.sender == .here
        let verdict = FlowVerdict(
            end.flow, sender: isSender ? here : there, receiver: isSender ? there : here)
        return FlowReport(
            verdict, caller: channel.caller, here: channel.localEndpoint,
            there: channel.peerEndpoint, congestionControl: channel.congestionControl,
            duration: (end.endedAt ?? .now) - (rules.metAt ?? started), rate: plan.rate)
    }
}
