import Glibc

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
        let child = try spawnInPlace(words)
        var figures = ProcessFigures()
        let ending = try? child.wait(before: .max) { figures.update(child.pid) }
        // Interrupted: the command sees for itself that its other end is gone.
        guard let ending else { return 1 }
        figures.update(child.pid)
        child.reap()
        try leave(figures, at: notePath)
        switch ending {
        case .exited(let status): return status
        case .killed(let signal): return 128 + signal
        }
    }
}
