import LinuxSystem
import Relaying

/// From the start of the remote command to its end.
extension ThereSession {
    func start(_ order: RunOrder, _ words: [[UInt8]]) {
        // Without a connection the command would get /dev/null, and see a clean end.
        guard rules.ending == nil else { return }
        endMeeting()
        if order.isQuiet { say = Diagnostics(.quiet, errors) }
        do throws(Failure) {
            try startCommand(order, words)
            control.send(.started(pid: supervisor.command(.remote)?.pid ?? 0))
        } catch {
            perform(rules.cannotStart(error))
        }
    }

    private func startCommand(_ order: RunOrder, _ words: [[UInt8]]) throws(Failure) {
        say.warn(
            .ofPlace(words.map { Word($0) }, record: servedRecord(order)) {
                FileKind.isCharacterDevice($0)
            })
        do throws(Errno) {
            let back = ends.first { $0.flow == .back }
            if let rate = order.rate { try back?.channel.pace(bytesPerSecond: rate) }
        } catch {
            throw .pacing(error)
        }
        let null = try arrange { () throws(Errno) in
            try OwnedDescriptor.open(Path("/dev/null"), .readingAndWriting)
        }
        let input = try arrange { () throws(Errno) in try prepare(.out, order) } ?? null.number
        if let target = try arrange({ () throws(Errno) in try prepare(.back, order) }) {
            try spawn(words, input, target)
        } else {
            let pipe = try arrange { () throws(Errno) in try Pipe() }
            try spawn(words, input, pipe.writer.number)
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
        say.shortfall(of: ends, at: .there)
        tellFeeding(.now)
    }

    /// The records that the command reads, where it gets any.
    private func servedRecord(_ order: RunOrder) -> Int? { order.relay?.record?.size }

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
        return try end.prepare(
            order.relay.flatMap { $0.isForReaders && flow == .back ? nil : $0 },
            heartbeat: rules.heartbeat)
    }

    private func spawn(
        _ words: [[UInt8]], _ input: CInt, _ output: CInt
    ) throws(Failure) {
        do throws(Errno) {
            let group = try supervisor.guardCommands(
                keeping: ends.flatMap { $0.kept }, against: ends.flatMap { $0.given })
            try supervisor.start(.remote, words.map { Word($0) }) { order in
                order.input = input
                order.output = output
                order.grouping = group
                // The guard must find the whole tree: a signal would end its root first.
                order.parentDeathSignal = 0
            }
        } catch {
            if error == .notFound, let hindrance = whatHinders(Word(words.first ?? [])) {
                throw hindrance
            }
            throw .execution(error)
        }
    }

    func advanceFlows(_ readiness: Readiness) {
        guard rules.isRunning else { return }
        let now = Instant.now
        let command = supervisor.command(.remote)
        for end in ends {
            end.move(readiness)
            if let warning = end.relay?.takeWarning() { say.note(warning) }
            guard end.needsLook(readiness, now) else { continue }
            end.look(
                command: command?.status, process: command?.running, besides: [], now: now)
            if let failure = end.ownFailure { return perform(rules.fail(.system(failure))) }
            if let whole = end.takeWhole() { control.send(whole) }
            if let stuck = end.takeStuck() { say.note(stuck) }
            if let late = end.takeLateHolder() { tell(late, end.flow) }
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
        guard rules.isRunning, let output, !output.hasEnded,
            supervisor.command(.remote)?.status != nil
        else { return }
        outputIsDue = now + .seconds(1)
        guard outputHolders?.isHeld(besides: [], true, now) == true,
            let late = outputHolders?.takeLate()
        else { return }
        tell(late, nil)
    }

    private func tell(_ late: HolderWatch.Late, _ flow: Flow?) {
        switch late {
        case .holder(let pid): control.send(.waiting(pid: pid, flow))
        case .unseen, .hidden:
            let what = flow == nil ? "standard output" : "stream"
            say.note(late.sentence("the \(what) of the remote command that ended"))
        }
    }

    func tellEnds() {
        let isSilent = output?.hasEnded ?? true
        perform(
            rules.tell(
                ends.map { ($0.flow, $0.facts) }, supervisor.command(.remote), isSilent: isSilent))
    }
}
