import LinuxSystem

/// What an end of a session can do and see, in a session's own words: by the kernel in the product,
/// by a seed in the simulation.
///
/// Nothing here decides anything: that is for a ``SessionCore``.
package protocol World: AnyObject {
    associatedtype Parts: FlowParts

    var now: Instant { get }

    // MARK: Waiting

    func watch(_ readiness: inout Readiness)
    /// When something is due here even if nothing is seen.
    var deadline: Instant? { get }

    // MARK: Words for the user

    func say(_ words: Saying)
    func showProgress(_ lanes: [Lane<Parts>], _ state: ProgressState)
    var progressIsDueAt: Instant? { get }
    var standardError: StandardError { get }
    var isTerminalStopped: Bool { get }
    /// Passes on what waits.
    func advanceWords(_ readiness: Readiness)

    // MARK: The login command, and the control channel by it

    func startLogin(_ words: [Word], keepsTerminal: Bool) throws(Errno)
    /// Takes what it left in the channel and on standard error, and ends what it left running.
    func buryLogin()
    func signalLogin(_ signal: CInt)
    var login: Command? { get }
    var loginSaid: LoginWords? { get }
    var loginSpokeAt: Instant? { get }
    func stopOurselves()

    func send(_ message: ControlMessage)
    func sendHeartbeat()
    func send(raw bytes: [UInt8])
    func send(output bytes: [UInt8])
    func send(_ chunk: Chunk, of flow: Flow)
    func finishSending()
    func hear(_ readiness: Readiness) throws(ControlError) -> [ControlAssembler.Piece]
    var channelHasEnded: Bool { get }
    /// An unfinished line at the end of the channel.
    var channelRest: [UInt8] { get }
    var backlog: Int { get }

    // MARK: Another login

    /// Keeps each line from now on until the other end has it.
    func keepLines()
    /// Lives on when the login ends, and lets another take its place.
    func outliveLogin() throws(Errno)
    /// Starts another login command in the place of the present one, which it ends.
    func relogin(_ words: [Word], keepsTerminal: Bool) throws(Errno)
    /// Asks the session there to go on by the present login.
    func rejoin(attempt: Int64)
    /// Ends the present login command, and tells nothing more of it.
    func abandonLogin()
    /// Gives the channel to the session that the words name.
    func handOver(_ rejoining: Rejoining)
    /// What other logins brought, or became of what was handed over.
    func advanceRejoining(_ readiness: Readiness) -> [SessionEvent]

    // MARK: The meeting

    func listen(_ order: ListenOrder) -> ListeningPlaces
    func call(_ endpoints: [Endpoint], for flows: [Flow]) -> [SessionEvent]
    func advanceMeeting(_ readiness: Readiness) -> [SessionEvent]
    var isCalling: Bool { get }
    /// Makes the flow's end of an admitted connection.
    func join(
        _ name: ConnectionName, _ flow: Flow, _ breaking: SendingRules.Breaking, hearsOfEnd: Bool
    ) -> Joining<Parts>
    /// Lets the flow go on by an admitted connection, behind so many bytes.
    ///
    /// - Returns: The connection, and how much goes out again; `nil` if it is gone.
    func resume(
        _ end: FlowEnd<Parts>, by name: ConnectionName, from byteCount: Int64
    ) -> (Connection, resent: Int64)?
    /// Lets the flow go on through the login, behind so many bytes.
    ///
    /// - Returns: How much goes out again.
    func rebridge(_ end: FlowEnd<Parts>, from byteCount: Int64) throws(Errno) -> Int64
    /// The flow goes through the login no more.
    func dropBridge(_ flow: Flow)
    /// What this host is known by now.
    var knowledge: Candidates.Knowledge? { get }
    /// Makes the flow's end of a connection whose bytes go through the login.
    func bridge(
        _ flow: Flow, _ breaking: SendingRules.Breaking, hearsOfEnd: Bool
    ) -> Joining<Parts>
    /// Takes what the other end sent of such a flow, and returns the answer, if it needs one.
    func carry(_ flow: Flow, _ frame: Frame) throws(ControlError) -> Frame?
    /// What such flows have for the other end.
    func advanceBridges(_ readiness: Readiness) -> [SessionEvent]
    func endMeeting()

    // MARK: Commands

    /// Starts the commands, and what is between them and their flows.
    ///
    /// - Returns: The commands, in the order of the jobs.
    func start(_ order: StartOrder, _ lanes: [Lane<Parts>]) throws(StartFailure) -> [Command]
    var commands: [Command] { get }
    /// What happened to commands and to us.
    ///
    /// - Parameter isIntact: Whether the flows of a command that just ended are unbroken.
    func advanceCommands(
        _ readiness: Readiness, isIntact: (CommandID) -> Bool
    ) -> [SessionEvent]
    func endCommands(isUrgent: Bool)
    func releaseCommands()
    /// Whether nothing is left that we have to end; says what cannot be ended.
    func hasEndedCommands() -> Bool

    /// Lets this end send so many bytes a second; `nil` for no limit.
    func pace(_ end: FlowEnd<Parts>, bytesPerSecond rate: Int64?)
    /// What became of the file of the rates.
    func advanceRates(_ readiness: Readiness) -> [SessionEvent]

    // MARK: The remote command's output on its way home

    func takeHome(_ bytes: [UInt8]) throws(ControlError)
    func endHome()
    func grant(_ byteCount: Int) throws(ControlError)
    func advanceHome(_ readiness: Readiness) -> [SessionEvent]
    /// Asks a file, once, whether it has what it took.
    func settleHome() throws(HomeFailure)
    var homeIsOver: Bool { get }
    var homeByteCount: Int64 { get }
    func outputHolder() -> HolderWatch.Late?
}

