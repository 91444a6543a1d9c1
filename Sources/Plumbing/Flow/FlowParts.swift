import LinuxSystem
import Relaying

/// What one end of a flow is made of: the kernel's parts, or a simulation's.
package protocol FlowParts: AnyObject {
    associatedtype Channel: FlowChannel
    associatedtype Holders: FlowHolders
    associatedtype Relay: FlowRelay

    var now: Instant { get }

    /// Lets the relay go on by another connection, behind what the other end has.
    func resume(
        _ relay: Relay, on channel: Channel, after old: Channel, from byteCount: Int64
    ) throws(Errno)

    /// Whether a process begins to exit, or has: its descriptors go before its status comes.
    func isEnding(_ process: CInt) -> Bool
}

/// The connection of one flow, at one end (``DataChannel``).
package protocol FlowChannel: AnyObject {
    var flow: Flow { get }
    var isOpen: Bool { get }
    var isLetGo: Bool { get }
    /// Whether the flow goes through the login, so that only this host's kernel answers.
    var isBridged: Bool { get }
    var isHeldByOthers: Bool { get }
    var toldByteCount: Int64? { get set }
    /// What it carries besides the bytes of the flow, behind the admission.
    var overhead: Int64 { get set }

    func observe() throws(Errno) -> Observation
    func observeAtRest() throws(Errno) -> Observation
    func wholeByteCount() -> Int64?
    func watch(_ readiness: inout Readiness)
    func wasSeen(_ readiness: Readiness) -> Bool
    func acknowledge()
    func keepUrgentDataInLine()
    func takeReset() -> Bool
    func drain(byteCount: Int) -> [UInt8]?
    func closeWriting()
    func letGo() -> LettingGo
    /// Takes nothing more from the peer; what has come stays to be read.
    func freeze()
    /// Up to which byte of the flow all is here or comes for certain, where this host itself brings
    /// it in clear; `nil` where what is here tells.
    var broughtByteCount: Int64? { get }
    func reset() -> Bool
    func close(inOrder: Bool)
}

/// What came of leaving the end of a stream to the kernel.
package enum LettingGo: Equatable, Sendable {
    case done
    /// Not before all is acknowledged and the peer takes more: the kernel gives up sooner on what
    /// nobody has open.
    case notYet
    /// The kernel does not tell of it, or a FIN would not be what goes out.
    case impossible
}

/// Who may still have the socket or pipe of a flow (``HolderWatch``).
package protocol FlowHolders {
    mutating func isHeld(
        besides strangers: [CInt], _ hasEnded: Bool, _ now: Instant, among reach: HolderWatch.Reach
    ) -> Bool
    func hasOnlyUnseen(_ now: Instant) -> Bool
    mutating func noteUnseen(_ now: Instant)
    mutating func takeLate() -> HolderWatch.Late?
    func endHolders(by signal: CInt)
}

/// What moves the bytes of a flow where no command has the connection itself (``Relay``).
package protocol FlowRelay: AnyObject {
    var servesCommand: Bool { get }
    var isHeld: Bool { get }
    var isHoldingEnd: Bool { get }
    var isSettling: Bool { get }
    var isStarved: Bool { get }
    var isWhole: Bool { get }
    /// Whether nothing more comes from its source.
    var sourceHasEnded: Bool { get }
    /// Whether its target still takes bytes.
    var hasTarget: Bool { get }
    var sendsPages: Bool { get }
    var hasLostPages: Bool { get }
    var passedByteCount: Int64 { get }
    /// What the connection has a part of, which counts as passed once it has all.
    var begunByteCount: Int64 { get }
    /// What the connection counts besides the bytes of the flow.
    var overhead: Int64 { get }
    var unreadByteCount: Int { get }
    /// How many of them are sealed, in a record of which no one can read anything without the rest.
    var unopenedByteCount: Int { get }
    var deadline: Instant? { get }
    var facts: RelayFacts { get }
    /// How its reader is fed, where it gives records or has a buffer.
    var feeding: FeedFacts? { get }
    /// What to say, once, of a buffer that is smaller than was asked for.
    func takeWarning() -> String?
    /// What our own standard input or output had done when it failed.
    func failure(of error: Errno) -> StandardFailure

    /// Why the bytes cannot go on, where neither the connection's end nor a reader that left says
    /// it.
    func failure(isConnected: Bool) -> RelayFailure?
    func watch(_ readiness: inout Readiness)
    func advance(_ readiness: Readiness) -> Bool
    func start()
    func endProbing() -> Bool
    func releaseEnd()
    func connectionLeft()
    func drain(byteCount: Int) -> [UInt8]
    /// Takes account of bytes that were read from the connection in its place; of none at the FIN.
    ///
    /// - Returns: The bytes of the flow among them.
    func note(drained bytes: [UInt8]) -> [UInt8]
    func stop()
    func retire()

    // MARK: Where another connection may follow

    /// Gives the connection up, and moves nothing before there is another one.
    func pause()
    /// The flow is broken at its source: no connection follows, and an end that came is none.
    func giveUp()
    /// How much of the flow is here, now that nothing more arrives by the newest connection; of a
    /// flow in clear the connection tells whether that is all.
    func freeze() throws(Errno) -> FlowRest
}
