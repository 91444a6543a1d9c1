import Fixtures
import Glibc

/// What a caller measured.
struct CallNote: Codable {
    let roundTrips: Int
    let seconds: Double
}

/// Sends one message after another, each when the answer to the last has come:
/// `call NOTE COUNT SIZE TOKENS`.
///
/// The answers arrive at a `Hearer`, which tells us by a token in the FIFO; so caller and hearer
/// can be two commands of one pipeline, as every contender needs them.
struct Caller {
    private let notePath: String
    private let count: Int
    private let message: [UInt8]
    private let tokens: String

    init(_ arguments: [String]) throws {
        notePath = try arguments.argument(0, "file for the note")
        count = try arguments.number(1, "number of messages")
        message = [UInt8](repeating: 0x2E, count: max(1, try arguments.number(2, "size")))
        tokens = try arguments.argument(3, "FIFO")
    }

    func run() throws {
        // For writing as well: so neither side waits for the other to open it.
        let answers = unsafe open(tokens, O_RDWR | O_CLOEXEC)
        guard answers >= 0 else { throw Failure(tokens, errno: errno) }
        // The first finds the way; it is none of the measured ones.
        try exchange(answers)
        let start = monotonicNanoseconds()
        for _ in 0..<count { try exchange(answers) }
        let seconds = (monotonicNanoseconds() - start).seconds
        try leave(CallNote(roundTrips: count, seconds: seconds), at: notePath)
    }

    private func exchange(_ answers: Int32) throws {
        guard writeAll(message[...], to: 1) else { throw Failure("output", errno: errno) }
        guard readExactly(1, from: answers) else { throw Failure("no answer came") }
    }
}

/// Puts a token in the FIFO for each answer: `hear SIZE TOKENS`.
struct Hearer {
    private let size: Int
    private let tokens: String

    init(_ arguments: [String]) throws {
        size = max(1, try arguments.number(0, "size"))
        tokens = try arguments.argument(1, "FIFO")
    }

    func run() throws {
        let answers = unsafe open(tokens, O_RDWR | O_CLOEXEC)
        guard answers >= 0 else { throw Failure(tokens, errno: errno) }
        while readExactly(size, from: 0) { _ = writeAll([0x2E], to: answers) }
    }
}

/// Sends back what comes, at once: `echo`.
struct Echo {
    init(_ arguments: [String]) throws {}

    func run() throws {
        var space = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = unsafe space.withUnsafeMutableBytes { space in
                unsafe read(0, space.baseAddress, space.count)
            }
            guard count > 0 else { return }
            guard writeAll(space[..<count], to: 1) else { throw Failure("output", errno: errno) }
        }
    }
}

/// False at the end of the stream, and at an error.
private func readExactly(_ count: Int, from descriptor: Int32) -> Bool {
    var space = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
        let count = unsafe space.withUnsafeMutableBytes { space in
            unsafe read(descriptor, space.baseAddress! + filled, space.count - filled)
        }
        guard count > 0 else { return false }
        filled += count
    }
    return true
}