/// What only the other end does, or a world that loses no login.
extension World {
    package var knowledge: Candidates.Knowledge? { nil }
    package func showProgress(_ lanes: [Lane<Parts>], _ state: ProgressState) {}
    package var progressIsDueAt: Instant? { nil }
    package func advanceRates(_ readiness: Readiness) -> [SessionEvent] { [] }
    package func startLogin(_ words: [Word], keepsTerminal: Bool) throws(Errno) {}
    package func buryLogin() {}
    package func signalLogin(_ signal: CInt) {}
    package var login: Command? { nil }
    package var loginSaid: LoginWords? { nil }
    package var loginSpokeAt: Instant? { nil }
    package func stopOurselves() {}
    package func keepLines() {}
    package func outliveLogin() throws(Errno) {}
    package func relogin(_ words: [Word], keepsTerminal: Bool) throws(Errno) {}
    package func rejoin(attempt: Int64) {}
    package func abandonLogin() {}
    package func handOver(_ rejoining: Rejoining) {}
    package func advanceRejoining(_ readiness: Readiness) -> [SessionEvent] { [] }
    package var channelRest: [UInt8] { [] }
    package func send(raw bytes: [UInt8]) {}
    package func send(output bytes: [UInt8]) {}
    package func takeHome(_ bytes: [UInt8]) throws(ControlError) {}
    package func endHome() {}
    package func grant(_ byteCount: Int) throws(ControlError) {}
    package func settleHome() throws(HomeFailure) {}
    package var homeByteCount: Int64 { 0 }
    package func outputHolder() -> HolderWatch.Late? { nil }
}

/// Words for the user.
package enum Saying: Sendable {
    case error(String)
    case note(String)
    case detail(String)
    case warning(CommandWarning)
    case warningOfPlace([Word], record: Int?)
    /// Another's, without what a terminal would act on.
    case passed([UInt8])
    /// From now on errors alone are said.
    case nothingMore
}

/// A flow's end, and which command has it.
package struct Lane<Parts: FlowParts> {
    package let end: FlowEnd<Parts>
    package var command: CommandID?
    /// Whether our own standard input may stay open.
    var needsNoMore = false

    package init(_ end: FlowEnd<Parts>) { self.end = end }
}

/// What became of giving a flow its connection.
package enum Joining<Parts: FlowParts> {
    case joined(FlowEnd<Parts>, Connection)
    case lacks(Connection.Lack)
    /// This host has no connection with itself.
    case fails(Errno)
}
