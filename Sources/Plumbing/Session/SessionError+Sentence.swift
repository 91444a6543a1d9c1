import LinuxSystem
import Relaying

/// What went wrong, in a sentence.
extension SessionError {
    package var sentence: String {
        switch self {
        case .cannotStart(let role, let words, let error):
            SessionError.startSentence(role, words, error)
        case .noInterpreter(let role, let words, let name):
            SessionError.interpreterSentence(role, words, name, where: "")
        case .wouldPad(let role, let words, let size):
            "\(Verdict.naming(role, words)) would pad each short read to "
                + "\(Text.escaped(size)) bytes, with zeros in the middle of the data"
        case .unusable(let role, let error):
            (role == .producer ? Outcome.inputFailed(error) : .outputFailed(error)).sentence
        case .system(let error): "socketpipe cannot continue: \(error.sentence)"
        case .loginEnded(let words, let status, let there, let said):
            SessionError.loginSentence(words, status, there, said ?? LoginWords())
        case .noCommonProtocol(let hello):
            "the other end runs socketpipe \(Text.escaped(hello.programVersion.utf8)) with protocol "
                + "\(SessionError.range(hello.protocols)); this end runs \(Version.program) with "
                + "protocol "
                + SessionError.range(Version.protocols)
        case .lacks(let capability, let hello): SessionError.sentence(capability, hello)
        case .noLoopback(let end, let error):
            "cannot connect over loopback \(end.rawValue), which --via login needs: \(error.sentence)"
        case .socket(let obstacle, let end): obstacle.sentence(at: end)
        case .unknownHost(let host, let option):
            "cannot resolve \(Text.quoted(host)), given with \(option)"
        case .hostIsLoopback(let host, let address):
            "\(Text.quoted(host)), given with -h, is \(address), which only this host "
                + "reaches"
        case .noInterface(let name, _):
            "this host has no interface \(Text.quoted(name)) that is up and has an "
                + "address"
        case .outside(let network, .here): "this host has no address in the network \(network)"
        case .outside(let network, .there):
            "the other host has no address in the network \(network)"
        case .leavesNetwork(let network, let connection):
            "flow '\(connection.flow.rawValue)' would leave the network \(network): "
                + connection.places
        case .sameAddress(let address):
            "both hosts have the address \(address), so neither can reach the other by it"
        case .nothingToPush: "this installation has no program for --push to bring along"
        case .cannotPush(let path, let error):
            "cannot read \(Text.quoted(path.bytes)), which --push brings along: \(error.sentence)"
        case .noProc:
            "/proc does not show this process, so socketpipe cannot see who holds a stream"
        case .countsNothing(let end):
            "the kernel \(end.rawValue) does not count a connection's bytes, so socketpipe cannot "
                + "confirm that they arrived"
        case .cannotPace(let flow, let error):
            "cannot limit the rate of flow '\(flow.rawValue)' \(flow.sender.rawValue): "
                + error.sentence
        case .unusableRate(let path, let reason):
            "cannot take the rate from \(Text.quoted(path.bytes)): \(reason)"
        case .cannotWatch(let path, let error):
            "cannot watch \(Text.quoted(path.bytes)) for another rate: \(error.sentence)"
        case .noNull(.notFound): "there is no /dev/null here"
        case .noNull(let error): "cannot open /dev/null here: \(error.sentence)"
        case .nowhereToMeet(onSameStack: false):
            "neither end has an address that the other could reach"
        case .nowhereToMeet(onSameStack: true):
            "both ends share a network namespace, and its loopback interface is down"
        case .legacyNeedsHost: "--legacy needs the address of this host"
        case .cannotListen(let addresses, let ports, let error):
            "cannot listen on \(addresses.map { $0.description }.joined(separator: ", "))"
                + (ports.map { ", ports \($0.lowerBound)-\($0.upperBound)" } ?? "")
                + ": \(error.sentence)"
        case .unreachable(let failures, let refusals, let only):
            "the two ends cannot reach each other\(only?.place ?? ""): "
                + SessionError.list(failures, refusals)
        case .noRendezvous(let seconds, let tried, let only):
            "the two ends did not meet\(only?.place ?? "") within \(seconds) s; tried "
                + SessionError.first(
                    tried.map { SessionError.attempt($0.caller, $0.endpoint, $0.error) },
                    separator: ", ")
        case .there(let failure, let words): SessionError.sentence(failure, words)
        case .unanswered(let flow, let end, let seconds, _):
            "flow '\(flow.rawValue)' is dead: no answer arrived \(end.rawValue) for \(seconds) s"
        }
    }

