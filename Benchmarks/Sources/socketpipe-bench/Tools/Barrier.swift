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
        try become(words)
    }
}
