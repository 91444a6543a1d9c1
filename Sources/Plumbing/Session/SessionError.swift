import LinuxSystem
import Relaying

/// Why a session could not do its work, and what to do about it.
package enum SessionError: Error {
    case cannotStart(Role, [Word], Errno)
    case noInterpreter(Role, [Word], [UInt8])
    /// A command would put zeros into the data.
    case wouldPad(Role, [Word], size: [UInt8])
    /// Our own standard input or output is not what `-` needs.
    case unusable(Role, Errno)
    case system(Errno)
    /// `saying` is the end of its standard error, if that passed through us.
    case loginEnded([Word], ExitStatus, there: String, saying: LoginWords? = nil)
    case noCommonProtocol(Hello)
    /// The program of the other end cannot do what was asked for.
    case lacks(Capability, Hello)
    /// That end has no connection with itself, which a flow through the login needs.
    case noLoopback(End, Errno)
    /// The kernel of that end refuses what the connections must have.
    case socket(SocketObstacle, at: End)
    case unknownHost(String, option: String = "-h")
    /// The address of `-h` means this host alone, on every host.
    case hostIsLoopback(String, Address)
    /// There is no such interface here; what there is.
    case noInterface(String, [String])
    /// That end has no address in the network of `--network`.
    case outside(String, End)
    case leavesNetwork(String, Connection)
    /// Both hosts have this address, and no other that would do.
    case sameAddress(Address)
    case noProc
    case noNull(Errno)
    /// The kernel of that end does not count the bytes of a connection.
    case countsNothing(End)
    /// The kernel refuses to limit the rate of that flow.
    case cannotPace(Flow, Errno)
    /// The file of `--rate-file` does not say a rate, or cannot be watched.
    case unusableRate(Path, String)
    case cannotWatch(Path, Errno)
    /// Neither end knows an address of its own.
    case nowhereToMeet(onSameStack: Bool)
    case legacyNeedsHost
    /// This installation has no program for another host.
    case nothingToPush
    case cannotPush(Path, Errno)
    case cannotListen([Address], ClosedRange<UInt16>?, Errno)
    case unreachable(
        [(caller: End, endpoint: Endpoint, error: Errno)],
        notListening: [(end: End, error: Errno)], only: Restriction? = nil)
    case noRendezvous(
        within: Int64, tried: [(caller: End, endpoint: Endpoint, error: Errno?)],
        only: Restriction? = nil)
    case there(Failure, [Word])
    /// An end got no answer from the kernel of the other on a flow.
    case unanswered(Flow, at: End, seconds: Int64, pathHint: String?)

    package var status: CInt {
        switch self {
        case .cannotStart(_, _, .recordTooLong), .there(.execution(.recordTooLong), _):
            OwnStatus.ourError
        case .cannotStart(_, _, let error) where error.isShortage,
            .there(.execution(let error), _) where error.isShortage:
            OwnStatus.ourError
        case .cannotStart(_, _, let error), .there(.execution(let error), _):
            error == .notFound ? OwnStatus.notFound : OwnStatus.cannotExecute
        case .loginEnded(_, _, let there, let said?) where said.tellsOfOtherProcessor(there):
            OwnStatus.ourError
        case .loginEnded(_, let status, _, _):
            status == .exited(127) || status == .exited(126)
                ? OwnStatus.ourError : OwnStatus.loginFailed
        case .noInterpreter, .there(.noInterpreter, _): OwnStatus.cannotExecute
        case .noRendezvous(_, _, only: nil): OwnStatus.deadline
        case .there(.signal, _), .there(.stall, _), .there(.noSession, _), .there(.unanswered, _),
            .unanswered:
            OwnStatus.lost
        case .there(.system(let error), _) where error.endsConnection: OwnStatus.lost
        default: OwnStatus.ourError
        }
    }
}

extension Errno {
    /// Whether the host ran out of something: that is not the command's fault.
    var isShortage: Bool {
        [.outOfMemory, .tooManyOpenFiles, .tooManyFilesOfSystem, .noBuffers, .wouldBlock]
            .contains(self)
    }
}

extension Outcome {
    package init(_ name: String, _ error: SessionError) {
        self.init(error.status, name, error.sentence, hint: error.hint)
    }
}
