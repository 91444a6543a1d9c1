import LinuxSystem

/// What the user asked for.
package struct Plan: Sendable {
    /// Which end waits for the other's connections.
    package enum Listening: String, CaseIterable, Sendable { case here, there, auto }

    /// How the bytes get to the other end: by connections of their own, through the login command,
    /// or through it only if there is no other way.
    package enum Way: String, CaseIterable, Sendable { case direct, login, auto }

    /// The source or target of bytes at our end.
    package enum Local: Equatable, Sendable {
        case command([Word])
        /// Our own standard input or output.
        case standard

        package var words: [Word] {
            if case .command(let words) = self { words } else { [Word("-")] }
        }
    }

    /// The address of the other end as here reaches it, and its ports if the other end listens on
    /// others.
    package struct ForwardedAddress: Equatable, Sendable {
        package var host: String
        package var ports: ClosedRange<UInt16>?

        package init(host: String, ports: ClosedRange<UInt16>?) {
            self.host = host
            self.ports = ports
        }
    }

    /// The network that the data must take.
    package enum NetworkChoice: Equatable, Sendable {
        case subnet(Subnet)
        /// The networks of an interface of this host.
        case interface(String)
    }

    /// The ends that relay, though their commands could have the socket.
    package enum Relaying: String, CaseIterable, Sendable { case here, there, both }

    package var producer: Local?
    package var consumer: Local?
    package var login: [Word]
    package var remote: [Word]
    /// The program that the login command must start.
    package var there = "socketpipe"
    /// Whether to bring that program along instead.
    package var pushes = false
    package var keepsTerminalFromLogin = false

    package var host: String?
    package var way = Way.direct
    package var address: ForwardedAddress?
    package var network: NetworkChoice?
    package var listening = Listening.auto
    package var ports: ClosedRange<UInt16>?
    package var sockets = SocketOrder()
    /// Bounds the rendezvous, from `hello` on; `nil` waits forever.
    package var rendezvousLimit: Instant.Span? = .seconds(30)
    /// How long everything must be silent before we take the peer for dead.
    package var stallLimit = Instant.Span.seconds(300)

    /// How long to try to go on after the connection of a flow, or the login, is lost; `nil` ends
    /// the session then.
    package private(set) var reconnectLimit: Instant.Span?

    package var relaying: Relaying?
    /// What relays must do, if there are any.
    package var relay = RelayOrder()
    /// Whether the pipes that are our standard input and output keep their size.
    package var keepsPipes = false
    package var rates = Rates()
    /// The file that the rates come from, and may be changed in meanwhile.
    package var rateFile: Path?
    /// The bytes that the producer will make, to estimate the time left.
    package var size: Int64?
    package var showsProgress = false
    /// The descriptor to which lines of JSON tell a program the same.
    package var progressDescriptor: Descriptor?

    /// Whether any failure of a producer breaks its stream.
    package var isStrict = false
    package var allowsEarlyExit = false
    /// Whether our own input may stay open after the remote command has ended.
    package var endsWithRemote = false
    package var isDryRun = false
    /// How long to measure the path, in seconds, by commands of our own; `nil` runs the user's.
    package private(set) var measuringTime: Int64?
    package var report: Path?
    package var verbosity = Verbosity.normal

    package init(login: [Word], remote: [Word]) {
        self.login = login
        self.remote = remote
    }

    /// A session that measures the path: see `measure`.
    package init(login: [Word], measuringFor seconds: Int64) {
        self.init(login: login, remote: MeasuringProgram.there)
        measuringTime = seconds
    }

    /// Goes on after a loss, if another connection comes about in time.
    package mutating func reconnect(within limit: Instant.Span) {
        reconnectLimit = limit
        relay.keeps = true
    }

    /// Names the program here, which has both flows.
    ///
    /// - Parameter results: Where it tells what it found.
    package mutating func measure(for seconds: Int64, into results: Descriptor) {
        let words = MeasuringProgram.here(seconds: seconds, results: results)
        producer = .command(words)
        consumer = producer
    }

    /// What the other end must be able to do.
    package var needs: [Capability] {
        sockets.needs + (way == .login ? [.login] : []) + (relay.isSealed ? [.seal] : [])
            + (rateFile != nil && flows.contains(.back) ? [.pace] : [])
            + (measuringTime == nil ? [] : [.measure]) + (relay.keeps ? [.again] : [])
    }

    package var flows: [Flow] {
        (producer == nil ? [] : [.out]) + (consumer == nil ? [] : [.back])
    }

    /// The flow whose reader gets records and the buffer: the last reader of the stream.
    private var servedFlow: Flow? {
        relay.servesReaders ? flows.last : nil
    }

    /// Whether a relay must stand between that end of the flow and its command.
    package func relays(_ flow: Flow, at end: End) -> Bool {
        relays(at: end) || (flow == servedFlow && flow.sender != end)
    }

    /// What the relays there must do; `nil` if there are none.
    package var relayThere: RelayOrder? {
        var order = relay
        if servedFlow == .back { (order.record, order.buffer) = (nil, nil) }
        guard !relays(at: .there) else { return order }
        guard relays(.out, at: .there) else { return nil }
        order.isForReaders = true
        return order
    }

    private func relays(at end: End) -> Bool {
        relay.isSealed || relay.keeps || relaying == .both || relaying?.rawValue == end.rawValue
    }

    /// What the login command starts there.
    package var program: String { pushes ? "sh" : there }

    /// The words of the login command: of what it starts, shell-safe words only.
    package var loginWords: [Word] {
        login + (pushes ? [Word(program)] : [Word(program), Word("--remote-end")])
    }
}
