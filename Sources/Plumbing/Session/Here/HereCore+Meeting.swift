import LinuxSystem
import Relaying
import Sealing

/// From our peer's greeting until each flow has its connection.
extension HereCore {
    /// How much of a word goes into one line: percent-encoded it may be three times as long.
    private static let pieceSize = 16384

    mutating func greeted(by hello: Hello, _ now: Instant) -> [SessionStep] {
        guard phase == .loggingIn else { return [] }
        guard !plan.pushes || login.pushCount > 0 else {
            let sentence = "\(loginName) starts socketpipe without a shell for --push"
            let hint = "a forced command runs it there: leave out --push"
            return conclude(Outcome(OwnStatus.ourError, "not pushed", sentence, hint: hint), now)
        }
        self.hello = hello
        helloAt = now
        guard let version = Version.common(with: hello.protocols) else {
            return conclude(Outcome("version", SessionError.noCommonProtocol(hello)), now)
        }
        protocolVersion = version
        let detail = SessionStep.detail(
            "the other end runs socketpipe \(Text.escaped(hello.programVersion.utf8)) "
                + "on Linux \(Text.escaped(hello.kernel.utf8))")
        if let lack = lack(in: hello) {
            return [detail] + conclude(Outcome("version", SessionError.lacks(lack, hello)), now)
        }
        do throws(SessionError) {
            if plan.way != .login { reach.candidates = try candidates(with: peer(hello)) }
        } catch {
            guard mayBridge else {
                return [detail] + conclude(Outcome("no rendezvous", error), now)
            }
            reach.hindrance = error
        }
        return [
            detail,
            .listen(
                ListenOrder(
                    addresses: reach.candidates.here, offered: reach.candidates.offered,
                    ports: plan.ports, options: plan.sockets.options(at: .here, plan.flows),
                    cipher: cipher, session: keep?.session)),
        ]
    }

    /// Chooses what seals the flows.
    ///
    /// - Returns: What the other end cannot do of what the plan needs.
    private mutating func lack(in hello: Hello) -> Capability? {
        if let lack = plan.needs.first(where: { !hello.capabilities.contains($0) }) { return lack }
        guard plan.relay.isSealed else { return nil }
        cipher = surroundings.ciphers.first { hello.ciphers.contains($0) }
        return cipher == nil ? .seal : nil
    }

    /// Invites the other end, and says what there is to do.
    mutating func invite(_ listening: ListeningPlaces, _ now: Instant) -> [SessionStep] {
        guard phase == .loggingIn else { return [] }
        var steps: [SessionStep] = []
        if let refusal = listening.refusal {
            if reach.candidates.there.isEmpty, !mayBridge {
                let failure = SessionError.cannotListen(reach.candidates.here, plan.ports, refusal)
                return conclude(Outcome("no rendezvous", failure), now)
            }
            reach.refusals.append((.here, refusal))
            if !reach.candidates.there.isEmpty {
                steps.append(
                    .note("cannot listen here: \(refusal.sentence); the other end will listen"))
            }
        }
        phase = .meeting
        reach.offered = listening.endpoints
        var invitation = Invitation(
            protocolVersion: protocolVersion, secret: listening.secret,
            endpoints: listening.endpoints, listenOn: reach.candidates.there, plan: plan)
        invitation.cipher = cipher
        invitation.keep = keep
        if !plan.isDryRun { steps += warnings }
        if cipher != nil, LoginHost.isReachedInClear(plan.login) {
            steps.append(
                .note("the login is not encrypted, so the key of --encrypt is no secret: use ssh"))
        }
        steps.append(.send(.invite(invitation)))
        if keep != nil { steps.append(.keepLines) }
        if !plan.isDryRun {
            steps += order
            toldRates.back = rates.back
        }
        let isAlone = listening.endpoints.isEmpty && reach.candidates.there.isEmpty
        return steps + (isAlone ? bridge(now) : [])
    }

    /// What the readers will do that their user probably does not want.
    private var warnings: [SessionStep] {
        var found: [CommandWarning?] = []
        var places: [SessionStep] = []
        if plan.producer != nil { found.append(.ofWords(plan.remote)) }
        if case .command(let words) = plan.consumer {
            found.append(.ofWords(words))
            places.append(.say(.warningOfPlace(words, record: plan.relay.record?.size)))
        }
        let isTape = surroundings.outputIsTape && plan.relay.record == nil
        if isTape, plan.consumer == .standard || plan.consumer == nil {
            found.insert(.oddRecords, at: 0)
        }
        return found.compactMap { $0.map { .say(.warning($0)) } } + places
    }

    private var order: [SessionStep] {
        var order = RunOrder(
            wordCount: plan.remote.count, isStrict: plan.isStrict, credit: RunOrder.largestCredit)
        order.deliversAll = plan.consumer == .standard
        order.relay = plan.relayThere
        order.rate = rates.back
        order.isQuiet = plan.verbosity == .quiet
        let words = plan.remote.flatMap { HereCore.pieces(of: $0) }
        // With a piece of a word lost it would be another command.
        return [.send(.run(order))] + words + [.sendHeartbeat]
    }

