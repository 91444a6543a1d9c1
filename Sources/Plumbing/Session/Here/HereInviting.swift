import LinuxSystem
import Relaying

/// What the other end is told once it has said `hello`.
extension HereSession {
    func invite(_ hello: Hello, _ version: Int64) {
        do throws(SessionError) {
            try listenAndInvite(hello, version)
        } catch {
            conclude(Outcome("no rendezvous", error))
        }
    }

    private func listenAndInvite(_ hello: Hello, _ version: Int64) throws(SessionError) {
        let peer = Candidates.Knowledge(
            addresses: hello.addresses, ssh: hello.ssh, networkIdentity: hello.networkIdentity)
        let candidates = Candidates(plan.listening, own: own, peer: peer, hosts: hosts)
        guard !candidates.here.isEmpty || !candidates.there.isEmpty else {
            throw .nowhereToMeet(onSameStack: own.isOnSameStack(as: peer))
        }

        memoryGuard = MemoryGuard()
        let secret = Secret.random()
        let meeting = Meeting(at: .here, secret: secret, maximumSegment: plan.maximumSegment)
        self.meeting = meeting
        var offered: [Endpoint] = []
        var refusal: Errno?
        do throws(Errno) {
            offered = try meeting.listen(on: candidates.here, as: hosts, ports: plan.ports)
        } catch {
            if candidates.there.isEmpty { throw .cannotListen(candidates.here, plan.ports, error) }
            refusal = error
            say.note("cannot listen here: \(error.sentence); the other end will listen")
        }
        let invitation = Invitation(
            protocolVersion: version, secret: secret, endpoints: offered,
            listenOn: candidates.there, plan: plan)
        if !plan.isDryRun { warnOfReaders() }
        perform(rules.invited(by: invitation, refusal: refusal))
    }

    private func warnOfReaders() {
        let hasOutput = plan.consumer == .standard || plan.consumer == nil
        if hasOutput, plan.relay.record == nil, Descriptor.isTape(1) { say.warn(.oddRecords) }
        if plan.producer != nil { say.warn(.ofWords(plan.remote)) }
        guard case .command(let words) = plan.consumer else { return }
        say.warn(.ofWords(words))
        say.warn(
            .ofPlace(words, record: plan.relay.record?.size) { FileKind.isCharacterDevice($0) })
    }
}
