import Glibc
@_exported import KernelFixtures
import LinuxSystem

// Commands are started in exit tests only: there waiting for any child, and what `Signals` does to
// the process, is nobody else's concern.

/// Ours: module Testing has one as well.
typealias ExitStatus = LinuxSystem.ExitStatus

/// A command that finds no signal blocked or ignored.
func command(_ words: [Word], _ signals: borrowing Signals) -> SpawnOrder {
    var order = SpawnOrder(words, environment: .inherited(), signals: signals)
    order.blocked = SignalSet(bits: 0)
    order.ignored = SignalSet(bits: 0)
    return order
}

func shell(
    _ script: String, _ signals: borrowing Signals, arguments: [Word] = []
) -> SpawnOrder {
    command([Word("sh"), Word("-c"), Word(script), Word("sh")] + arguments, signals)
}

/// A command that runs, and a pipe from its output.
struct Running: ~Copyable {
    let pid: CInt
    let output: OwnedDescriptor

    init(_ order: SpawnOrder) throws {
        let pipe = try Pipe()
        var order = order
        order.output = pipe.writer.borrowed
        let pid = try order.spawn()
        self.pid = pid
        output = pipe.reader
    }

    /// The next line that it says.
    func line() throws -> String {
        var bytes: [UInt8] = []
        while bytes.last != UInt8(ascii: "\n") {
            guard try becomesReady(output.borrowed, .reading) else { throw Errno.timedOut }
            let byte = try output.borrowed.read(byteCount: 1)
            if byte.isEmpty { break }
            bytes += byte
        }
        return String(decoding: bytes.filter { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    /// Waits for its end.
    func end() throws -> Finished {
        let output = try readToEnd(output.borrowed)
        return Finished(output: output, status: try status(of: pid))
    }
}

struct Finished: Equatable {
    let output: [UInt8]
    let status: ExitStatus

    var text: String { String(decoding: output, as: UTF8.self) }
    var lines: [String] { text.split(separator: "\n").map { String($0) } }
}

/// Runs a command to its end.
func run(_ order: SpawnOrder) throws -> Finished {
    try Running(order).end()
}

/// Waits until something happened to a child of ours.
func nextReaped() throws -> Reaped {
    var found: Reaped?
    guard
        try happens({
            found = Reaped.next()
            return found != nil
        }), let found
    else {
        throw Errno.timedOut
    }
    return found
}

/// Waits until a child of ours ended, the only one that may.
func status(of pid: CInt) throws -> ExitStatus {
    guard case .ended(pid, let status) = try nextReaped() else { throw Errno(ESRCH) }
    return status
}
