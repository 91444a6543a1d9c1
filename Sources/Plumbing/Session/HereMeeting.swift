import LinuxSystem

/// What is known of who can reach whom.
struct Reachability {
    /// When we begin to call; `nil` before the other end listens and after we called.
    var callAt: Instant?
    /// Where we listen.
    var offered: [Endpoint] = []
    /// On how many addresses the other end was asked to listen.
    var askedThere = 0
    /// Where the other end listens; `nil` until it has said so.
    var listeningThere: [Endpoint]?
    var hasCalled = false
    /// Our calls and the other end's that failed.
    var failures: [(caller: End, endpoint: Endpoint, flow: Flow, error: Errno)] = []
    /// Why an end does not listen.
    var refusals: [(end: End, error: Errno)] = []

    func hasFailed(_ caller: End, flows: Int) -> Bool {
        let count = caller == .there ? offered.count : (listeningThere?.count ?? 0)
        return failures.count { $0.caller == caller } >= count * flows
    }
}

/// From `hello` until each flow has its connection.
extension HereSession {
    /// The head start that the other end's calls get before ours.
    static let headStart = Instant.Span.milliseconds(250)

    var rendezvousEnds: Instant? {
        guard phase == .meeting || phase == .starting, let helloAt, let limit = plan.rendezvousLimit
        else { return nil }
        return helloAt + limit
    }

    func greeted(by hello: Hello) {
        guard phase == .loggingIn else { return }
        self.hello = hello
        helloAt = .now
        guard let version = Version.common(with: hello.protocols) else {
            let error = SessionError.noCommonProtocol(hello)
            conclude(Outcome(error.status, "version", error.sentence, hint: error.hint))
            return
        }
        say.detail(
            "the other end runs socketpipe \(Text.escaped(hello.programVersion.utf8)) "
                + "on Linux \(Text.escaped(hello.kernel.utf8))")
        do throws(SessionError) {
            try invite(hello, version)
        } catch {
            conclude(Outcome(error.status, "no rendezvous", error.sentence, hint: error.hint))
        }
    }

    func invite(_ hello: Hello, _ version: Int64) throws(SessionError) {
        var hosts: [Address]?
        if let host = plan.host {
            guard let found = Addresses.of(host: host), !found.isEmpty else {
                throw .unknownHost(host)
            }
            hosts = found.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
        }
        let peer = Candidates.Knowledge(
            addresses: hello.addresses, ssh: hello.ssh, networkIdentity: hello.networkIdentity)
        let candidates = Candidates(plan.listening, own: own, peer: peer, hosts: hosts)
        guard !candidates.here.isEmpty || !candidates.there.isEmpty else { throw .nowhereToMeet }

        memoryGuard = MemoryGuard()
        let secret = Secret.random()
        let meeting = Meeting(at: .here, secret: secret, maximumSegment: plan.maximumSegment)
        self.meeting = meeting
        do throws(Errno) {
            reach.offered = try meeting.listen(
                on: candidates.here, as: hosts, ports: plan.ports)
        } catch {
            if candidates.there.isEmpty { throw .cannotListen(candidates.here, plan.ports, error) }
            reach.refusals.append((.here, error))
            say.note("cannot listen here: \(error.sentence); the other end will listen")
        }
        phase = .meeting
        reach.askedThere = candidates.there.count
        control.send(
            .invite(
                Invitation(
                    protocolVersion: version, secret: secret,
                    endpoints: reach.offered, listenOn: candidates.there, plan: plan)))
        if !plan.isDryRun { sendOrder() }
    }

    func sendOrder() {
        warnOfReaders()
        var order = RunOrder(
            wordCount: plan.remote.count, isStrict: plan.isStrict, credit: OutputSource.window)
        order.relay = plan.relayThere
        order.rate = plan.rate
        control.send(.run(order))
        for word in plan.remote {
            var rest = word.bytes[...]
            // Percent-encoded, a piece is at most three times as long as it is here.
            while rest.count > 16384 {
                control.send(.word([UInt8](rest.prefix(16384)), isWhole: false))
                rest = rest.dropFirst(16384)
            }
            control.send(.word([UInt8](rest), isWhole: true))
        }
    }

    private func warnOfReaders() {
        let hasRecords = plan.relay.record != nil
        if plan.producer != nil { say.warn(.ofWords(plan.remote, hasRecords: hasRecords)) }
        guard case .command(let words) = plan.consumer else { return }
        say.warn(.ofWords(words, hasRecords: hasRecords))
        say.warn(.ofPlace(words) { FileKind.isCharacterDevice($0) })
    }

    // MARK: The race

