import LinuxSystem
import Sealing

/// The race of connections between the two ends: which end calls, which waits, which is proved.
///
/// A stranger costs at most one of eight places, five seconds and an opening's worth of bytes, and
/// never delays a caller that can prove the secret.
package final class Meeting {
    package enum Event {
        case admitted(ConnectionName, Flow, from: End)
        case unreachable(Endpoint, Flow, Errno)
        /// There is no descriptor left to accept with, and no stranger to drop.
        case exhausted(Errno)
    }

    /// How often a listener may drop us before we believe it.
    private static let maximumTries = 16
    static let maximumStrangers = 8
    static let strangerLimit = Instant.Span.seconds(5)
    /// Bounds the new connections of one wake-up, so that a flood starves nothing else.
    private static let acceptedAtOnce = 64

    private let end: End
    private let keys: AdmissionKeys
    private let options: SocketOptions
    /// Makes what seals each connection; `nil` where the flows go in clear.
    private let seals: Seals?
    private var doors: [Door] = []
    private var guests: [Guest] = []
    private var calls: [Call] = []
    private var pace = CallPace([], .now)
    private var flowsToCall: [Flow] = []
    private var admitted: [Admitted] = []
    /// The number of our calls.
    package private(set) var callCount = 0

    package init(
        at end: End, secret: Secret, _ options: SocketOptions = SocketOptions(),
        sealing seals: Seals? = nil
    ) {
        self.end = end
        self.seals = seals
        keys = AdmissionKeys(secret)
        self.options = options
    }

    /// Listens on each of the addresses, if possible.
    ///
    /// - Parameter offered: The addresses by which the peer knows them, if they differ.
    /// - Returns: The endpoints that the peer can call.
    package func listen(
        on addresses: [Address], as offered: [Address]? = nil, ports: ClosedRange<UInt16>?
    ) throws(Errno) -> [Endpoint] {
        var failure: Errno?
        var endpoints: [Endpoint] = []
        for (address, offer) in zip(addresses, offered ?? addresses) {
            do throws(Errno) {
                let listener = try Listener(
                    on: address, ports: ports, options,
                    // The kernel keeps a caller that says nothing from us.
                    silence: Int(Meeting.strangerLimit.seconds))
                endpoints.append(Endpoint(offer.withoutScope, port: listener.endpoint.port))
                doors.append(Door(listener))
            } catch {
                failure = error
            }
        }
        if doors.isEmpty, let failure { throw failure }
        return endpoints
    }

    /// Begins to call the endpoints in this order, until one has answered for each flow.
    package func call(
        _ endpoints: [Endpoint], for flows: [Flow], _ now: Instant = .now
    ) -> [Event] {
        pace = CallPace(endpoints, now)
        flowsToCall = flows
        var events: [Event] = []
        callWhatIsDue(now, &events)
        return events
    }

    private func callWhatIsDue(_ now: Instant, _ events: inout [Event]) {
        while let endpoint = pace.next(now, isIdle: calls.isEmpty) {
            makeRoomForCalls(&events)
            for flow in flowsToCall {
                call(endpoint, flow, triesLeft: Meeting.maximumTries, &events)
            }
        }
    }

    /// Gives up the oldest endpoint that nobody has answered at, if too many are under way.
    private func makeRoomForCalls(_ events: inout [Event]) {
        guard calls.count > (CallPace.maximumUnderWay - 1) * flowsToCall.count,
            let oldest = (calls.first { !$0.isConnected } ?? calls.first)?.endpoint
        else { return }
        for call in calls where call.endpoint == oldest {
            events.append(.unreachable(oldest, call.flow, .timedOut))
        }
        calls.removeAll { $0.endpoint == oldest }
    }

    private func call(
        _ endpoint: Endpoint, _ flow: Flow, triesLeft: Int, _ events: inout [Event]
    ) {
        let admission = CallerAdmission(
            flow, from: end, keys: keys, nonce: Cryptography.randomBytes(ConnectionName.byteCount))
        callCount += 1
        do throws(Errno) {
            let socket = try TCP.socket(for: endpoint.address, options)
            _ = try TCP.connect(socket, to: endpoint)
            calls.append(Call(socket, to: endpoint, flow, admission, triesLeft: triesLeft - 1))
        } catch {
            events.append(.unreachable(endpoint, flow, error))
        }
    }

    /// Whether a call is still under way, or to come.
    package var isCalling: Bool { !calls.isEmpty || pace.dueAt != nil }

    package func watch(_ readiness: inout Readiness) {
        for door in doors { readiness.watch(door.descriptor, .reading) }
        for guest in guests { readiness.watch(guest.descriptor, .reading) }
        for call in calls {
            readiness.watch(call.descriptor, call.isConnected ? .reading : .writing)
        }
    }

    /// The moment at which the oldest guest must go, or the next call is due.
    package var deadline: Instant? {
        (guests.map { $0.deadline } + (pace.dueAt.map { [$0] } ?? [])).min()
    }

    /// Hears the callers that have something to say, drops those that were silent for too long, and
    /// calls where that is due.
    package func advance(_ readiness: Readiness, _ now: Instant = .now) -> [Event] {
        var events: [Event] = []
        for door in doors where readiness[door.descriptor].isReady {
            admitGuests(at: door, &events)
        }
        advanceGuests(now, &events)
        for call in calls where readiness[call.descriptor].isReady {
            advance(call, &events)
        }
        calls.removeAll { $0.isOver }
        callWhatIsDue(now, &events)
        return events
    }

    /// Hands over an admitted connection.
    package func take(_ name: ConnectionName) -> Admitted? {
        guard let index = admitted.firstIndex(where: { $0.name == name }) else { return nil }
        return admitted.remove(at: index)
    }

    // MARK: Listening

    private func admitGuests(at door: Door, _ events: inout [Event]) {
        for _ in 0..<Meeting.acceptedAtOnce {
            guard let socket = accept(at: door, &events) else { return }
            let admission = ListenerAdmission(
                at: end, keys: keys, nonce: Cryptography.randomBytes(ConnectionName.byteCount))
            let guest = Guest(socket, admission, until: .now + Meeting.strangerLimit)
            // Our peer's opening arrives with its connect: look before we drop any caller.
            advance(guest)
            guests.append(guest)
            makeRoom()
        }
    }

    private func accept(at door: Door, _ events: inout [Event]) -> OwnedDescriptor? {
        do throws(Errno) {
            return try door.listener.accept()
        } catch {
            // No descriptor is left for it: drop the strangers first.
            let count = guests.count
            guests.removeAll { !$0.admission.isPromoted }
            if guests.count == count { events.append(.exhausted(error)) }
            return nil
        }
    }

    private func makeRoom() {
        guests.removeAll { $0.isOver }
        let strangers = guests.indices.filter { !guests[$0].admission.isPromoted }
        guard strangers.count > Meeting.maximumStrangers else { return }
        let choice = Int(Cryptography.randomBytes(1)[0]) % strangers.count
        guests.remove(at: strangers[choice])
    }

    private func advanceGuests(_ now: Instant, _ events: inout [Event]) {
        for guest in guests {
            advance(guest)
            if guest.isAdmitted, let flow = guest.admission.flow, let name = guest.admission.name,
                let socket = guest.takeSocket()
            {
                let cipher = seals?.key(of: flow, name, guest.admission.nonce)
                admitted.append(
                    Admitted(socket, flow, name, dialledFrom: end.peer, at: end, cipher))
                events.append(.admitted(name, flow, from: end.peer))
            }
            if guest.deadline < now { guest.isOver = true }
        }
        guests.removeAll { $0.isOver }
    }

    private func advance(_ guest: Guest) {
        while !guest.isOver, !guest.isAdmitted {
            do throws(Errno) {
                guard
                    let bytes = try TCP.receive(guest.descriptor, byteCount: guest.admission.needed)
                else { return }
                if bytes.isEmpty {
                    guest.isOver = true
                    return
                }
                switch guest.admission.receive(bytes) {
                case .needs: continue
                case .reply where guests.contains(where: { $0 !== guest && $0.isTwin(of: guest) }):
                    // It replays an opening of another caller.
                    guest.isOver = true
                case .reply(let reply):
                    // A fresh socket takes 48 bytes whole; drop one that does not.
                    guest.isOver = try guest.send(reply) != reply.count
                case .admitted: guest.isAdmitted = true
                case .refused: guest.isOver = true
                }
            } catch {
                guest.isOver = true
            }
        }
    }

    // MARK: Calling

    private func advance(_ call: Call, _ events: inout [Event]) {
        do throws(Errno) {
            if !call.isConnected { try call.connected() }
            guard let reply = try call.receive() else { return }
            guard let closing = call.admission.closing(after: reply) else {
                call.isOver = true
                // Something other than our peer answered.
                events.append(.unreachable(call.endpoint, call.flow, .protocolError))
                return
            }
            guard try call.send(closing) == closing.count, let socket = call.takeSocket() else {
                throw .connectionReset
            }
            let name = call.admission.name
            let cipher = seals?.key(of: call.flow, name, Admission.nonce(of: reply))
            flowsToCall.removeAll { $0 == call.flow }
            if flowsToCall.isEmpty { pace = CallPace([], .now) }
            admitted.append(Admitted(socket, call.flow, name, dialledFrom: end, at: end, cipher))
            events.append(.admitted(name, call.flow, from: end))
        } catch {
            call.isOver = true
            if call.isConnected, error == .connectionReset, call.triesLeft > 0 {
                // The listener took us for a stranger in a crowd: call again.
                self.call(call.endpoint, call.flow, triesLeft: call.triesLeft, &events)
            } else {
                events.append(.unreachable(call.endpoint, call.flow, error))
            }
        }
    }
}
