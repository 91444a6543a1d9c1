import LinuxSystem

/// What happened at one end of a session.
package enum SessionEvent: Sendable {
    // The control channel.
    /// The other end sent a line, which may be no message.
    case line(ControlLine)
    /// The login command wrote something before our peer spoke.
    case noise([UInt8])
    /// Output of the remote command came home.
    case output([UInt8])
    /// Bytes of a flow that goes through the login.
    case data(Flow, Chunk)
    /// What came was no line, or more than there was credit for.
    case misheard(ControlError)
    /// Nothing more comes; how the login command ended, if it has, and what it said. Told each turn.
    case channelEnded(login: ExitStatus?, saying: LoginWords?)

    // Another login.
    /// There: another login took the place of the last, and the other end has been sent what it lacks.
    case rejoined(login: Int64)
    /// There: the session cannot outlive its login.
    case cannotOutlive(Errno)
    /// There: what became of the channel that was to be handed over.
    case handedOver(Handover.Result)

    // The meeting.
    /// This end listens, or does not: the answer to ``SessionStep/listen(_:)``.
    case listening(ListeningPlaces)
    /// A connection has proved the secret here; which end dialled.
    case admitted(ConnectionName, Flow, from: End)
    /// A call of ours came to nothing.
    case unreachable(Endpoint, Flow, Errno)
    /// There is nothing left to let a caller in with.
    case exhausted(Errno)
    /// The flow has its connection: the answer to `use`.
    case joined(Connection)
    /// It has none: the connection is gone, or its kernel does not count. The other answer.
    case notJoined(Flow, Connection.Lack)
    /// The flow goes on by another connection, and so much goes out again from here: the answer to
    /// `resume`.
    case resumed(Connection, resent: Int64)
    /// It does not: that connection is gone. The other answer.
    case notResumed(Flow)
    /// The flow cannot go through the login, as this host has no connection with itself: the other
    /// answer to `bridge`.
    case cannotBridge(Flow, Errno)
    /// What a bridge here has for the other end.
    case bridged(Flow, Frame)

    // Commands.
    /// The login command does not run: it was not found, most often.
    case cannotStartLogin(Errno)
    /// The program for the other end cannot be read.
    case cannotPush(ProgramFile, Errno)
    /// The commands run; the process of the last: the answer to ``SessionStep/start(_:)``.
    case started(pid: CInt)
    /// One of them does not: the other answer. What was started before it runs.
    case cannotStart(StartFailure)
    /// A command that we started has ended, the login command or another.
    case ended(Command)
    /// A signal of the terminal stopped the login command.
    case loginStopped(signal: CInt)
    /// This process was told to end.
    case signalled(CInt)
    /// This process was asked how far it is.
    case asked
    /// Our terminal has another size.
    case resized

    // Flows, and the remote command's output.
    /// An end of a flow tells something.
    case flow(Flow, FlowEvent)
    /// Standard output took so many bytes of what came home.
    case tookHome(byteCount: Int)
    /// Standard output takes no more of it.
    case homeFailed(HomeFailure)
    /// The remote command wrote this; nothing at its end.
    case wrote([UInt8])
    /// Something keeps the remote command's output open, though the command has ended.
    case outputIsHeld(HolderWatch.Late)

    /// The file of the rates has changed.
    case ratesRead(RateReading)

    /// The kernel refuses to let us wait.
    case cannotWait(Errno)
    /// We say nothing more, and have let go of everything.
    case parted(Parted)
}

/// What a file of rates says.
package enum RateReading: Sendable {
    case rates(Rates)
    /// What keeps it from being of use, as a clause.
    case unusable(String)
}

/// Where an end listens, or why it does not.
package struct ListeningPlaces: Sendable {
    package var secret: Secret
    package var endpoints: [Endpoint]
    package var refusal: Errno?
    /// What would keep the command that was asked for from being executed.
    package var lack: Failure?
    /// What keeps the sockets from having what they must have: then this end does not listen.
    package var obstacle: SocketObstacle?

    package init(
        _ secret: Secret, _ endpoints: [Endpoint], refusal: Errno? = nil, lack: Failure? = nil
    ) {
        self.secret = secret
        self.endpoints = endpoints
        self.refusal = refusal
        self.lack = lack
    }
}

/// The connection that a flow uses.
package struct Connection: Sendable {
    package enum Lack: Sendable { case isGone, countsNothing }

    package let flow: Flow
    /// How both ends call it; `nil` if the flow goes through the login.
    package let name: ConnectionName?
    /// The end that dialled.
    package let caller: End
    package let own: Endpoint?
    package let peer: Endpoint?

    var places: String {
        name == nil
            ? "through the login"
            : "\(own?.description ?? "?") here, \(peer?.description ?? "?") there"
    }

    func isWithin(_ network: Network) -> Bool {
        [own, peer].allSatisfy { $0.map { network.contains($0.address) } == true }
    }

    package init(
        _ flow: Flow, _ name: ConnectionName, from caller: End, own: Endpoint?, peer: Endpoint?
    ) {
        self.flow = flow
        self.name = name
        self.caller = caller
        self.own = own
        self.peer = peer
    }

    /// Through the login.
    package init(bridging flow: Flow) {
        self.flow = flow
        (name, caller, own, peer) = (nil, .here, nil, nil)
    }
}

/// What was to be seen when an end began to leave.
package struct Parted: Sendable {
    package let isOrderly: Bool
    /// Whether the control channel had ended before: later it ends in any case, while the other end
    /// may still have commands to end.
    package let isPeerLost: Bool
    /// How much of the remote command's output came home, in bytes.
    package let homeByteCount: Int64

    package init(isOrderly: Bool, isPeerLost: Bool, homeByteCount: Int64) {
        self.isOrderly = isOrderly
        self.isPeerLost = isPeerLost
        self.homeByteCount = homeByteCount
    }
}

/// Why standard output takes no more of what comes home.
package struct HomeFailure: Error, Sendable {
    package let error: Errno
    /// What it had taken, in bytes.
    package let byteCount: Int64
    package let isDirect: Bool

    package init(_ error: Errno, after byteCount: Int64, isDirect: Bool = false) {
        self.error = error
        self.byteCount = byteCount
        self.isDirect = isDirect
    }
}
