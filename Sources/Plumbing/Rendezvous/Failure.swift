import LinuxSystem

/// Why the there-end cannot go on.
package enum Failure: Error, Equatable, Sendable {
    /// Its standard input or output is a terminal.
    case terminal
    /// Its standard input was at its end at once.
    case noInput
    /// The remote command could not be executed.
    case execution(Errno)
    /// We sent what it did not understand.
    case protocolError(String)
    case signal(CInt)
    case stall
    case resources(String)
    /// The kernel refused us something that has nothing to do with the command.
    case system(Errno)
    /// The kernel does not tell what went through a connection.
    case countsNothing
    /// The rate of what the remote command sends cannot be bounded.
    case pacing(Errno)
}

extension Failure {
    var line: ControlLine {
        let line = ControlLine("failed")
        return switch self {
        case .terminal: line.with("cause", "terminal")
        case .noInput: line.with("cause", "input")
        case .execution(let error): line.with("cause", "exec").with("errno", error.code)
        case .protocolError(let text): line.with("cause", "protocol").with("detail", text)
        case .signal(let signal): line.with("cause", "signal").with("signal", signal)
        case .stall: line.with("cause", "stall")
        case .resources(let text): line.with("cause", "resources").with("detail", text)
        case .system(let error): line.with("cause", "system").with("errno", error.code)
        case .countsNothing: line.with("cause", "counts")
        case .pacing(let error): line.with("cause", "pacing").with("errno", error.code)
        }
    }

    init(_ line: ControlLine) throws(ControlError) {
        switch try line.text("cause") {
        case "terminal": self = .terminal
        case "input": self = .noInput
        case "exec": self = .execution(Errno(try line.small("errno")))
        case "protocol": self = .protocolError(try line.text("detail"))
        case "signal": self = .signal(try line.small("signal"))
        case "stall": self = .stall
        case "resources": self = .resources(try line.text("detail"))
        case "system": self = .system(Errno(try line.small("errno")))
        case "counts": self = .countsNothing
        case "pacing": self = .pacing(Errno(try line.small("errno")))
        default: throw .malformed(line.encoded)
        }
    }
}
