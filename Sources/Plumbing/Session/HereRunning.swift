import LinuxSystem

/// From the start of our commands to the verdict.
extension HereSession {
    func startCommands() {
        phase = .running
        for (role, words) in [(Role.consumer, plan.consumer), (.producer, plan.producer)] {
            guard let words else { continue }
            do throws(Errno) {
                try start(role, words)
            } catch {
                let failure = SessionError.cannotStart(role, words, error)
                conclude(Outcome(failure.status, "failed", failure.sentence, hint: failure.hint))
                return
            }
        }
        do throws(Errno) {
            try nullStandardDescriptors(0)
            if plan.consumer != nil { try nullStandardDescriptors(1) }
        } catch {
            say.note("cannot open /dev/null: \(error.sentence)")
        }
        for number in inherited { Descriptor.closeInherited(number) }
    }

    func start(_ role: Role, _ words: [Word]) throws(Errno) {
        guard let end = ends.first(where: { ($0.flow == .out) == (role == .producer) }) else {
            return
        }
        let socket = try end.handOff(heartbeat: liveness.heartbeat)
        try supervisor.start(role, words) { order in
            if role == .producer { order.output = socket } else { order.input = socket }
        }
    }

    func advanceFlows(_ readiness: Readiness) {
        let now = Instant.now
        for end in ends where end.needsLook(readiness, now) {
            let role: Role = end.flow == .out ? .producer : .consumer
            guard let command = supervisor.command(role) else { continue }
            let others = supervisor.commands.filter { $0.role != role && $0.status == nil }
            end.look(command: command.status, besides: others.map { $0.pid }, now: now)
            if end.facts?.wasBroken == true { control.send(.broken(end.flow)) }
            if let pid = end.takeLateHolder() {
                say.note(
                    "waiting for process \(pid), which still holds the stream of the "
                        + "\(role.rawValue) that ended")
            }
        }
    }

    func advanceOutput(_ readiness: Readiness) {
        do throws(Errno) {
            let taken = try sink.advance(readiness)
            if taken > 0 { control.send(.credit(byteCount: taken)) }
        } catch .brokenPipe {
            sink.close()
            conclude(
                Outcome(OwnStatus.outputClosed, "output closed", "standard output was closed"))
        } catch {
            sink.close()
            conclude(
                Outcome(
                    OwnStatus.ourError, "output failed",
                    "cannot write to standard output: \(error.sentence)"))
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
