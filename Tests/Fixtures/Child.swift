import Glibc

/// How a process ended.
package enum Exit: Equatable, Sendable, CustomStringConvertible {
    case status(Int32)
    case signal(Int32)
    /// We had to end it.
    case overran

    package var description: String {
        switch self {
        case .status(let status): "ended with status \(status)"
        case .signal(let signal): "was ended by signal \(signal)"
        case .overran: "did not end in time"
        }
    }

    /// As a shell tells it.
    package var code: Int32 {
        switch self {
        case .status(let status): status
        case .signal(let signal): 128 + signal
        case .overran: 128 + SIGKILL
        }
    }
}

/// Where the standard descriptors of a new process lead.
package struct Streams {
    package enum Input {
        case file(String)
        case descriptor(Int32)
        /// A terminal that becomes the controlling one; it takes output and errors as well.
        case terminal(String)
    }

    package var input: Input
    package var output: String
    package var error: String

    package init(
        input: Input = .file("/dev/null"), output: String = "/dev/null", error: String = "/dev/null"
    ) {
        self.input = input
        self.output = output
        self.error = error
    }
}

/// A process that we started, with signals as a shell would give them, and have not reaped.
package struct Child: Sendable {
    package enum Leading { case group, session }

    package let pid: pid_t

    /// - Parameters:
    ///   - environment: Ours unless given.
    package init(
        _ words: Words, _ streams: Streams, environment: [String: String]? = nil,
        leading: Leading = .group
    ) throws {
        let flags = leading == .group ? Int32(POSIX_SPAWN_SETPGROUP) : Self.newSession
        unsafe try self.init(words, flags, environment) { actions in
            try unsafe streams.arrange(&actions)
            // What others left open in this process is none of the child's.
            for number in Int32(3)..<64 {
                unsafe posix_spawn_file_actions_addclose(&actions, number)
            }
        }
    }

    /// Starts a command in our place: with our descriptors and in our group.
    package init(inPlace words: Words) throws {
        unsafe try self.init(words, 0, nil) { _ in }
    }

    private init(
        _ words: Words, _ flags: Int32, _ environment: [String: String]?,
        arrange: (inout posix_spawn_file_actions_t) throws -> Void
    ) throws {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        try unsafe arrange(&actions)
        var attributes = Self.attributes(flags)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var child: pid_t = 0
        let variables = environment.map { Words($0.map { "\($0)=\($1)" }) }
        let code = unsafe words.withArguments { arguments in
            guard let variables else {
                return unsafe posix_spawnp(
                    &child, arguments[0]!, &actions, &attributes, arguments, environ)
            }
            return unsafe variables.withArguments { variables in
                unsafe posix_spawnp(
                    &child, arguments[0]!, &actions, &attributes, arguments, variables)
            }
        }
        guard code == 0 else { throw Failure(words.text, errno: code) }
        pid = child
    }

    /// Glibc's module does not show POSIX_SPAWN_SETSID.
    private static let newSession: Int32 = 0x80

    private static func attributes(_ flags: Int32) -> posix_spawnattr_t {
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        var (none, all) = (sigset_t(), sigset_t())
        unsafe sigemptyset(&none)
        unsafe sigfillset(&all)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setsigdefault(&attributes, &all)
        let signals = Int32(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)
        unsafe posix_spawnattr_setflags(&attributes, Int16(flags | signals))
        return attributes
    }
}

extension Streams {
    fileprivate func arrange(_ actions: inout posix_spawn_file_actions_t) throws {
        switch input {
        case .file(let path):
            unsafe posix_spawn_file_actions_addopen(&actions, 0, path, O_RDONLY, 0)
        case .descriptor(let number): unsafe posix_spawn_file_actions_adddup2(&actions, number, 0)
        case .terminal(let path):
            // The first terminal a session leader opens becomes its controlling terminal.
            unsafe posix_spawn_file_actions_addopen(&actions, 0, path, O_RDWR, 0)
            for number in Int32(1)...2 {
                unsafe posix_spawn_file_actions_adddup2(&actions, 0, number)
            }
            return
        }
        let made = O_WRONLY | O_CREAT | O_TRUNC
        unsafe posix_spawn_file_actions_addopen(&actions, 1, output, made, 0o644)
        unsafe posix_spawn_file_actions_addopen(&actions, 2, error, made, 0o644)
    }
}

extension Child {
    /// How it ended; `nil` while it runs. It stays a zombie, whose figures can still be read.
    package var exit: Exit? { exit(WNOHANG) }

    /// Blocks the thread until it has ended.
    package func awaitExit() -> Exit {
        while true { if let exit = exit(0) { return exit } }
    }

    private func exit(_ flags: Int32) -> Exit? {
        var info = unsafe siginfo_t()
        guard unsafe waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT | flags) == 0,
            unsafe info.si_signo == SIGCHLD
        else { return nil }
        let status = unsafe info._sifields._sigchld.si_status
        return unsafe info.si_code == CLD_EXITED ? .status(status) : .signal(status)
    }

    package func reap() {
        while waitpid(pid, nil, 0) < 0, errno == EINTR {}
    }

    /// Ends the process group it leads, and reaps it.
    package func destroy() {
        kill(-pid, SIGKILL)
        reap()
    }

    /// Waits until it ends; `nil` if it does not before the deadline.
    /// - Parameter tick: Called now and then in the meantime.
    package func wait(before deadline: Int64, tick: () -> Void = {}) throws -> Exit? {
        while true {
            if let exit { return exit }
            let left = deadline - monotonicNanoseconds()
            guard left > 0 else { return nil }
            tick()
            try Signals.wait(nanoseconds: min(left, 50_000_000))
        }
    }
}

/// What a short command said, and how it ended.
package struct Said {
    package let exit: Exit
    package let output: String
    package let error: String

    /// Runs it to its end.
    package init(
        _ words: Words, environment: [String: String]? = nil, within seconds: Int64 = 30
    ) throws {
        let scratch = try Scratch()
        let streams = Streams(output: scratch / "output", error: scratch / "error")
        let child = try Child(words, streams, environment: environment, leading: .session)
        defer { child.destroy() }
        let deadline = monotonicNanoseconds() + seconds * 1_000_000_000
        exit = try child.wait(before: deadline) ?? .overran
        output = scratch.text("output") ?? ""
        error = scratch.text("error") ?? ""
    }

    /// Runs a command that must succeed, and gives what it printed.
    @discardableResult
    package static func must(_ words: Words, within seconds: Int64 = 30) throws -> String {
        let said = try Said(words, within: seconds)
        guard said.exit == .status(0) else {
            throw Failure("\(words.text) \(said.exit): \(said.error.tail)")
        }
        return said.output
    }
}

extension String {
    /// Its last lines, as one.
    package var tail: String {
        split(whereSeparator: \.isNewline).suffix(3).joined(separator: "; ")
    }
}
