import LinuxSystem

/// The end that the login command started: it meets, runs the remote command, counts and leaves.
package final class ThereSession {
    enum Phase {
        case greeting, meeting, running
        case parting(Outcome.Ending)
    }

    let supervisor: Supervisor
    let inherited: [CInt]
    let control: ControlChannel
    let ownAddresses: [Address]
    let ssh: SSHConnection?
    var phase = Phase.greeting
    var memoryGuard: MemoryGuard?
    var meeting: Meeting?
    var invitation: Invitation?
    var order: RunOrder?
    var words: [[UInt8]] = []
    var unfinishedWord: [UInt8] = []
    var wordByteCount = 0
    var ends: [FlowEnd] = []
    var toldFacts: [Flow] = []
    var output: OutputSource?
    /// Who may keep the output open that comes home, and when to look.
    var outputHolders: HolderWatch?
    var outputIsDue: Instant?
    var hasToldEnd = false
    /// When to tell again how the reader is fed, where he is fed from a buffer.
    var feedingIsDue: Instant?
    var toldFeeding: FeedFacts?
    var liveness: Liveness
    var meetingEnds: Instant?
    /// Why and when to break what runs.
    var leaving: (ending: Outcome.Ending, moment: Instant)?
    /// Until when the last words may wait to be written.
    var partingEnds = Instant.distantFuture

    /// The most bytes that the command's words may have in all.
    static let maximumWordBytes = 2 << 20

    private init(_ environment: Environment) throws(Errno) {
        inherited = Descriptor.inheritedAboveStandard()
        supervisor = try Supervisor(environment: environment)
        control = ControlChannel(
            input: try .duplicate(of: 0), output: try .duplicate(of: 1), awaitsHello: false)
        ownAddresses = Addresses.ofThisHost()
        ssh = SSHConnection.inherited(environment)
        liveness = Liveness(limit: .seconds(300), now: .now)
        memoryGuard = MemoryGuard()
        try nullStandardDescriptors(0, 1)
    }

    /// Runs the there-end of a session on standard input and output.
    ///
    /// - Returns: The status to exit with.
    package static func run(_ environment: Environment) -> CInt {
        let diagnostics = Diagnostics(.normal)
        guard !Descriptor.isTerminal(0), !Descriptor.isTerminal(1) else {
            return refuse(.terminal, diagnostics)
        }
        do throws(Errno) {
            guard try Proc.isOurs() else {
                return refuse(.resources("/proc does not show its own processes"), diagnostics)
            }
            Cryptography.start()
            let session = try ThereSession(environment)
            session.greet()
            let ending = session.loop()
            if case .signal(let signal) = ending { Signals.die(by: signal) }
            return ending.status
        } catch {
            return refuse(.system(error), diagnostics)
        }
    }

    static func refuse(_ failure: Failure, _ diagnostics: Diagnostics) -> CInt {
        do throws(Errno) {
            // In place of the greeting, so that the secret is never sent.
            try Descriptor.writeAll(1, [10] + ControlMessage.failed(failure).line.encoded)
        } catch {
            diagnostics.error("standard output is closed")
        }
        return OwnStatus.ourError
    }

    func greet() {
        let hello = Hello(
            protocols: Version.protocols, programVersion: Version.program,
            kernel: Proc.kernelRelease(), ssh: ssh,
            addresses: [Address](ownAddresses.filter { !$0.isNobody }.prefix(64)),
            networkIdentity: Proc.networkIdentity())
        control.startLine()
        control.send(.hello(hello))
    }

    // MARK: The loop

    func loop() -> Outcome.Ending {
        while true {
            if case .parting(let ending) = phase, isGone() { return ending }
            var readiness = Readiness()
            watch(&readiness)
            do throws(Errno) {
                try readiness.wait(until: nextMoment())
            } catch {
                fail(.system(error))
            }
            advanceCommands(readiness)
            advanceFlows(readiness)
            output?.advance(readiness, to: control)
            // These open files, and a number that was seen may by then be another file's.
            advanceMeeting(readiness)
            advanceControl(readiness)
            tellEnds()
            advanceClock()
        }
    }

    func watch(_ readiness: inout Readiness) {
        supervisor.watch(&readiness)
        control.watch(&readiness)
        meeting?.watch(&readiness)
        for end in ends { end.watch(&readiness) }
        if control.backlog < OutputSource.window { output?.watch(&readiness) }
    }

    func nextMoment() -> Instant? {
        var moments = [liveness.nextLook]
        let deadlines = [
            control.deadline, meeting?.deadline, supervisor.deadline, meetingEnds, leaving?.moment,
            partingMoment, feedingIsDue, outputIsDue,
        ]
        moments += deadlines.compactMap { $0 }
        moments += ends.compactMap { $0.deadline }
        return moments.min()
    }

    private var partingMoment: Instant? {
        control.backlog > 0 && partingEnds > .now ? partingEnds : nil
    }

    func advanceCommands(_ readiness: Readiness) {
        let events = supervisor.advance(readiness) { _ in ends.allSatisfy { $0.isIntact } }
        for event in events {
            switch event {
            case .ended:
                for end in ends { end.hurry() }
                outputIsDue = .now
            case .signalled(let signal):
                control.send(.failed(.signal(signal)))
                leave(.signal(signal))
            case .loginStopped, .asked: break
            }
        }
    }

    func advanceControl(_ readiness: Readiness) {
        do throws(ControlError) {
            for piece in try control.advance(readiness) {
                liveness.heard()
                if case .line(let line) = piece { try receive(try ControlMessage(line)) }
            }
        } catch {
            fail(.protocolError(error.sentence))
        }
        guard control.hasEnded else { return }
        switch phase {
        case .greeting: fail(.noInput)
        case .meeting, .running: leave(.exit(OwnStatus.lost))
        case .parting: break
        }
    }

    func receive(_ message: ControlMessage) throws(ControlError) {
        if case .parting = phase { return }
        switch message {
        case .invite(let invitation): try accept(invitation)
        case .run(let order):
            guard self.order == nil, case .meeting = phase else { throw .unexpected(verb: "run") }
            self.order = order
        case .word(let bytes, let isWhole): try addWord(bytes, isWhole)
        case .use(let flow, let name): try use(flow, name)
        case .credit(let byteCount): try output?.grant(byteCount)
        case .broken(let flow): ends.first { $0.flow == flow }?.peerBroke()
        case .alive: break
        case .cancel: part(.exit(OwnStatus.lost), breaking: true)
        case .done: part(.exit(0), breaking: false)
        default: throw .unexpected(verb: message.line.verb)
        }
        try startWhenReady()
    }

    // MARK: Leaving

    func advanceClock() {
        let now = Instant.now
        supervisor.advanceEnding()
        if now >= liveness.nextLook { lookForLife(now) }
        if let meetingEnds, now >= meetingEnds { part(.exit(OwnStatus.deadline), breaking: true) }
        if let feedingIsDue, now >= feedingIsDue { tellFeeding(now) }
        if let outputIsDue, now >= outputIsDue { lookForOutputHolders(now) }
        if let leaving, now >= leaving.moment { part(leaving.ending, breaking: true) }
    }

    func lookForLife(_ now: Instant) {
        if liveness.look(now) { control.sendHeartbeat() }
        if ends.contains(where: { $0.showsLife(since: liveness.lookInterval) }) { liveness.heard() }
        guard liveness.isSilentTooLong else { return }
        control.send(.failed(.stall))
        part(.exit(OwnStatus.lost), breaking: true)
    }
}

/// Puts /dev/null in the place of standard descriptors that are not ours to use any more.
func nullStandardDescriptors(_ numbers: CInt...) throws(Errno) {
    let null = try OwnedDescriptor.open(Path("/dev/null"), .readingAndWriting)
    for number in numbers { try Descriptor.replace(number, with: null.number) }
}
