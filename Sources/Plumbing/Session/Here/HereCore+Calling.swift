import LinuxSystem
import Relaying

/// When to call, and when to give up.
extension HereCore {
    /// The head start that the other end's calls get before ours.
    static let headStart = Instant.Span.milliseconds(250)

    var rendezvousEnds: Instant? {
        guard phase == .meeting || phase == .starting, let helloAt, let limit = plan.rendezvousLimit
        else { return nil }
        return helloAt + limit
    }

    var callIsDueAt: Instant? { phase == .meeting ? reach.callAt : nil }

    mutating func lookAfterMeeting(_ now: Instant, isCalling: Bool) -> [SessionStep] {
        let calls = callWhenDue(now)
        guard calls.isEmpty else { return calls }
        if mustBridge(now, isCalling: isCalling) { return bridge(now) }
        if isUnreachable, !isCalling {
            return lackOfBridge + conclude(Outcome("unreachable", unreachable), now)
        }
        guard let rendezvousEnds, now >= rendezvousEnds else { return [] }
        return lackOfBridge + conclude(rendezvousIsTooLate(), now)
    }

    var isUnreachable: Bool { phase == .meeting && reach.isInVain(flows: plan.flows.count) }

    /// At once, but behind what the other end has said meanwhile: it may know why.
    var unreachableIsDueAt: Instant? { isUnreachable ? started : nil }

    private mutating func callWhenDue(_ now: Instant) -> [SessionStep] {
        guard phase == .meeting, let there = reach.takeCall(now, flows: plan.flows.count) else {
            return []
        }
        return [.call(scoped(there), for: plan.flows)]
    }

    /// Where the other end listens, as this host reaches it.
    func scoped(_ endpoints: [Endpoint]) -> [Endpoint] {
        endpoints.map {
            Candidates.scoped($0, own: surroundings.own.addresses, near: hello?.ssh?.client)
        }
    }

    var unreachable: SessionError {
        .unreachable(
            reach.failures.map { ($0.caller, $0.endpoint, $0.error) },
            notListening: reach.refusals, only: restriction)
    }

    /// What the user asked for, and nothing else.
    private var restriction: Restriction? {
        if let network = surroundings.network { return .network(network.text) }
        let options = [plan.host.map { _ in "-h" }, plan.address.map { _ in "--address" }]
            .compactMap { $0 }
        return options.isEmpty ? nil : .addresses(options)
    }

    private func rendezvousIsTooLate() -> Outcome {
        let seconds = plan.rendezvousLimit?.seconds ?? 0
        guard phase == .meeting else {
            let name = Verdict.naming(.remote, plan.remote)
            return Outcome(
                OwnStatus.deadline, "deadline",
                "the two ends met, but the other one did not start \(name) within \(seconds) s",
                hint: "is that host, or its file system, too busy? -t SECONDS sets how long to wait"
            )
        }
        let error = SessionError.noRendezvous(
            within: seconds, tried: reach.tried, only: restriction)
        return Outcome(restriction == nil ? "deadline" : "unreachable", error)
    }
}
