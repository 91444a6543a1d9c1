import LinuxSystem
import Relaying

/// What a core wants done.
package enum SessionStep: Sendable {
    // The control channel.
    case send(ControlMessage)
    /// Tell how many lines were sent, so that a lost one is missed.
    case sendHeartbeat
    /// Send what the remote command wrote; nothing at its end.
    case sendOutput([UInt8])

    // Words for the user.
    case say(Saying)
    /// The unfinished line at the end of the channel is for the user, too.
    case passRest
    case tellProgress(ProgressState)

    // The login command.
    case startLogin([Word], keepsTerminal: Bool)
    /// It has gone: take what it left in the channel and on standard error, and end what it left running.
    case buryLogin
    case signalLogin(CInt)
    /// Stop as the login command was stopped: a shell continues a job only if it saw it stop.
    case stopOurselves

    // The meeting.
    case listen(ListenOrder)
    case call([Endpoint], for: [Flow])
    /// Give the flow this connection.
    case use(ConnectionName, Flow, SendingRules.Breaking, hearsOfEnd: Bool)
    /// Nobody needs the secret any more: the listeners and the losers go with it.
    case endMeeting

    // Commands and flows.
    case start(StartOrder)
    /// Something happened that may decide the flow.
    case look(Flow)
    /// The flow was broken by the other end, which the network may hide.
    case peerBroke(Flow)
    /// Nobody writes into the flow any more, at the other end.
    case peerIsWhole(Flow, byteCount: Int64?)
    /// Nothing that our own standard input may still bring changes what became of the flow.
    case endProbing(Flow)
    /// Write what came home; nothing more will come.
    case takeHome([UInt8])
    case endHome
    case grant(byteCount: Int)
    case lookForOutputHolders

    // Leaving.
    /// Say nothing more, and let go of what there is or break and end it.
    case part(isOrderly: Bool)
    /// End what is being ended at once.
    case hurry
}

extension SessionStep {
    static func note(_ sentence: String) -> SessionStep { .say(.note(sentence)) }
    static func detail(_ sentence: String) -> SessionStep { .say(.detail(sentence)) }
}

/// Where to listen.
package struct ListenOrder: Sendable {
    /// What proves who the other end is; a new one where there is none.
    package var secret: Secret?
    package var addresses: [Address]
    /// What the peer knows these addresses by, where it is by others.
    package var offered: [Address]?
    package var ports: ClosedRange<UInt16>?
    package var maximumSegment: Int?
    /// The command to look for, where none is to be run.
    package var sought: Word?
}

/// The commands of an end, and what is between them and their flows.
package struct StartOrder: Sendable {
    package struct Job: Sendable {
        package let role: Role
        package let words: [Word]
        /// Which flow it reads; `/dev/null` without.
        package var reads: Flow?
        /// Which flow it writes; its output comes home without.
        package var writes: Flow?

        package func uses(_ flow: Flow) -> Bool { reads == flow || writes == flow }
    }

    /// The commands: a reader is there before a writer.
    package var jobs: [Job]
    /// What relays are to do; none where the command gets the socket.
    package var relays: [(flow: Flow, order: RelayOrder)]
    /// Flows that our own standard input or output stands for.
    package var standard: [(flow: Flow, number: CInt)] = []
    package var rates: [(flow: Flow, bytesPerSecond: Int64)]
    package var heartbeat: Instant.Span
    /// How much output may be on its way home, in bytes; `nil` where it goes to standard output.
    package var homeCredit: Int?
    /// Whether the commands are in a group of their own.
    package var isGrouped: Bool
    /// Standard descriptors that nobody here needs any more.
    package var spent: [CInt] = []

    package func relay(_ flow: Flow) -> RelayOrder? {
        relays.first { $0.flow == flow }?.order
    }
}

/// What `--progress` needs to know beside the flows themselves.
package struct ProgressState: Sendable {
    package var metAt: Instant?
    /// How a reader there is fed, as was told last.
    package var feedingThere: (flow: Flow, facts: FeedFacts)?
    package var isLast = false
}
