import LinuxSystem

/// Why the there-end cannot continue.
package enum Failure: Error, Equatable, Sendable {
    /// Its standard input or output is a terminal.
    case terminal
    /// Its standard input ended at once.
    case noInput
    /// The kernel could not execute the remote command.
    case execution(Errno)
    /// The interpreter that the kernel would start instead is missing.
    case noInterpreter([UInt8])
    /// It did not understand what we sent.
    case protocolError(String)
    case signal(CInt)
    case stall
    /// The peer's kernel left a flow unanswered, though the control channel lives.
    case unanswered(Flow, pathHint: String?)
    case resources(String)
    /// The kernel refused something that has nothing to do with the command.
    case system(Errno)
    /// The kernel does not count the bytes of a connection.
    case countsNothing
    /// The kernel refuses to limit the rate of the remote command's output.
    case pacing(Errno)
    /// There is no loopback interface for a flow that goes through the login.
    case noLoopback(Errno)
    /// What was pushed does not run there.
    case push(PushObstacle)
    /// The kernel refuses what its sockets must have.
    case socket(SocketObstacle)
    /// There is no such session to go on with.
    case noSession
}

/// Why the script of a push could not start the program.
package enum PushObstacle: Equatable, Sendable {
    /// There is no program for that host.
    case machine(system: String, machine: String)
    /// There is no such program for the script.
    case lacks(String)
    /// Every folder that takes the program forbids to execute it.
    case noExecution
    /// No folder has room for it.
    case full
    /// There is no folder to write into.
    case nowhere
}

extension Failure {
    /// The error that keeps the remote command from running.
    var errno: Errno? {
        switch self {
        case .execution(let error): error
        case .noInterpreter: .notFound
        default: nil
        }
    }

    var interpreter: [UInt8]? {
        if case .noInterpreter(let name) = self { name } else { nil }
    }

    /// - Parameter key: The field with the errno of a command that cannot run.
    init(_ line: ControlLine, errno key: String) throws(ControlError) {
        let error = Errno(try line.small(key))
        self = line.optionalBytes("interpreter").map { .noInterpreter($0) } ?? .execution(error)
    }

    var line: ControlLine {
        let line = ControlLine("failed")
        return switch self {
        case .terminal: line.with("cause", "terminal")
        case .noInput: line.with("cause", "input")
        case .execution(let error): line.with("cause", "exec").with("errno", error.code)
        case .noInterpreter(let name):
            line.with("cause", "exec").with("errno", errno?.code).with("interpreter", name)
        case .protocolError(let text): line.with("cause", "protocol").with("detail", text)
        case .signal(let signal): line.with("cause", "signal").with("signal", signal)
        case .stall: line.with("cause", "stall")
        case .unanswered(let flow, let hint):
            hint.map { stalled(flow).with("hint", $0) } ?? stalled(flow)
        case .resources(let text): line.with("cause", "resources").with("detail", text)
        case .system(let error): line.with("cause", "system").with("errno", error.code)
        case .countsNothing: line.with("cause", "counts")
        case .pacing(let error): line.with("cause", "pacing").with("errno", error.code)
        case .noLoopback(let error):
            line.with("cause", "loopback").with("errno", error.code)
        case .push(.machine(let system, let machine)):
            line.with("cause", "machine").with("system", system).with("machine", machine)
        case .push(.lacks(let program)): line.with("cause", "lacks").with("program", program)
        case .push(.noExecution): line.with("cause", "noexec")
        case .push(.full): line.with("cause", "full")
        case .push(.nowhere): line.with("cause", "nowhere")
        case .socket(let obstacle): obstacle.fields(on: line)
        case .noSession: line.with("cause", "no-session")
        }
    }

    init(_ line: ControlLine) throws(ControlError) {
        switch try line.text("cause") {
        case "terminal": self = .terminal
        case "input": self = .noInput
        case "exec":
            self = try Failure(line, errno: "errno")
        case "protocol": self = .protocolError(try line.text("detail"))
        case "signal": self = .signal(try line.small("signal"))
        case "stall": self = try Failure.stall(line)
        case "resources": self = .resources(try line.text("detail"))
        case "system": self = .system(Errno(try line.small("errno")))
        case "counts": self = .countsNothing
        case "pacing": self = .pacing(Errno(try line.small("errno")))
        case "loopback": self = .noLoopback(Errno(try line.small("errno")))
        case "machine":
            self = .push(
                .machine(system: try line.text("system"), machine: try line.text("machine")))
        case "lacks": self = .push(.lacks(try line.text("program")))
        case "noexec": self = .push(.noExecution)
        case "full": self = .push(.full)
        case "nowhere": self = .push(.nowhere)
        case "no-session": self = .noSession
        case "mss", "window", "congestion", "dscp": self = .socket(try SocketObstacle(line))
        default: throw .malformed(line.encoded)
        }
    }

    /// An end that knows no flows reads it as the other stall.
    private func stalled(_ flow: Flow) -> ControlLine {
        ControlLine("failed").with("cause", "stall").with("flow", flow.rawValue)
    }

    private static func stall(_ line: ControlLine) throws(ControlError) -> Failure {
        guard line.optionalBytes("flow") != nil else { return .stall }
        let hint = line.optionalBytes("hint").map { String(decoding: $0, as: UTF8.self) }
        return .unanswered(try line.flow(), pathHint: hint)
    }
}

extension SocketObstacle {
    fileprivate func fields(on line: ControlLine) -> ControlLine {
        switch self {
        case .segment(let error): line.with("cause", "mss").with("errno", error.code)
        case .buffer(let buffer, let wanted, let limit):
            line.with("cause", "window").with("buffer", buffer.rawValue).with("wanted", wanted)
                .with("limit", limit)
        case .congestionControl(let name, let error, let choices):
            line.with("cause", "congestion").with("name", name).with("errno", error.code)
                .with("choices", choices)
        case .codePoint(let error): line.with("cause", "dscp").with("errno", error.code)
        }
    }

    fileprivate init(_ line: ControlLine) throws(ControlError) {
        switch try line.text("cause") {
        case "window":
            guard let buffer = SocketOptions.Buffer(rawValue: try line.text("buffer")) else {
                throw .malformed(line.encoded)
            }
            self = .buffer(
                buffer, wanted: Int(try line.integer("wanted")),
                limit: Int(try line.integer("limit")))
        case "congestion":
            self = .congestionControl(
                try line.text("name"), Errno(try line.small("errno")),
                choices: try line.text("choices"))
        case "dscp": self = .codePoint(Errno(try line.small("errno")))
        default: self = .segment(Errno(try line.small("errno")))
        }
    }
}
