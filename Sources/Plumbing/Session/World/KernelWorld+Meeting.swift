import LinuxSystem
import Sealing

/// The meeting with the other end.
extension KernelWorld {
    func listen(_ order: ListenOrder) -> ListeningPlaces {
        if memoryGuard == nil { memoryGuard = MemoryGuard() }
        let secret = order.secret ?? .random()
        seals = order.cipher.map { Seals($0, secret) }
        if keptSeals == nil { keptSeals = seals }
        if let session = order.session { rejoinKey = RejoinKey(secret, session) }
        let meeting = Meeting(at: end, secret: secret, order.options, sealing: seals)
        self.meeting = meeting
        let lack = order.sought.flatMap {
            Failure(hindering: $0, searchPath: environment["PATH"])
        }
        do throws(Errno) {
            if let obstacle = try order.options.obstacle() {
                var places = ListeningPlaces(secret, [], refusal: obstacle.error)
                places.obstacle = obstacle
                return places
            }
            let endpoints = try meeting.listen(
                on: order.addresses, as: order.offered, ports: order.ports)
            return ListeningPlaces(secret, endpoints, lack: lack)
        } catch {
            return ListeningPlaces(secret, [], refusal: error, lack: lack)
        }
    }

    func call(_ endpoints: [Endpoint], for flows: [Flow]) -> [SessionEvent] {
        told(meeting?.call(endpoints, for: flows) ?? [])
    }

    func advanceMeeting(_ readiness: Readiness) -> [SessionEvent] {
        told(meeting?.advance(readiness) ?? [])
    }

    private func told(_ events: [Meeting.Event]) -> [SessionEvent] {
        events.map { event in
            switch event {
            case .admitted(let name, let flow, let caller): .admitted(name, flow, from: caller)
            case .unreachable(let endpoint, let flow, let error):
                .unreachable(endpoint, flow, error)
            case .exhausted(let error): .exhausted(error)
            }
        }
    }

    var isCalling: Bool { meeting?.isCalling ?? false }

    func join(
        _ name: ConnectionName, _ flow: Flow, _ breaking: SendingRules.Breaking, hearsOfEnd: Bool
    ) -> Joining<HostParts> {
        guard let channel = meeting?.take(name).flatMap({ DataChannel($0, at: end) }) else {
            return .lacks(.isGone)
        }
        guard channel.countsBytes else { return .lacks(.countsNothing) }
        return .joined(
            HostFlowEnd(channel, at: end, breaking: breaking, hearsOfEnd: hearsOfEnd),
            Connection(
                flow, name, from: channel.caller, own: channel.localEndpoint,
                peer: channel.peerEndpoint))
    }

    func resume(
        _ end: HostFlowEnd, by name: ConnectionName, from byteCount: Int64
    ) -> (Connection, resent: Int64)? {
        guard let admitted = meeting?.take(name),
            let channel = DataChannel(admitted, at: self.end, from: byteCount),
            channel.countsBytes
        else { return nil }
        let resent = end.resume(on: channel, from: byteCount)
        let connection = Connection(
            end.flow, name, from: channel.caller, own: channel.localEndpoint,
            peer: channel.peerEndpoint)
        return (connection, resent)
    }

    func endMeeting() {
        meeting = nil
        memoryGuard.take()?.end()
    }
}
