import LinuxSystem
import Relaying
import Sealing

/// What a core wants done.
package enum SessionStep: Sendable {
    // The control channel.
    /// Send a message, behind those sent before.
    case send(ControlMessage)
    /// Tell how many lines were sent, so that a lost one is missed.
    case sendHeartbeat
    /// Send bytes that are no line, before our peer speaks.
    case sendRaw([UInt8])
    /// Send the whole program; answered by `cannotPush` if it cannot be read.
    case push(ProgramFile)
    /// Send what the remote command wrote; nothing at its end.
    case sendOutput([UInt8])
    /// Send bytes of a flow that goes through the login.
    case sendData(Flow, Chunk)

    // Words for the user.
    /// Say it on standard error, as far as the verbosity lets us.
    case say(Saying)
    /// The unfinished line at the end of the channel is for the user, too.
    case passRest
    /// Show how far the flows are.
    case tellProgress(ProgressState)

    // The login command.
    /// Start the login command, its standard input and output being the control channel.
    case startLogin([Word], keepsTerminal: Bool)
    /// It has gone: take what it left in the channel and on standard error, and end what it left running.
    case buryLogin
    /// Send the login command a signal, if it still runs.
    case signalLogin(CInt)
    /// Stop as the login command was stopped: a shell continues a job only if it saw it stop.
    case stopOurselves

    // Another login.
    /// From now on keep each line until the other end has it: right behind the invitation.
    case keepLines
    /// There: live on when the login ends, and let another take its place; behind `listen` with the
    /// session's name. Answered by `cannotOutlive`, if it fails.
    case outliveLogin
    /// Here: start another login command in the place of the present one, which is ended. Its channel
    /// is read from now on: noise, `boot` and `hello` come as from the first. What is kept waits.
    case relogin([Word], keepsTerminal: Bool)
    /// Here: ask the session there to go on by this login, after its `hello`. Nothing else is sent until
    /// `rejoined` comes.
    case rejoin(attempt: Int64)
    /// Here: end the present login command; nothing more comes from it.
    case abandonLogin
    /// There: give this login's channel to the session that the words name; answered by `handedOver`.
    case handOver(Rejoining)

    // The meeting.
    /// Begin a meeting, and listen; answered by ``SessionEvent/listening(_:)``.
    case listen(ListenOrder)
    /// Dial each endpoint once for each flow.
    case call([Endpoint], for: [Flow])
    /// Give the flow this connection; answered by `joined` or `notJoined`.
    case use(ConnectionName, Flow, SendingRules.Breaking, hearsOfEnd: Bool)
    /// Let the flow go on by this connection, behind so many bytes; answered by `resumed` or
    /// `notResumed`.
    case resume(ConnectionName, Flow, from: Int64)
    /// Let the flow go on through the login, behind so many bytes; answered by `resumed` or
    /// `cannotBridge`.
    case rebridge(Flow, from: Int64)
    /// The login is lost that the flow went through.
    case cutBridge(Flow)
    /// Let the flow go through the login; answered by `joined`, `notJoined` or `cannotBridge`.
    case bridge(Flow, SendingRules.Breaking, hearsOfEnd: Bool)
    /// Give the flow's bridge what the other end sent.
    case carry(Flow, Frame)
    /// Nobody needs the secret any more: the listeners and the losers go with it.
    case endMeeting

    // Commands and flows.
    /// Start the commands and their relays; answered by `started` or `cannotStart`.
    case start(StartOrder)
    /// Something happened that may decide the flow.
    case look(Flow)
    /// The other end writes, and has lost the flow's connection of that turn.
    case cut(Flow, turn: Int64)
    /// The connection by which the other end goes on is gone.
    case miss(Flow)
    /// The other end reads, and has this of the flow: its connection of that turn is lost.
    case peerHas(Flow, FlowRest, turn: Int64)
    /// The flow was broken by the other end, which the network may hide.
    case peerBroke(Flow)
    /// Let the flow carry so many bytes a second from now on; `nil` for no limit.
    case pace(Flow, bytesPerSecond: Int64?)
    /// Nobody writes into the flow any more, at the other end.
    case peerIsWhole(Flow, byteCount: Int64?)
    /// Nothing that our own standard input may still bring changes what became of the flow.
    case endProbing(Flow)
    /// Write what came home on standard output.
    case takeHome([UInt8])
    /// Nothing more will come home.
    case endHome
    /// The remote command may send so many bytes more home.
    case grant(byteCount: Int)
    /// Look for what keeps the remote command's output open; answered by `outputIsHeld`, if it is.
    case lookForOutputHolders

    // Leaving.
    /// Say nothing more, and let go of what there is or break and end it; answered by `parted`.
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
    package var options: SocketOptions
    /// What seals the flows; `nil` lets them go in clear.
    package var cipher: Cipher?
    /// The command to look for, where none is to be run.
    package var sought: Word?
    /// The session, where it is to outlive a login: then its world makes a key of the secret.
    package var session: SessionName?
}

/// The commands of an end, and what is between them and their flows.
package struct StartOrder: Sendable {
    package struct Job: Sendable {
        package let role: Role
        package let words: [Word]
        /// Which flow it reads; `nil` leaves it this end's standard input.
        package var reads: Flow?
        /// Which flow it writes; `nil` leaves it this end's standard output, or sends it home.
        package var writes: Flow?

        package func uses(_ flow: Flow) -> Bool { reads == flow || writes == flow }
    }

    /// The commands: a reader is there before a writer.
    package var jobs: [Job]
    /// What relays are to do; none where the command gets the socket.
    package var relays: [(flow: Flow, order: RelayOrder)]
    /// Flows that our own standard input or output stands for.
    package var standard: [(flow: Flow, file: Descriptor)] = []
    /// Whether to enlarge these, where they are pipes.
    package var growsPipes = false
    package var rates: [(flow: Flow, bytesPerSecond: Int64)]
    package var heartbeat: Instant.Span
    /// How much output may be on its way home, in bytes; `nil` where it goes to standard output.
    package var homeCredit: Int?
    /// Whether the commands are in a group of their own.
    package var isGrouped: Bool
    /// Whether flows may go on after a loss.
    package var mayGoOn: Bool { relays.contains { $0.order.keeps } }
    /// Standard descriptors that nobody here needs any more.
    package var spent: [Descriptor] = []

    package func relay(_ flow: Flow) -> RelayOrder? {
        relays.first { $0.flow == flow }?.order
    }
}

/// What `--progress` needs to know beside the flows themselves.
package struct ProgressState: Sendable {
    package var metAt: Instant?
    /// How a reader there is fed, as was told last.
    package var feedingThere: (flow: Flow, facts: FeedFacts)?
    package var rates = Rates()
    package var losses = LossFacts()
    package var occasion = Occasion.due

    package enum Occasion: Sendable {
        /// Something is to be shown again.
        case due
        /// A signal asks.
        case asked
        /// The terminal has another size.
        case resized
        /// Nothing more will move.
        case last
    }
}
