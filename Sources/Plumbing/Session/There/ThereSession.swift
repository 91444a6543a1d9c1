import LinuxSystem
import Relaying

/// The end that the login command started: it meets, runs the remote command, counts and leaves.
package final class ThereSession {
    let errors: ErrorSink
    var say: Diagnostics
    let supervisor: Supervisor
    let inherited: [CInt]
    let control: ControlChannel
    let ownAddresses: [Address]
    let ssh: SSHConnection?
    let searchPath: [UInt8]?
    var rules = ThereRules(now: .now)
    var memoryGuard: MemoryGuard?
    var meeting: Meeting?
    var ends: [FlowEnd] = []
    var output: OutputSource?
    /// Who may keep the output open that comes home, and when to look.
    var outputHolders: HolderWatch?
    var outputIsDue: Instant?
    /// When to tell again how the reader is fed, where he is fed from a buffer.
    var feedingIsDue: Instant?
    var toldFeeding: FeedFacts?
    /// Until when the last words may wait to be written.
    var partingEnds = Instant.distantFuture

    private init(_ environment: Environment, _ errors: ErrorSink) throws(Errno) {
        self.errors = errors
        say = Diagnostics(.normal, errors)
        inherited = Descriptor.inheritedAboveStandard()
        supervisor = try Supervisor(environment: environment)
        control = ControlChannel(
            input: try .duplicate(of: 0), output: try .duplicate(of: 1), awaitsHello: false)
        ownAddresses = Addresses.ofThisHost()
        searchPath = environment["PATH"]
        ssh = SSHConnection.inherited(environment)
        memoryGuard = MemoryGuard()
        try nullStandardDescriptors(0, 1)
    }

    /// Runs the there-end of a session on standard input and output.
    ///
    /// - Returns: The status to exit with.
    package static func run(_ environment: Environment) -> CInt {
        guard !Descriptor.isTerminal(0), !Descriptor.isTerminal(1) else {
            return refuse(.terminal)
        }
        do throws(Errno) {
            guard try Proc.isOurs() else {
                return refuse(.resources("/proc does not show its own processes"))
            }
            if let want = try wantOfNull() { return refuse(.resources(want)) }
            Cryptography.start()
            let session = try ThereSession(environment, ErrorSink())
            session.greet()
            let ending = session.loop()
            if case .signal(let signal) = ending { Signals.die(by: signal) }
            return ending.status
        } catch {
            return refuse(.system(error))
        }
    }

    /// What is wrong with /dev/null.
    private static func wantOfNull() throws(Errno) -> String? {
        do throws(Errno) {
            _ = try OwnedDescriptor.open(Path("/dev/null"), .readingAndWriting)
            return nil
        } catch .notFound {
            return "/dev/null is not there"
        } catch  where !error.isShortage {
            return "/dev/null cannot be opened: \(error.sentence)"
        }
    }

    private static func refuse(_ failure: Failure) -> CInt {
        do throws(Errno) {
            // In place of the greeting, so that the secret is never sent.
            try Descriptor.writeAll(1, [10] + ControlMessage.failed(failure).line.encoded)
        } catch {
            Diagnostics.say("standard output is closed")
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
            if let ending = rules.ending, isGone() { return ending }
            var readiness = Readiness()
            watch(&readiness)
            do throws(Errno) {
                try readiness.wait(until: nextMoment())
            } catch {
                perform(rules.fail(.system(error)))
                // It would fail again at once, and others need the processor to end.
                Instant.rest(.milliseconds(100))
            }
            errors.advance(readiness)
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

    func perform(_ steps: [ThereRules.Step]) {
        for step in steps {
            switch step {
            case .send(let message): control.send(message)
            case .sendHeartbeat: control.sendHeartbeat()
            case .meet(let invitation): meet(invitation)
            case .use(let name, let flow, let breaking): use(name, flow, breaking)
            case .start(let order, let words): start(order, words)
            case .grant(let byteCount): grant(byteCount)
            case .peerBroke(let flow): ends.first { $0.flow == flow }?.peerBroke()
            case .peerIsWhole(let flow, let byteCount):
                ends.first { $0.flow == flow }?.peerIsWhole(byteCount)
            case .part(let isOrderly): part(isOrderly: isOrderly)
            case .hurry: supervisor.endCommands(isUrgent: true)
            }
        }
    }

    func watch(_ readiness: inout Readiness) {
        supervisor.watch(&readiness)
        control.watch(&readiness)
        meeting?.watch(&readiness)
        for end in ends { end.watch(&readiness) }
        errors.watch(&readiness)
        if control.backlog < RunOrder.largestCredit { output?.watch(&readiness) }
    }

    func nextMoment() -> Instant? {
        let moments = [
            rules.deadline, control.deadline, meeting?.deadline, supervisor.deadline, partingMoment,
            feedingIsDue, outputIsDue,
        ]
        return (moments + ends.map { $0.deadline }).compactMap { $0 }.min()
    }

    private var partingMoment: Instant? {
        guard isSpeaking, rules.ending != nil else { return nil }
        return partingEnds > .now ? partingEnds : partingEnds + .seconds(4)
    }

    func advanceCommands(_ readiness: Readiness) {
        let events = supervisor.advance(readiness) { _ in ends.allSatisfy { $0.isIntact } }
        for event in events {
            switch event {
            case .ended:
                for end in ends { end.hurry() }
                outputIsDue = .now
            case .signalled(let signal): perform(rules.signalled(signal, .now))
            case .loginStopped, .asked: break
            }
        }
    }

    func advanceControl(_ readiness: Readiness) {
        do throws(ControlError) {
            for piece in try control.advance(readiness) {
                rules.heard()
                guard case .line(let line) = piece else { continue }
                perform(try rules.receive(try ControlMessage(line), .now))
            }
        } catch {
            misheard(error)
        }
        if control.hasEnded { perform(rules.channelEnded(.now)) }
    }

    func grant(_ byteCount: Int) {
        do throws(ControlError) { try output?.grant(byteCount) } catch { misheard(error) }
    }

    private func misheard(_ error: ControlError) {
        perform(rules.fail(.protocolError(error.sentence)))
    }

    func advanceClock() {
        let now = Instant.now
        supervisor.advanceEnding()
        perform(
            rules.advance(
                now, seesLife: { span in ends.contains { $0.showsLife(since: span) } },
                deadFlow: { span in ends.first { $0.isUnanswered(for: span) }?.flow },
                pathHint: { ends.lazy.compactMap { $0.pathHint }.first }))
        if let feedingIsDue, now >= feedingIsDue { tellFeeding(now) }
        if let outputIsDue, now >= outputIsDue { lookForOutputHolders(now) }
    }
}

/// Puts /dev/null in the place of standard descriptors that are not ours to use any more.
func nullStandardDescriptors(_ numbers: CInt...) throws(Errno) {
    let null = try OwnedDescriptor.open(Path("/dev/null"), .readingAndWriting)
    for number in numbers { try Descriptor.replace(number, with: null.number) }
}
