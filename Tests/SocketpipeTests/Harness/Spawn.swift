import Foundation

/// Where a run's standard input comes from.
enum Input: Sendable {
    case null
    case file(String)
    /// A pipe whose other end the test holds.
    case pipe
    /// A terminal that becomes the controlling one; it takes output and errors as well.
    case terminal(Terminal)
}

/// A process that was started in a session of its own, with signals as a shell would give them.
struct Spawn {
    let pid: pid_t
    let pipe: PipeWriter?

    init(
        _ words: Words, input: Input, output: String, error: String, environment: [String: String]
    ) throws {
        let descriptors = try Descriptors(input: input, output: output, error: error)
        let variables = Words(environment.map { "\($0)=\($1)" })
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        if case .terminal(let terminal) = input {
            // The first terminal a session leader opens becomes its controlling terminal.
            unsafe posix_spawn_file_actions_addopen(&actions, 0, terminal.path, O_RDWR, 0)
            unsafe posix_spawn_file_actions_adddup2(&actions, 0, 1)
            unsafe posix_spawn_file_actions_adddup2(&actions, 0, 2)
        } else {
            for (number, descriptor) in descriptors.numbers.enumerated() {
                unsafe posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(number))
            }
        }
        // What others left open in this process is none of the run's.
        for number in Int32(3)..<64 { unsafe posix_spawn_file_actions_addclose(&actions, number) }
        var attributes = try Self.attributes()
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var child: pid_t = 0
        let code = unsafe words.withArguments { arguments in
            unsafe variables.withArguments { variables in
                unsafe posix_spawnp(
                    &child, arguments[0]!, &actions, &attributes, arguments, variables)
            }
        }
        guard code == 0 else { throw Failure("\(words.text): \(reason(code))") }
        pid = child
        pipe = descriptors.takeWriter()
    }

    /// Waits for the process, of which nobody else takes notice, and gives what `waitpid` gave.
    func status() -> Int32 {
        var status: Int32 = 0
        while unsafe waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return status
    }

    /// What a short command says on standard error if it fails, or `nil` if it does not.
    static func said(by words: Words) throws -> String? {
        let scratch = try Scratch()
        let child = try Spawn(
            words, input: .null, output: "/dev/null", error: scratch / "error",
            environment: Mark().environment)
        return child.status() == 0 ? nil : scratch.text("error")
    }

    private static func attributes() throws -> posix_spawnattr_t {
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        var none = sigset_t()
        var all = sigset_t()
        unsafe sigemptyset(&none)
        unsafe sigfillset(&all)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setsigdefault(&attributes, &all)
        // Glibc's module does not show POSIX_SPAWN_SETSID, which is 0x80.
        let flags = 0x80 | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
        return attributes
    }
}

/// The three standard descriptors of a new process, closed here once it has them.
private final class Descriptors {
    private(set) var numbers: [Int32] = []
    private var writer: PipeWriter?

    init(input: Input, output: String, error: String) throws {
        switch input {
        case .null, .terminal: numbers.append(try opened("/dev/null", O_RDONLY))
        case .file(let path): numbers.append(try opened(path, O_RDONLY))
        case .pipe:
            let pipe = try PipeWriter.pipe()
            numbers.append(pipe.reader)
            writer = pipe.writer
        }
        numbers.append(try opened(output, O_WRONLY | O_CREAT | O_TRUNC))
        numbers.append(try opened(error, O_WRONLY | O_CREAT | O_TRUNC))
    }

    deinit { for number in numbers { close(number) } }

    func takeWriter() -> PipeWriter? { writer }
}

private func opened(_ path: String, _ flags: Int32) throws -> Int32 {
    let descriptor = unsafe open(path, flags | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw Failure("\(path): \(reason(errno))") }
    // Out of the way of 0, 1 and 2, so that no dup2 overwrites another's source.
    let high = fcntl(descriptor, F_DUPFD_CLOEXEC, 10)
    close(descriptor)
    return high
}

extension Words {
    /// Lends the words as a C argument vector.
    func withArguments<Result>(
        _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var storage: [UInt8] = []
        var offsets: [Int] = []
        for word in bytes {
            offsets.append(storage.count)
            storage += word + [0]
        }
        return unsafe storage.withUnsafeMutableBytes { bytes in
            let base = unsafe bytes.bindMemory(to: CChar.self).baseAddress
            var vector: [UnsafeMutablePointer<CChar>?] = unsafe []
            for offset in offsets { unsafe vector.append(base.map { unsafe $0 + offset }) }
            unsafe vector.append(nil)
            return unsafe body(&vector)
        }
    }
}
