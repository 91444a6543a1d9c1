import Fixtures
import Glibc

/// Says that it is there, waits until a FIFO is opened for writing, and becomes a command:
/// `gate MARK FIFO|- COMMAND…`.
struct Barrier {
    private let mark: String
    private let fifo: String
    private let words: [String]

    init(_ arguments: [String]) throws {
        mark = try arguments.argument(0, "file to make")
        fifo = try arguments.argument(1, "FIFO")
        words = Array(arguments.dropFirst(2))
        _ = try words.argument(0, "command")
    }

    func run() throws {
        try write("", to: mark)
        if fifo != "-" {
            let gate = unsafe open(fifo, O_RDONLY)
            guard gate >= 0 else { throw Failure(fifo, errno: errno) }
            close(gate)
        }
        try Words(words).become()
    }
}

/// Notes what had been spent so far, and becomes a command: `begin NOTE ACCOUNTS|- COMMAND…`.
struct Opening {
    private let notePath: String
    private let accounts: String?
    private let words: [String]

    init(_ arguments: [String]) throws {
        notePath = try arguments.argument(0, "file for the note")
        let folder = try arguments.argument(1, "folder of accounts")
        accounts = folder == "-" ? nil : folder
        words = Array(arguments.dropFirst(2))
        _ = try words.argument(0, "command")
    }

    func run() throws {
        try leave(Snapshot(accounts: accounts), at: notePath)
        try Words(words).become()
    }
}

/// Runs a command in its own place and leaves what it spent: `meter NOTE COMMAND…`.
struct Meter {
    private let notePath: String
    private let words: [String]

    init(_ arguments: [String]) throws {
        notePath = try arguments.argument(0, "file for the note")
        words = Array(arguments.dropFirst())
        _ = try words.argument(0, "command")
    }

    /// Returns the command's status as a shell would.
    func run() throws -> Int32 {
        Signals.block()
        let child = try Child(inPlace: Words(words))
        var figures = ProcessFigures()
        let ending = try? child.wait(before: .max) { figures.update(child.pid) }
        // Interrupted: the command sees for itself that its other end is gone.
        guard let ending else { return 1 }
        figures.update(child.pid)
        child.reap()
        try leave(figures, at: notePath)
        return ending.code
    }
}