    func listening(_ endpoints: [Endpoint]) throws(ControlError) {
        // Nobody makes us call whom he likes.
        guard endpoints.count <= reach.askedThere else { throw .unexpected(verb: "listening") }
        guard phase == .meeting, reach.listeningThere == nil else { return }
        reach.listeningThere = endpoints
        reach.callAt = .now + HereSession.headStart
    }

    func lookAfterMeeting(_ now: Instant) {
        callWhenDue(now)
        guard phase == .meeting || phase == .starting else { return }
        let flows = plan.flows.count
        if phase == .meeting, reach.hasCalled, meeting?.isCalling == false,
            reach.hasFailed(.there, flows: flows), reach.hasFailed(.here, flows: flows)
        {
            let error = SessionError.unreachable(
                reach.failures.map { ($0.caller, $0.endpoint, $0.error) },
                notListening: reach.refusals)
            conclude(Outcome(error.status, "unreachable", error.sentence, hint: error.hint))
            return
        }
        if let rendezvousEnds, now >= rendezvousEnds {
            let error = SessionError.noRendezvous(
                within: plan.rendezvousLimit?.seconds ?? 0,
                tried: reach.offered.map { (.there, $0) }
                    + (reach.listeningThere ?? []).map { (.here, $0) })
            conclude(Outcome(error.status, "deadline", error.sentence, hint: error.hint))
        }
    }

    func callWhenDue(_ now: Instant) {
        guard phase == .meeting, let callAt = reach.callAt, let there = reach.listeningThere,
            let meeting
        else { return }
        let hasNobodyToWaitFor = reach.hasFailed(.there, flows: plan.flows.count)
        guard now >= callAt || hasNobodyToWaitFor else { return }
        reach.callAt = nil
        reach.hasCalled = true
        let near = hello?.ssh?.client
        let endpoints = there.map { Candidates.scoped($0, own: own.addresses, near: near) }
        record(meeting.call(endpoints, for: plan.flows))
    }

    func advanceMeeting(_ readiness: Readiness) {
        guard phase == .meeting, let meeting else { return }
        record(meeting.advance(readiness))
    }

    func record(_ events: [Meeting.Event]) {
        for event in events {
            switch event {
            case .unreachable(let endpoint, let flow, let error):
                reach.failures.append((.here, endpoint, flow, error))
            case .admitted(let name, let flow):
                // Where we called, the other end has yet to say that it admitted us.
                if meeting?.caller(of: name) == .there { choose(name, flow) }
            }
        }
    }

    /// Decides which connection a flow uses: the first that both ends have proved.
    func choose(_ name: ConnectionName, _ flow: Flow) {
        guard phase == .meeting, !ends.contains(where: { $0.flow == flow }),
            let channel = meeting?.take(name), channel.flow == flow
        else { return }
        ends.append(FlowEnd(channel, at: .here, isStrict: plan.isStrict))
        control.send(.use(flow, name))
        say.detail(
            "flow '\(flow.rawValue)': \(channel.localEndpoint?.description ?? "?") here, "
                + "\(channel.peerEndpoint?.description ?? "?") there, dialled from "
                + channel.caller.rawValue)
        guard ends.count == plan.flows.count else { return }
        metAt = .now
        meeting = nil
        memoryGuard.take()?.end()
        phase = .starting
        if plan.isDryRun { concludeDryRun() }
    }

    func remoteStarted(_ pid: CInt) {
        guard phase == .starting else { return }
        remote = Command(role: .remote, words: plan.remote, pid: pid, started: .now)
        say.detail("the data is neither encrypted nor authenticated on its way")
        startCommands()
    }

    func concludeDryRun() {
        func shown(_ words: [Word]) -> String {
            words.map { Text.escaped($0.bytes) }.joined(separator: " ")
        }
        for (role, words) in [
            (Role.producer, plan.producer?.words), (.remote, plan.remote),
            (.consumer, plan.consumer?.words),
        ] {
            if let words { say.note("would run \(role.rawValue): \(shown(words))") }
        }
        for end in ends {
            say.note(
                "would use for flow '\(end.flow.rawValue)': "
                    + "\(end.channel.localEndpoint?.description ?? "?") here, "
                    + "\(end.channel.peerEndpoint?.description ?? "?") there")
        }
        if let hello {
            say.note(
                "here: socketpipe \(Version.program); there: socketpipe "
                    + "\(Text.escaped(hello.programVersion.utf8)) on Linux "
                    + Text.escaped(hello.kernel.utf8))
        }
        conclude(
            Outcome(0, "dry run", "dry run: both ends met, nothing was run"), hasFinished: true)
    }
}
