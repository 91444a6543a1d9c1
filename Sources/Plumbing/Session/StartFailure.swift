import LinuxSystem

/// Why the commands of an end could not be started.
package enum StartFailure: Error, Sendable {
    case pacing(Flow, Errno)
    /// It has nothing to do with a command.
    case system(Errno)
    /// The kernel does not start it, or cannot be told by its pipe; what hinders it, where that was found.
    case command(Role, [Word], Errno, hindrance: Failure? = nil)
}

extension SessionError {
    init(_ failure: StartFailure) {
        switch failure {
        case .pacing(let flow, let error): self = .cannotPace(flow, error)
        case .system(let error): self = .system(error)
        case .command(let role, let words, let error, _): self = .cannotStart(role, words, error)
        }
    }
}

extension Failure {
    init(_ failure: StartFailure) {
        switch failure {
        case .pacing(_, let error): self = .pacing(error)
        case .system(let error): self = .system(error)
        case .command(_, _, let error, let hindrance): self = hindrance ?? .execution(error)
        }
    }
}

/// What would keep a command from being executed here.
extension Failure {
    init?(hindering command: Word, searchPath: [UInt8]?) {
        switch Executable.obstacle(to: command, searchPath: searchPath) {
        case .notFound: self = .execution(.notFound)
        case .notExecutable: self = .execution(.accessDenied)
        case .noInterpreter(let name): self = .noInterpreter(name)
        case nil: return nil
        }
    }
}
