import LinuxSystem

/// What the other end is told once it has said `hello`.
extension HereSession {
    func greeted(by hello: Hello) {
        guard phase == .loggingIn else { return }
        self.hello = hello
        helloAt = .now
        guard let version = Version.common(with: hello.protocols) else {
            let error = SessionError.noCommonProtocol(hello)
            conclude(Outcome("version", error))
            return
        }
        say.detail(
            "the other end runs socketpipe \(Text.escaped(hello.programVersion.utf8)) "
                + "on Linux \(Text.escaped(hello.kernel.utf8))")
        do throws(SessionError) {
            try invite(hello, version)
        } catch {
            conclude(Outcome("no rendezvous", error))
        }
    }

    private func invite(_ hello: Hello, _ version: Int64) throws(SessionError) {
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

    private func sendOrder() {
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
        if plan.producer != nil {
            let hasRecords = plan.relayThere?.record != nil
            say.warn(.ofWords(plan.remote, hasRecords: hasRecords))
        }
        guard case .command(let words) = plan.consumer else { return }
        say.warn(.ofWords(words, hasRecords: plan.relay.record != nil))
        say.warn(.ofPlace(words) { FileKind.isCharacterDevice($0) })
    }
}