    private static func pieces(of word: Word) -> [SessionStep] {
        var pieces: [SessionStep] = []
        var rest = word.bytes[...]
        while rest.count > pieceSize {
            pieces.append(.send(.word([UInt8](rest.prefix(pieceSize)), isWhole: false)))
            rest = rest.dropFirst(pieceSize)
        }
        return pieces + [.send(.word([UInt8](rest), isWhole: true))]
    }

    mutating func listening(
        _ endpoints: [Endpoint], _ refusal: Errno?, _ lack: Failure?, _ now: Instant
    ) throws(ControlError) -> [SessionStep] {
        // The other end must not make us call whatever it likes, or remember more than one answer.
        guard phase != .loggingIn, reach.listeningThere == nil, reach.allows(endpoints, plan.ports)
        else { throw .unexpected(verb: "listening") }
        if let refusal { reach.refusals.append((.there, refusal)) }
        reach.listeningThere = surroundings.forwarded?.endpoints(for: endpoints) ?? endpoints
        reach.callAt = now + HereCore.headStart
        lackThere = lack
        return tellDryRun(now)
    }

    /// A connection has proved itself here.
    ///
    /// Where we called, the other end has yet to say that it admitted us.
    mutating func admit(
        _ name: ConnectionName, _ flow: Flow, from caller: End, _ now: Instant
    ) -> [SessionStep] {
        if phase == .running {
            return caller == .there
                ? admitCaller(name, flow) : admitAgain(name, flow, isKnownThere: false)
        }
        admitted.append((name, flow))
        return caller == .there ? choose(name, flow, now) : []
    }

    /// Decides which connection a flow uses: the first that both ends have proved.
    mutating func choose(_ name: ConnectionName, _ flow: Flow, _ now: Instant) -> [SessionStep] {
        guard phase == .meeting, !used.contains(flow),
            admitted.contains(where: { $0.name == name && $0.flow == flow })
        else { return [] }
        used.append(flow)
        let breaking: SendingRules.Breaking = plan.isStrict ? .anyFailure : .killed
        let steps = [SessionStep.use(name, flow, breaking, hearsOfEnd: hearsOfEnds)]
        guard used.count == plan.flows.count else { return steps }
        met(now)
        return plan.isDryRun ? steps : steps + [.endMeeting]
    }

    /// Every flow has its connection, or will: from now on it can carry bytes.
    mutating func met(_ now: Instant) {
        metAt = now
        pacedTimes = plan.flows.map { PacedTime($0, rates[$0], from: now) }
        phase = .starting
    }

    /// The flow has its connection: the other end must use the same.
    mutating func joined(_ connection: Connection, _ now: Instant) -> [SessionStep] {
        connections.append(connection)
        if let network = surroundings.network, !connection.isWithin(network) {
            let error = SessionError.leavesNetwork(network.text, connection)
            return conclude(Outcome("no rendezvous", error), now)
        }
        var steps: [SessionStep] = [
            .send(connection.name.map { .use(connection.flow, $0) } ?? .bridge(connection.flow))
        ]
        if connections.count == 1 {
            steps += remarks(on: connection)
            if let cipher {
                steps.append(.detail("encrypting with \(cipher.rawValue), by relays at both ends"))
            }
        }
        steps.append(
            .detail(
                "flow '\(connection.flow.rawValue)': \(connection.places)"
                    + (connection.name == nil
                        ? "" : ", connected from \(connection.caller.rawValue)")))
        return steps + tellDryRun(now)
    }

    /// What the user may not have expected of the way that the data goes.
    private func remarks(on connection: Connection) -> [SessionStep] {
        guard let own = connection.own?.address, let peer = connection.peer?.address else {
            return []
        }
        var sentences: [String] = []
        if reach.strays(connection) {
            sentences.append(
                "the data goes between \(own) and \(peer), not over the network of the login")
        }
        // A user at a terminal must know what ssh would hide from a public network.
        if surroundings.speaksToTerminal, cipher == nil, !peer.unmapped.isPrivate {
            sentences.append(
                "the data is neither encrypted nor authenticated in transit to \(peer)")
        }
        return sentences.map { .note($0) }
    }

    /// Both ends have met, and the other one has said what it lacks.
    private mutating func tellDryRun(_ now: Instant) -> [SessionStep] {
        guard plan.isDryRun, phase == .starting, reach.listeningThere != nil,
            connections.count == plan.flows.count
        else { return [] }
        let outcome =
            lackThere.map { Outcome("dry run", SessionError.there($0, plan.remote)) }
            ?? Outcome(0, "dry run", "dry run: both ends met, nothing ran")
        return shownPlan.map { .note($0) } + conclude(outcome, now, isOrderly: true)
    }
}
