import LinuxSystem

/// The end the user started: it logs in, meets, runs the local commands and gives the verdict.
package final class HereEnd {
    private let plan: Plan
    private let loop: EndLoop<HereCore, HereWorld>

    /// Looks at what can be seen before the login, and prepares for it.
    ///
    /// - Parameter lines: What takes progress for a program.
    package init(
        _ plan: Plan, environment: Environment, errors: ErrorSink, lines: ErrorSink? = nil
    ) throws(SessionError) {
        var plan = plan
        let rateFile = try HereEnd.rateFile(&plan)
        self.plan = plan
        // It may take half a minute, in which signals are to end us.
        let hosts = try HereEnd.addresses(of: plan.host, "-h", environment)
        let forwarded = try HereEnd.addresses(of: plan.address?.host, "--address", environment)
        Cryptography.start()
        try SessionError.requireProc()
        try SessionError.requireNull()
        try SessionError.requireCommands(plan, environment)
        try SessionError.requireStandard(plan)
        try SessionError.requireWholeBlocks(plan)
        try SessionError.requireSockets(plan)
        var surroundings = Surroundings(
            hasTerminal: Process.hasControllingTerminal, own: .ofThisHost(environment))
        surroundings.hosts = hosts
        surroundings.forwarded = forwarded.map {
            Forwarding($0, ports: plan.address?.ports, listening: plan.ports)
        }
        if let choice = plan.network { try surroundings.limit(to: choice) }
        surroundings.speaksToTerminal = Descriptor.standardError.isTerminal
        surroundings.outputIsTape = Descriptor.standardOutput.isTape
        if plan.pushes { surroundings.push = try HereEnd.push() }
        let kind = FileKind(of: .standardOutput)
        surroundings.outputIsFileOrPipe = kind == .regular || kind == .pipe
        let world: HereWorld
        do throws(Errno) {
            world = try HereWorld(plan, rateFile, environment, errors, lines: lines)
        } catch {
            throw .system(error)
        }
        loop = EndLoop(HereCore(plan, surroundings, now: .now), in: world, at: .here)
    }

    private static func rateFile(_ plan: inout Plan) throws(SessionError) -> RateFile? {
        guard let path = plan.rateFile else { return nil }
        let file: RateFile
        do throws(Errno) { file = try RateFile(path) } catch { throw .cannotWatch(path, error) }
        switch file.read() {
        case .rates(let rates): plan.rates = rates
        case .unusable(let reason): throw .unusableRate(path, reason)
        }
        return file
    }

    private static func push() throws(SessionError) -> Push {
        let programs = Push.found()
        guard !programs.isEmpty else { throw .nothingToPush }
        return Push(programs, nonce: Hex.encode(Cryptography.randomBytes(8)))
    }

    private static func addresses(
        of host: String?, _ option: String, _ environment: Environment
    ) throws(SessionError) -> [Address]? {
        guard let host else { return nil }
        guard let found = Addresses.of(host: host, environment), !found.isEmpty else {
            throw .unknownHost(host, option: option)
        }
        return found.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// Runs the session to its end.
    package func run() -> Report {
        loop.run()
        loop.world.leaveWords()
        let report = Report(loop, plan)
        loop.world.endProgress(loop.lanes, loop.core.progress(.last), report.outcome)
        return report
    }
}

extension Candidates.Knowledge {
    static func ofThisHost(_ environment: Environment) -> Candidates.Knowledge {
        Candidates.Knowledge(
            interfaces: InterfaceAddress.ofThisHost(),
            ssh: environment["SSH_CONNECTION"].flatMap { SSHConnection($0) },
            networkIdentity: Proc.networkIdentity())
    }
}

extension Surroundings {
    /// - Throws: `noInterface` or `outside` if this host is not on the network.
    fileprivate mutating func limit(to choice: Plan.NetworkChoice) throws(SessionError) {
        guard let network = Network(choice, own.interfaces) else {
            guard case .interface(let name) = choice else { return }
            let names = own.interfaces.map { $0.interface }
            throw .noInterface(
                name, names.reduce(into: []) { if !$0.contains($1) { $0.append($1) } })
        }
        self.network = network
        own = own.limited(to: network)
        guard !own.addresses.isEmpty else { throw .outside(network.text, .here) }
    }
}

extension Report {
    /// What a session that is over reports.
    fileprivate init(_ loop: EndLoop<HereCore, HereWorld>, _ plan: Plan) {
        let core = loop.core
        let lost = Outcome(OwnStatus.lost, "lost", "the session ended")
        self.init(core.outcome ?? lost, started: core.started, ended: .now)
        commands = loop.commands + (core.remote.map { [$0] } ?? [])
        flows = zip(loop.lanes, core.verdicts(loop.flows)).map { lane, verdict in
            let channel = lane.end.channel
            return FlowReport(
                verdict, caller: channel.caller, here: channel.localEndpoint,
                there: channel.peerEndpoint,
                duration: (lane.end.endedAt ?? .now) - (core.metAt ?? core.started),
                rate: core.pacedTimes.first { $0.flow == verdict.flow }?
                    .mean(until: lane.end.endedAt ?? .now),
                sockets: plan.sockets)
        }
        if let helloAt = core.helloAt, let metAt = core.metAt { rendezvous = metAt - helloAt }
        thereVersion = core.hello?.programVersion
        thereKernel = core.hello?.kernel
        cipher = core.cipher
        reconnects = core.reconnects
        homeOutput = loop.world.homeByteCount
        loginBytesPerSecond = core.loginBytesPerSecond
    }
}