    /// Why a command here did not start.
    static func startSentence(_ role: Role, _ words: [Word], _ error: Errno) -> String {
        let name = Verdict.naming(role, words)
        return switch error {
        case .recordTooLong: "the pipe to \(name) cannot hold a whole record"
        case .notFound: "\(name) was not found"
        default: "cannot \(error.whatFailed) \(name): \(error.sentence)"
        }
    }

    private static func sentence(_ failure: Failure, _ words: [Word]) -> String {
        let name = Verdict.naming(.remote, words)
        return switch failure {
        case .terminal: "the login command gives the other end a terminal"
        case .noInput: "the login command does not forward standard input"
        case .execution(.recordTooLong): "the pipe to \(name) cannot hold a whole record there"
        case .execution(let error):
            error == .notFound
                ? "\(name) was not found there"
                : "cannot \(error.whatFailed) \(name) there: \(error.sentence)"
        case .noInterpreter(let name):
            SessionError.interpreterSentence(.remote, words, name, where: " there")
        case .protocolError(let text):
            "protocol error from here to there: \(Text.escaped(text.utf8))"
        case .signal(let signal): "the other end was terminated by \(Signal.name(signal))"
        case .stall, .unanswered: "the other end heard nothing from here for too long"
        case .resources(let text): "the other end cannot run: \(Text.escaped(text.utf8))"
        case .system(let error): "the other end cannot continue: \(error.sentence)"
        case .countsNothing: SessionError.countsNothing(.there).sentence
        case .pacing(let error): SessionError.cannotPace(.back, error).sentence
        case .noLoopback(let error): SessionError.noLoopback(.there, error).sentence
        case .socket(let obstacle): obstacle.sentence(at: .there)
        case .noSession:
            "the other host knows no such session: it has ended, or another host answers to that name"
        case .push(.machine(let system, let machine)):
            foreign(Text.quoted("\(system) on \(machine)"))
        case .push(.lacks(let program)):
            "the other host has no \(Text.quoted(program)), which --push needs"
        case .push(.noExecution):
            "the other host forbids executing what --push brings along: every folder is noexec"
        case .push(.full): "the other host has no room for the program that --push brings along"
        case .push(.nowhere):
            "the other host has no folder for the program that --push brings along"
        }
    }

    private static func foreign(_ host: String) -> String {
        "this installation has no program for the other host, \(host)"
    }

    private static func interpreterSentence(
        _ role: Role, _ words: [Word], _ name: [UInt8], where place: String
    ) -> String {
        "cannot execute \(Verdict.naming(role, words))\(place): its interpreter \(Text.quoted(name)) "
            + "is missing"
    }

    private static func range(_ protocols: ClosedRange<Int64>) -> String {
        protocols.lowerBound == protocols.upperBound
            ? "\(protocols.lowerBound)" : "\(protocols.lowerBound)-\(protocols.upperBound)"
    }

    /// What became of a call, if it is known.
    private static func attempt(_ caller: End, _ endpoint: Endpoint, _ error: Errno?) -> String {
        let reason =
            error.map { $0 == .protocolError ? "something else listens there" : $0.sentence }
        return "\(endpoint) from \(caller.rawValue)" + (reason.map { ": \($0)" } ?? "")
    }

    private static func list(
        _ failures: [(caller: End, endpoint: Endpoint, error: Errno)],
        _ refusals: [(end: End, error: Errno)]
    ) -> String {
        var lines = refusals.map { "cannot listen \($0.end.rawValue): \($0.error.sentence)" }
        for failure in failures {
            let line = attempt(failure.caller, failure.endpoint, failure.error)
            if !lines.contains(line) { lines.append(line) }
        }
        return first(lines, separator: "; ")
    }

    /// The first of many, and how many more there are.
    private static func first(_ lines: [String], separator: String) -> String {
        let count = 12
        let rest = lines.count > count ? ["and \(lines.count - count) more"] : []
        return (lines.prefix(count) + rest).joined(separator: separator)
    }
}

extension Errno {
    fileprivate var whatFailed: String { isShortage ? "start" : "execute" }
}
