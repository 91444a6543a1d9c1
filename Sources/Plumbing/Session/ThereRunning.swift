import LinuxSystem

/// From the remote command's words to its end.
extension ThereSession {
    func addWord(_ bytes: [UInt8], _ isWhole: Bool) throws(ControlError) {
        wordByteCount += bytes.count + 1
        guard let order, words.count < order.wordCount,
            wordByteCount <= ThereSession.maximumWordBytes
        else { throw .tooManyWords }
        unfinishedWord += bytes
        guard isWhole else { return }
        words.append(unfinishedWord)
        unfinishedWord = []
    }

    func startWhenReady() throws(ControlError) {
        guard case .meeting = phase, let order, let invitation,
            order.wordCount > 0, words.count == order.wordCount,
            invitation.flows.allSatisfy({ flow in ends.contains { $0.flow == flow } })
        else { return }
        // Nobody needs the secret any more: the listeners and the losers go with it.
        meeting = nil
        self.invitation = nil
        memoryGuard.take()?.end()
        meetingEnds = nil
        phase = .running
        do throws(Errno) {
            try start(order)
            control.send(.started(pid: supervisor.command(.remote)?.pid ?? 0))
        } catch {
            control.send(.failed(.execution(error)))
            part(.exit(OwnStatus.notFound), breaking: true)
        }
    }

    func start(_ order: RunOrder) throws(Errno) {
        var input = try link(.out, order)
        var target = try link(.back, order)
        let null = try OwnedDescriptor.open(Path("/dev/null"), .readingAndWriting)
        let group = try supervisor.guardCommands(keeping: input.kept)
        if let target = target.number {
            try spawn(input.number ?? null.number, target, in: group)
        } else {
            let pipe = try Pipe()
            try spawn(input.number ?? null.number, pipe.writer.number, in: group)
            try pipe.reader.setNonblocking(true)
            output = OutputSource(pipe.reader, credit: order.credit)
        }
        for number in inherited { Descriptor.closeInherited(number) }
        try startRelay(.out, &input, order)
        try startRelay(.back, &target, order)
    }

    /// What the command gets as the end of a flow; nothing where there is no such flow.
    private func link(_ flow: Flow, _ order: RunOrder) throws(Errno) -> FlowLink {
        guard let end = ends.first(where: { $0.flow == flow }) else { return FlowLink() }
        if let rate = order.rate, flow == .back { end.channel.pace(bytesPerSecond: rate) }
        guard order.relay == nil else {
            return FlowLink(try CommandLink(feeding: flow == .out), feeding: flow == .out)
        }
        return FlowLink(socket: try end.handOff(heartbeat: liveness.heartbeat))
    }

    private func startRelay(
        _ flow: Flow, _ link: inout FlowLink, _ order: RunOrder
    ) throws(Errno) {
        guard let end = ends.first(where: { $0.flow == flow }), let relay = order.relay,
            let relayed = link.relayed.take()
        else { return }
        try end.startRelay(
            RelayEnd(toCommand: relayed.ours, keptBy: supervisor.guarding), relay,
            heartbeat: liveness.heartbeat)
        Diagnostics(.normal).shortfall(of: end)
    }

    func spawn(
        _ input: CInt, _ output: CInt, in group: SpawnOrder.Grouping
    ) throws(Errno) {
        try supervisor.start(.remote, words.map { Word($0) }) { order in
            order.input = input
            order.output = output
            order.grouping = group
        }
    }

    func advanceFlows(_ readiness: Readiness) {
        guard case .running = phase else { return }
        let now = Instant.now
        let status = supervisor.command(.remote)?.status
        for end in ends {
            end.move(readiness)
            guard end.needsLook(readiness, now) else { continue }
            end.look(command: status, besides: [], now: now)
            if let pid = end.takeLateHolder() { control.send(.waiting(pid: pid, end.flow)) }
        }
    }

    /// Tells what is over, each once: flows, then the command with its output.
    func tellEnds() {
        guard case .running = phase else { return }
        for end in ends {
            guard let facts = end.facts, !toldFacts.contains(end.flow) else { continue }
            toldFacts.append(end.flow)
            if facts.wasBroken { control.send(.broken(end.flow)) }
            control.send(.counts(end.flow, facts))
        }
        guard !hasToldEnd, let remote = supervisor.command(.remote), let status = remote.status,
            output?.hasEnded ?? true
        else { return }
        hasToldEnd = true
        control.send(.ended(status, wasIntact: remote.wasIntact))
    }
}
