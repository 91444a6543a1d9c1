import LinuxSystem
import Relaying

/// Commands, and what is between them and their flows.
extension KernelWorld {
    func start(_ order: StartOrder, _ lanes: [Lane<HostParts>]) throws(StartFailure) -> [Command] {
        seals = nil
        if !order.mayGoOn { keptSeals = nil }
        try pace(order, lanes)
        let given = try prepare(order, lanes)
        var started: [Command] = []
        for job in order.jobs {
            let input = given.first { $0.flow == job.reads }?.file
            let output = given.first { $0.flow == job.writes }?.file
            let command =
                if let credit = order.homeCredit {
                    try startSpeakingHome(job, input, credit, order, lanes)
                } else {
                    try start(job, input, output, order, lanes)
                }
            started.append(command)
        }
        errorsOfCommands = nil
        for lane in lanes { try begin(lane.end, order) }
        diagnostics.shortfall(of: lanes.map { $0.end }, at: end)
        release(order.spent)
        return started
    }

    private func pace(_ order: StartOrder, _ lanes: [Lane<HostParts>]) throws(StartFailure) {
        for lane in lanes {
            guard let rate = order.rates.first(where: { $0.flow == lane.end.flow }) else {
                continue
            }
            do throws(Errno) {
                try lane.end.channel.pace(bytesPerSecond: rate.bytesPerSecond)
            } catch {
                throw .pacing(rate.flow, error)
            }
        }
    }

    func pace(_ end: HostFlowEnd, bytesPerSecond rate: Int64?) {
        // What nobody has open any more the kernel sends by itself.
        guard end.channel.isOpen else { return }
        do throws(Errno) { try end.channel.pace(bytesPerSecond: rate) } catch {
            diagnostics.error(SessionError.cannotPace(end.flow, error).sentence)
        }
    }

    /// Makes what the commands get of their flows.
    private func prepare(
        _ order: StartOrder, _ lanes: [Lane<HostParts>]
    ) throws(StartFailure) -> [(flow: Flow, file: Descriptor)] {
        var given: [(flow: Flow, file: Descriptor)] = []
        for job in order.jobs {
            for lane in lanes where job.uses(lane.end.flow) {
                let flow = lane.end.flow
                do throws(Errno) {
                    let file = try lane.end.prepare(
                        order.relay(flow), heartbeat: order.heartbeat)
                    given.append((flow, file))
                } catch {
                    throw failure(error, job)
                }
            }
        }
        return given
    }

    /// What fails of our own preparations is not the command's fault.
    private func failure(_ error: Errno, _ job: StartOrder.Job?) -> StartFailure {
        guard error == .recordTooLong, let job else { return .system(error) }
        return .command(job.role, job.words, error)
    }

    private func start(
        _ job: StartOrder.Job, _ input: Descriptor?, _ output: Descriptor?, _ start: StartOrder,
        _ lanes: [Lane<HostParts>]
    ) throws(StartFailure) -> Command {
        do throws(Errno) {
            if supervisor.guarding == nil {
                try supervisor.guardCommands(
                    keeping: lanes.flatMap { $0.end.kept },
                    against: lanes.flatMap { $0.end.given })
            }
            let leader = supervisor.guarding?.leader
            return try supervisor.start(job.role, job.words) { order in
                if let input { order.input = input }
                if let output { order.output = output }
                if let error = errorsOfCommands?.borrowed { order.error = error }
                if let leader, start.isGrouped { order.grouping = .group(of: leader) }
                // The guard must find the whole tree: a signal would end its root first.
                order.parentDeathSignal = 0
            }
        } catch {
            let hindrance =
                error == .notFound
                ? Failure(
                    hindering: job.words.first ?? Word([]), searchPath: environment["PATH"]) : nil
            throw .command(job.role, job.words, error, hindrance: hindrance)
        }
    }

    private func startSpeakingHome(
        _ job: StartOrder.Job, _ input: Descriptor?, _ credit: Int, _ order: StartOrder,
        _ lanes: [Lane<HostParts>]
    ) throws(StartFailure) -> Command {
        let pipe = try unblockedPipe()
        let command = try start(job, input, pipe.writer.borrowed, order, lanes)
        outputHolders = HolderWatch(.pipe(pipe.reader.borrowed.inode))
        source = OutputSource(pipe.reader, credit: credit)
        return command
    }

    private func unblockedPipe() throws(StartFailure) -> Pipe {
        do throws(Errno) {
            let pipe = try Pipe()
            try pipe.reader.setNonblocking(true)
            return pipe
        } catch {
            throw .system(error)
        }
    }

    private func begin(_ end: HostFlowEnd, _ order: StartOrder) throws(StartFailure) {
        do throws(Errno) {
            if let (_, file) = order.standard.first(where: { $0.flow == end.flow }) {
                let relay = order.relay(end.flow) ?? RelayOrder()
                // A writer that lends its memory (KERNEL H10) may count on the size: a copy keeps
                // its bytes right only as long as that holds.
                if order.growsPipes, end.isReceiving || !relay.copies {
                    Pipe.grow(file, to: CommandLink.capacity)
                }
                try end.begin(
                    relay, standard: file,
                    supervisor.jobControl, heartbeat: order.heartbeat)
            } else {
                try end.begin(order.relay(end.flow), keptBy: supervisor.guarding)
            }
        } catch {
            throw failure(error, order.jobs.first { $0.uses(end.flow) })
        }
    }

    /// Lets go of what the commands alone use from now on.
    private func release(_ spent: [Descriptor]) {
        for descriptor in inherited { descriptor.closeInherited() }
        for descriptor in spent {
            do throws(Errno) { try Descriptor.null(descriptor) } catch {
                diagnostics.note("cannot open /dev/null: \(error.sentence)")
            }
        }
    }

    var commands: [Command] { supervisor.commands }

    func advanceCommands(
        _ readiness: Readiness, isIntact: (CommandID) -> Bool
    ) -> [SessionEvent] {
        supervisor.advanceEnding()
        return supervisor.advance(readiness, isIntact: isIntact).map { event in
            switch event {
            case .ended(let command):
                drainErrors()
                return .ended(command)
            case .loginStopped(let signal): return .loginStopped(signal: signal)
            case .signalled(let signal): return .signalled(signal)
            case .asked: return .asked
            case .resized: return .resized
            }
        }
    }

    func endCommands(isUrgent: Bool) { supervisor.endCommands(isUrgent: isUrgent) }
    func releaseCommands() { supervisor.releaseCommands() }

    func hasEndedCommands() -> Bool {
        guard supervisor.isEnding else { return true }
        let left = supervisor.survivors()
        if left.isEmpty { return true }
        guard supervisor.hasGivenUp else { return false }
        for pid in left {
            let state = Proc.state(of: pid) ?? "unknown"
            diagnostics.error("cannot kill process \(pid) \(end.rawValue) (state \(state))")
        }
        return true
    }
}
