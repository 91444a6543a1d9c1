import LinuxSystem

/// What the end that the login command started can do and see by the kernel.
final class ThereWorld: KernelWorld, World {
    typealias Parts = HostParts

    /// What lets another login in, where the session outlives one.
    private var door: SessionDoor?
    /// What gives our channel to such a session.
    private var handover: Handover?
    /// That channel, until the session has taken it or cannot.
    private var offered: ControlChannel?
    /// What commands say on standard error, where that may be lost with a login.
    private var remoteErrors: ErrorSource?

    /// Takes over standard input and output.
    init(_ environment: Environment, _ errors: ErrorSink) throws(Errno) {
        try super.init(at: .there, environment, .normal, errors)
        control = ControlChannel(
            input: try .duplicate(of: .standardInput), output: try .duplicate(of: .standardOutput),
            awaitsHello: false)
        // The secret is to come.
        memoryGuard = MemoryGuard()
        try Descriptor.null(.standardInput, .standardOutput)
        control?.startLine()
    }

    override func watch(_ readiness: inout Readiness) {
        super.watch(&readiness)
        door?.watch(&readiness)
        handover?.watch(&readiness)
        remoteErrors?.watch(&readiness, to: errors)
        if backlog < RunOrder.largestCredit { source?.watch(&readiness) }
    }

    override var deadline: Instant? {
        let later = Instant.distantFuture
        return min(
            super.deadline ?? later, door?.deadline ?? later, handover?.deadline ?? later)
    }

    override func advanceWords(_ readiness: Readiness) {
        super.advanceWords(readiness)
        if door != nil, channelHasEnded { errors.doubt() }
        remoteErrors?.advance(readiness, to: errors)
    }

    override func drainErrors() { remoteErrors?.drain(to: errors) }

    /// Says the last of all, and lets the process whose login we have end as we do.
    func leave(_ ending: Outcome.Ending?) {
        guard let door else { return }
        drainErrors()
        errors.finish(isHurried: true)
        if let ending { door.release(ending) }
    }

    // MARK: Another login

    func outliveLogin() throws(Errno) {
        guard let rejoinKey else { preconditionFailure("no listening before") }
        door = try SessionDoor(rejoinKey)
        supervisor.outliveLogin()
        errors.outliveReader()
        // With that of the login a command would be ended by its own words.
        let pipe = try Pipe()
        remoteErrors = try ErrorSource(.duplicate(of: pipe.reader.borrowed))
        errorsOfCommands = try .duplicate(of: pipe.writer.borrowed)
    }

    func handOver(_ rejoining: Rejoining) {
        handover = Handover(rejoining)
        // What comes by it from now on is for the session, which may have it before we know.
        offered = control
        control = nil
    }

    func advanceRejoining(_ readiness: Readiness) -> [SessionEvent] {
        if let arrival = door?.advance(readiness, for: control) { return goOn(by: arrival) }
        switch handover?.advance(readiness, offered) {
        case .taken:
            letGo()
            return []
        case .result(let result):
            handover = nil
            control = offered
            offered = nil
            return [.handedOver(result)]
        case nil: return []
        }
    }

    private func goOn(by arrival: SessionDoor.Arrival) -> [SessionEvent] {
        guard let input = arrival.parcel.take(), let output = arrival.parcel.take(),
            let error = arrival.parcel.take()
        else { return [] }
        // What they say of the old login is void.
        control?.switchTo(input: input, output: output, awaitsHello: false)
        control?.welcome(peerThatHas: arrival.rejoining.seen)
        try? Descriptor.standardError.replace(with: error.borrowed)
        errors.renew()
        return [.rejoined(login: arrival.rejoining.attempt)]
    }

    /// Has nothing of the login open any more: it is the session's.
    private func letGo() {
        offered = nil
        try? Descriptor.null(.standardInput, .standardOutput, .standardError)
        errors.renew()
    }

    // MARK: The remote command's output on its way home

    func send(output bytes: [UInt8]) { control?.send(output: bytes) }
    func grant(_ byteCount: Int) throws(ControlError) { try source?.grant(byteCount) }

    func advanceHome(_ readiness: Readiness) -> [SessionEvent] {
        source?.advance(readiness).map { [.wrote($0)] } ?? []
    }

    var homeIsOver: Bool { source?.hasEnded ?? true }

    func outputHolder() -> HolderWatch.Late? {
        guard outputHolders?.isHeld(besides: [], true, now) == true else { return nil }
        return outputHolders?.takeLate()
    }
}
