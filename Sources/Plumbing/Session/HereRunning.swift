import LinuxSystem

/// From the start of our commands to the verdict.
extension HereSession {
    func startCommands() {
        phase = .running
        for (role, local) in [(Role.consumer, plan.consumer), (.producer, plan.producer)] {
            guard let local, let end = end(of: role) else { continue }
            do throws(Errno) {
                try start(role, local, end)
            } catch {
                let failure = SessionError.cannotStart(role, local.words, error)
                conclude(Outcome(failure.status, "failed", failure.sentence, hint: failure.hint))
                return
            }
        }
        do throws(Errno) {
            if plan.producer != .standard { try nullStandardDescriptors(0) }
            if case .command = plan.consumer { try nullStandardDescriptors(1) }
        } catch {
            say.note("cannot open /dev/null: \(error.sentence)")
        }
        for number in inherited { Descriptor.closeInherited(number) }
    }

    func end(of role: Role) -> FlowEnd? {
        ends.first { ($0.flow == .out) == (role == .producer) }
    }

    func start(_ role: Role, _ local: Plan.Local, _ end: FlowEnd) throws(Errno) {
        if let rate = plan.rate, role == .producer { end.channel.pace(bytesPerSecond: rate) }
        guard case .command(let words) = local else {
            let standard = RelayEnd(standard: role == .producer ? 0 : 1)
            try end.startRelay(standard, plan.relay, heartbeat: liveness.heartbeat)
            return say.shortfall(of: end)
        }
        guard plan.relays(at: .here) else {
            let socket = try end.handOff(heartbeat: liveness.heartbeat)
            return try spawn(role, words, socket, keeping: [])
        }
        let link = try CommandLink(feeding: role == .consumer)
        try spawn(
            role, words, link.theirs.number,
            keeping: role == .consumer ? [link.ours.number] : [])
        try end.startRelay(
            RelayEnd(toCommand: link.ours, keptBy: supervisor.guarding), plan.relay,
            heartbeat: liveness.heartbeat)
        say.shortfall(of: end)
    }

    private func spawn(
        _ role: Role, _ words: [Word], _ descriptor: CInt, keeping links: [CInt]
    ) throws(Errno) {
        if supervisor.guarding == nil { _ = try supervisor.guardCommands(keeping: links) }
        try supervisor.start(role, words) { order in
            if role == .producer { order.output = descriptor } else { order.input = descriptor }
        }
    }

    func advanceFlows(_ readiness: Readiness) {
        let now = Instant.now
        for end in ends {
            end.move(readiness)
            if plan.endsWithRemote, remote?.status != nil { end.endProbing() }
            guard end.needsLook(readiness, now) else { continue }
            let role: Role = end.flow == .out ? .producer : .consumer
            let others = supervisor.commands.filter { $0.role != role && $0.status == nil }
            let status = supervisor.command(role)?.status
            end.look(command: status, besides: others.map { $0.pid }, now: now)
            if let failure = end.standardFailure { standardFailed(role, failure) }
            if end.facts?.wasBroken == true { control.send(.broken(end.flow)) }
            if let pid = end.takeLateHolder() {
                say.note(
                    "waiting for process \(pid), which still holds the stream of the "
                        + "\(role.rawValue) that ended")
            }
        }
    }

    /// Our own standard input or output cannot go on.
    private func standardFailed(_ role: Role, _ error: Errno) {
        switch (role, error) {
        case (.consumer, .brokenPipe): conclude(.outputClosed)
        case (.consumer, _): conclude(.outputFailed(error))
        default: conclude(.inputFailed(error))
        }
    }

    func advanceOutput(_ readiness: Readiness) {
        do throws(Errno) {
            let taken = try sink.advance(readiness)
            if taken > 0 { control.send(.credit(byteCount: taken)) }
        } catch .brokenPipe {
            sink.close()
            conclude(.outputClosed)
        } catch {
            sink.close()
            conclude(.outputFailed(error))
        }
    }

    func decideWhenAllIsKnown() {
        guard phase == .running, let remote, remote.status != nil,
            !supervisor.isRunningAny(but: .login), ends.allSatisfy({ $0.isOver }),
            factsThere.count == ends.count, sink.hasEnded, sink.isEmpty
        else { return }
        let commands = supervisor.commands.filter { $0.role != .login } + [remote]
        let verdict = Verdict.decide(
            commands, verdicts(), allowsEarlyExit: plan.allowsEarlyExit)
        conclude(verdict, hasFinished: true)
    }

    func verdicts() -> [FlowVerdict] {
        ends.compactMap { end in
            guard let here = end.facts,
                let there = factsThere.first(where: { $0.flow == end.flow })?.facts
            else { return nil }
            let isSender = end.flow.sender == .here
            return FlowVerdict(
                end.flow, sender: isSender ? here : there, receiver: isSender ? there : here)
        }
    }
}
