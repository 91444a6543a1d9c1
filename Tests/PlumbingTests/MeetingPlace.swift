import LinuxSystem
import Plumbing

/// Both ends of a meeting on loopback, in one process.
final class MeetingPlace {
    let here: Meeting
    let there: Meeting
    private(set) var heardHere: [Meeting.Event] = []
    private(set) var heardThere: [Meeting.Event] = []

    init(secretThere: Secret? = nil) {
        let secret = Secret.random()
        here = Meeting(at: .here, secret: secret)
        there = Meeting(at: .there, secret: secretThere ?? secret)
    }

    /// Lets here listen.
    func open() throws -> Endpoint {
        try here.listen(on: [.loopbackIPv4], ports: nil)[0]
    }

    /// Lets there call.
    func call(_ endpoints: [Endpoint], for flows: [Flow]) {
        heardThere += there.call(endpoints, for: flows)
    }

    /// Lets there begin to call at another time than it is.
    func callThere(_ endpoints: [Endpoint], for flows: [Flow], at moment: Instant) {
        heardThere += there.call(endpoints, for: flows, moment)
    }

    /// Lets there look at another time than it is.
    func advanceThere(at moment: Instant) {
        heardThere += there.advance(Readiness(), moment)
    }

    private func advance(_ meeting: Meeting, until moment: Instant) throws -> [Meeting.Event] {
        var readiness = Readiness()
        meeting.watch(&readiness)
        try readiness.wait(until: moment)
        return meeting.advance(readiness)
    }

    /// Lets here look at another time than it is.
    func advanceHere(at moment: Instant) {
        heardHere += here.advance(Readiness(), moment)
    }

    func advanceHere() throws {
        heardHere += try advance(here, until: .now + .milliseconds(1))
    }

    func advanceThere() throws {
        heardThere += try advance(there, until: .now + .milliseconds(1))
    }

    /// Lets both go on until something holds, at most ten seconds.
    func advance(until isDone: () -> Bool) throws {
        let end = Instant.now + .seconds(10)
        while !isDone() {
            guard Instant.now < end else { throw Errno.timedOut }
            try advanceHere()
            try advanceThere()
        }
    }

    /// The connections that an end has admitted.
    func admitted(at end: End) -> [(name: ConnectionName, flow: Flow)] {
        (end == .here ? heardHere : heardThere).compactMap { event in
            if case .admitted(let name, let flow, _) = event { return (name, flow) }
            return nil
        }
    }

    func unreachable(at end: End) -> [Errno] {
        (end == .here ? heardHere : heardThere).compactMap { event in
            if case .unreachable(_, _, let error) = event { return error }
            return nil
        }
    }

    /// An end's channel of an admitted connection, once.
    func channel(_ name: ConnectionName, at end: End) -> DataChannel? {
        (end == .here ? here : there).take(name).flatMap { DataChannel($0, at: end) }
    }

    /// Both ends' channels of one flow, after they met.
    static func channels(_ flow: Flow = .out) throws -> (here: DataChannel, there: DataChannel) {
        let place = MeetingPlace()
        place.call([try place.open()], for: [flow])
        try place.advance {
            !place.admitted(at: .here).isEmpty && !place.admitted(at: .there).isEmpty
        }
        let name = place.admitted(at: .here)[0].name
        guard let here = place.channel(name, at: .here), let there = place.channel(name, at: .there)
        else {
            throw Errno.timedOut
        }
        return (here, there)
    }
}

/// Somebody who connects and does not belong there.
final class Stranger {
    private let socket: OwnedDescriptor
    var descriptor: Descriptor { socket.borrowed }

    init(at endpoint: Endpoint, saying bytes: [UInt8] = []) throws {
        let socket = try TCP.socket(for: endpoint.address)
        if try !TCP.connect(socket, to: endpoint) {
            var readiness = Readiness()
            readiness.watch(socket.borrowed, .writing)
            try readiness.wait(until: .now + .seconds(10))
        }
        if !bytes.isEmpty { _ = try TCP.send(socket.borrowed, bytes) }
        self.socket = socket
    }

    /// Whether the other side has let go of it.
    var isDropped: Bool { Readiness.now(of: descriptor, .reading).isReady }

    /// Whether the other side has said something to it.
    var hasReply: Bool { TCP.unreadByteCount(descriptor) > 0 }
}
