import LinuxSystem

/// What a session that is over reports.
extension HereSession {
    func report() -> Report {
        let outcome =
            self.outcome ?? Outcome(OwnStatus.lost, "lost", "the session ended without an outcome")
        var report = Report(outcome, started: started, ended: .now)
        report.commands = supervisor.commands + (remote.map { [$0] } ?? [])
        report.flows = verdicts().compactMap { flowReport($0) }
        if let helloAt, let metAt { report.rendezvous = metAt - helloAt }
        report.thereVersion = hello?.programVersion
        report.thereKernel = hello?.kernel
        report.homeOutput = sink.byteCount
        return report
    }

    func flowReport(_ verdict: FlowVerdict) -> FlowReport? {
        guard let end = ends.first(where: { $0.flow == verdict.flow }) else { return nil }
        let channel = end.channel
        return FlowReport(
            verdict, caller: channel.caller, here: channel.localEndpoint,
            there: channel.peerEndpoint, congestionControl: channel.congestionControl,
            duration: (end.endedAt ?? .now) - (metAt ?? started))
    }
}
