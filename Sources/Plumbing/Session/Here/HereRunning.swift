import LinuxSystem
import Relaying

/// From the start of our commands to the verdict.
extension HereSession {
    func startCommands() {
        do throws(SessionError) {
            try startBoth()
        } catch {
            conclude(Outcome("failed", error))
            return
        }
        say.shortfall(of: ends, at: .here)
        do throws(Errno) {
            if plan.producer != .standard { try nullStandardDescriptors(0) }
            if case .command = plan.consumer { try nullStandardDescriptors(1) }
        } catch {
            say.note("cannot open /dev/null: \(error.sentence)")
        }
        for number in inherited { Descriptor.closeInherited(number) }
    }

    private func startBoth() throws(SessionError) {
        do throws(Errno) {
            if let rate = plan.rate { try end(of: .producer)?.channel.pace(bytesPerSecond: rate) }
        } catch {
            throw .cannotPace(.out, error)
        }
        var starts: [(role: Role, words: [Word], descriptor: CInt)] = []
        for (role, words, end) in locals {
            try arrange(role, words) { () throws(Errno) in
                let isRelayed = plan.relays(end.flow, at: .here)
                let descriptor = try end.prepare(
                    isRelayed ? plan.relay : nil, heartbeat: rules.heartbeat)
                starts.append((role, words, descriptor))
            }
        }
        for (role, words, descriptor) in starts {
            try spawn(role, words, descriptor)
        }
        for (role, local) in [(Role.consumer, plan.consumer), (.producer, plan.producer)] {
            guard let local, let end = end(of: role) else { continue }
            try arrange(role, local.words) { () throws(Errno) in try begin(role, local, end) }
        }
    }

    /// What fails of our own preparations is not the command's fault.
    private func arrange(
        _ role: Role, _ words: [Word], _ work: () throws(Errno) -> Void
    ) throws(SessionError) {
        do throws(Errno) { try work() } catch {
            throw error == .recordTooLong ? .cannotStart(role, words, error) : .system(error)
        }
    }

    /// Our commands: who reads is there before who writes.
    private var locals: [(role: Role, words: [Word], end: FlowEnd)] {
        [(Role.consumer, plan.consumer), (.producer, plan.producer)].compactMap { role, local in
            guard case .command(let words) = local, let end = end(of: role) else { return nil }
            return (role, words, end)
        }
    }

    private func end(of role: Role) -> FlowEnd? {
        ends.first { ($0.flow == .out) == (role == .producer) }
    }

    private func spawn(
        _ role: Role, _ words: [Word], _ descriptor: CInt
    ) throws(SessionError) {
        do throws(Errno) {
            if supervisor.guarding == nil {
                _ = try supervisor.guardCommands(
                    keeping: ends.flatMap { $0.kept }, against: ends.flatMap { $0.given })
            }
            try supervisor.start(role, words) { order in
                if role == .producer { order.output = descriptor } else { order.input = descriptor }
                // The guard must find the whole tree: a signal would end its root first.
                order.parentDeathSignal = 0
            }
        } catch {
            throw .cannotStart(role, words, error)
        }
    }

    private func begin(_ role: Role, _ local: Plan.Local, _ end: FlowEnd) throws(Errno) {
        switch local {
        case .command: try end.begin(plan.relay, keptBy: supervisor.guarding)
        case .standard:
            try end.begin(
                plan.relay, standard: role == .producer ? 0 : 1, supervisor.jobControl,
                heartbeat: rules.heartbeat)
        }
    }

    func advanceFlows(_ readiness: Readiness) {
        let now = Instant.now
        for end in ends {
            end.move(readiness)
            if let warning = end.relay?.takeWarning() { say.note(warning) }
            if needsNoMore(end) { end.endProbing() }
            guard end.needsLook(readiness, now) else { continue }
            let role: Role = end.flow == .out ? .producer : .consumer
            let others = supervisor.commands.filter { $0.role != role && $0.status == nil }
            let command = supervisor.command(role)
            end.look(
                command: command?.status, process: command?.running, besides: others.map { $0.pid },
                now: now)
            if let failure = end.ownFailure { conclude(.flowFailed(end.flow, failure)) }
            if let failure = end.standardFailure {
                standardFailed(role, failure, end.relay)
            }
            if isOurOutput(end.flow), end.facts?.wasLeft == true { conclude(.outputClosed) }
            if let whole = end.takeWhole() { control.send(whole) }
            if end.facts?.wasBroken == true { control.send(.broken(end.flow)) }
            if let stuck = end.takeStuck() { say.note(stuck) }
            if let late = end.takeLateHolder() {
                say.note(late.sentence("the stream of the \(role.rawValue) that ended"))
            }
        }
    }

    /// Whether nothing that our standard input may still bring changes what became of the flow.
    private func needsNoMore(_ end: FlowEnd) -> Bool {
        if plan.endsWithRemote, rules.remote?.status != nil { return true }
        return rules.factsThere.contains { $0.flow == end.flow && $0.facts.ending == .left }
    }

    /// Our own standard input or output cannot go on.
    private func standardFailed(_ role: Role, _ error: Errno, _ relay: Relay?) {
        let isDevice = relay?.isDevice == true
        let most = max(Relay.leastTapeRead, plan.relay.record?.size ?? 0)
        var outcome =
            role == .consumer
            ? Outcome.outputFailed(error, after: relay?.progress.given)
            : Outcome.inputFailed(error, after: relay?.progress.given, of: relay?.promised)
        if isDevice { outcome.hint = Outcome.tapeHint(role, error, mostRead: most) ?? outcome.hint }
        if relay?.isDirect == true, error == .invalid { outcome.hint = Outcome.directHint }
        conclude(outcome)
    }

    /// Whether the flow goes to our standard output, whose reader must not leave early.
    private func isOurOutput(_ flow: Flow) -> Bool {
        flow == .back && plan.consumer == .standard && !plan.allowsEarlyExit
    }

    func advanceOutput(_ readiness: Readiness) {
        do throws(Errno) {
            let taken = try sink.advance(readiness)
            if taken > 0 { control.send(.credit(byteCount: taken)) }
        } catch .brokenPipe {
            sink.close()
            conclude(.outputClosed)
        } catch {
            var outcome = Outcome.outputFailed(error, after: sink.written)
            if error == .invalid, Descriptor.isDirect(1) { outcome.hint = Outcome.directHint }
            sink.close()
            conclude(outcome)
        }
    }

    /// Whether everything that came home is where it was to go.
    private var isSilent: Bool {
        guard sink.hasEnded, sink.isEmpty else { return false }
        do throws(Errno) { try sink.settle() } catch {
            sink.close()
            conclude(.outputFailed(error, after: sink.written))
        }
        return true
    }

    func decide() {
        // On one host the reader's own bytes are those pages until it has read them.
        if let end = ends.first(where: { $0.relay?.hasLostPages == true }) {
            standardFailed(.producer, .misplaced, end.relay)
        }
        perform(
            rules.decide(
                supervisor.commands.filter { $0.role != .login },
                ends.map { ($0.flow, $0.facts) }, isSilent: isSilent))
    }
}
