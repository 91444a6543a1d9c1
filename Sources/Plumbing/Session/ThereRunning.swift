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
        do throws(Failure) {
            try start(order)
            control.send(.started(pid: supervisor.command(.remote)?.pid ?? 0))
        } catch {
            control.send(.failed(error))
            part(.exit(OwnStatus.notFound), breaking: true)
        }
    }

    func start(_ order: RunOrder) throws(Failure) {
        Diagnostics(.normal).warn(
            .ofPlace(words.map { Word($0) }) { FileKind.isCharacterDevice($0) })
        let null = try arrange { () throws(Errno) in
            try OwnedDescriptor.open(Path("/dev/null"), .readingAndWriting)
        }
        let input = try arrange { () throws(Errno) in try prepare(.out, order) } ?? null.number
        if let target = try arrange({ () throws(Errno) in try prepare(.back, order) }) {
            try spawn(input, target)
        } else {
            let pipe = try arrange { () throws(Errno) in try Pipe() }
            try spawn(input, pipe.writer.number)
            try arrange { () throws(Errno) in try pipe.reader.setNonblocking(true) }
            outputHolders = HolderWatch(.pipe(Descriptor.inode(pipe.reader.number)))
            output = OutputSource(pipe.reader, credit: order.credit)
        }
        for number in inherited { Descriptor.closeInherited(number) }
        for end in ends {
            try arrange { () throws(Errno) in
                try end.begin(order.relay, keptBy: supervisor.guarding)
            }
        }
        Diagnostics(.normal).shortfall(of: ends)
        tellFeeding(.now)
    }

    /// What fails of our own preparations is not the command's fault.
    private func arrange<Value: ~Copyable>(
        _ work: () throws(Errno) -> Value
    ) throws(Failure) -> Value {
        do throws(Errno) { return try work() } catch {
            throw error == .recordTooLong ? .execution(error) : .system(error)
        }
    }

    /// What the command gets as the end of a flow; nothing where there is no such flow.
    private func prepare(_ flow: Flow, _ order: RunOrder) throws(Errno) -> CInt? {
        guard let end = ends.first(where: { $0.flow == flow }) else { return nil }
        if let rate = order.rate, flow == .back { end.channel.pace(bytesPerSecond: rate) }
        return try end.prepare(
            order.relay.flatMap { $0.isForReaders && flow == .back ? nil : $0 },
            heartbeat: liveness.heartbeat)
    }

    private func spawn(_ input: CInt, _ output: CInt) throws(Failure) {
        do throws(Errno) {
            let group = try supervisor.guardCommands(keeping: ends.flatMap { $0.kept })
            try supervisor.start(.remote, words.map { Word($0) }) { order in
                order.input = input
                order.output = output
                order.grouping = group
                // The guard must find the whole tree: a signal would end its root first.
                order.parentDeathSignal = 0
            }
        } catch {
            throw .execution(error)
        }
    }

    func advanceFlows(_ readiness: Readiness) {
        guard case .running = phase else { return }
        let now = Instant.now
        let status = supervisor.command(.remote)?.status
        for end in ends {
            end.move(readiness)
            if let warning = end.relay?.takeWarning() { Diagnostics(.normal).note(warning) }
            guard end.needsLook(readiness, now) else { continue }
            end.look(command: status, besides: [], now: now)
            if let failure = end.ownFailure { return fail(.system(failure)) }
            if let pid = end.takeLateHolder() { control.send(.waiting(pid: pid, end.flow)) }
        }
    }

    /// Tells how the reader is fed from his buffer, once a second while that changes.
    func tellFeeding(_ now: Instant) {
        guard let end = ends.first(where: { $0.relay?.feeding?.buffer != nil }) else { return }
        feedingIsDue = now + .seconds(1)
        guard let feeding = end.relay?.feeding, !end.isOver, feeding != toldFeeding else { return }
        toldFeeding = feeding
        control.send(.feeding(end.flow, feeding))
    }

    /// Tells who keeps the output open that comes home, when the remote command has ended.
    func lookForOutputHolders(_ now: Instant) {
        outputIsDue = nil
        guard case .running = phase, let output, !output.hasEnded,
            supervisor.command(.remote)?.status != nil
        else { return }
        outputIsDue = now + .seconds(1)
        guard outputHolders?.isHeld(besides: [], true, now) == true,
            let pid = outputHolders?.takeLate()
        else { return }
        control.send(.waiting(pid: pid, nil))
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
        // Output that was lost on its way must be missed before the verdict.
        control.sendHeartbeat()
        control.send(.ended(status, wasIntact: remote.wasIntact))
    }
}
