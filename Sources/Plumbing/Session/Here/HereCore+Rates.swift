import LinuxSystem

/// Rates that change while a session runs.
extension HereCore {
    mutating func take(_ reading: RateReading, _ now: Instant) -> [SessionStep] {
        guard phase != .parting else { return [] }
        switch reading {
        case .unusable(let reason):
            let name = plan.rateFile.map { Text.quoted($0.bytes) } ?? "the file"
            return [.note("the rate limit stays \(limits): \(name): \(reason)")]
        case .rates(let new):
            guard new != rates else { return [] }
            rates = new
            for index in pacedTimes.indices {
                pacedTimes[index].note(rates[pacedTimes[index].flow], now)
            }
            return [.note("the rate limit is now \(limits)")] + (phase == .running ? pace() : [])
        }
    }

    private var limits: String { rates.sentence(of: plan.flows) }

    /// Tells each sender the rate that it does not know yet: only once it runs.
    mutating func pace() -> [SessionStep] {
        var steps: [SessionStep] = []
        for flow in plan.flows where rates[flow] != toldRates[flow] {
            steps.append(
                flow.sender == .here
                    ? .pace(flow, bytesPerSecond: rates[flow])
                    : .send(.rate(flow, bytesPerSecond: rates[flow] ?? 0)))
        }
        toldRates = rates
        return steps
    }
}
