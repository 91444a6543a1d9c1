import CConfinement
import Glibc
import LinuxSystem
import Testing

/// What works on a kernel that lets this process use io_uring.
let hasRings: Bool = RingAvailability.here() == .available
let withoutRings: Comment = "io_uring cannot be used here"

extension Ring {
    /// A ring with two small blocks.
    static func small(entries: UInt32 = 4) throws -> Ring {
        try Ring(entries: entries, blockCount: 2, blockSize: 4096)
    }

    /// A small ring that is set up in one way; cancels the test where the kernel does not know it.
    static func setUp(_ setup: RingSetup) throws -> Ring {
        do throws(Errno) {
            return try Ring(entries: 4, blockCount: 2, blockSize: 4096, setups: [setup])
        } catch {
            guard error == .invalid else { throw error }
            try Test.cancel("this kernel cannot set up a ring as \(setup)")
        }
    }

    /// The next completion, after `poll` said that there is one.
    func awaitCompletion() throws -> Completion {
        let end = Instant.now + patience
        while Instant.now < end {
            var readiness = Readiness()
            readiness.watch(number, .reading)
            try readiness.wait(until: end)
            if readiness[number].isReady, let completion = nextCompletion() { return completion }
        }
        throw Errno.timedOut
    }

    /// Hands over the one operation that was queued, and waits for it.
    ///
    /// - Returns: The number of bytes moved.
    func run(_ isQueued: Bool) throws -> Int {
        try #require(isQueued)
        try submit()
        return try awaitCompletion().result.get()
    }

    /// Puts bytes into a block.
    func fill(_ block: Int, _ bytes: [UInt8]) throws {
        let pipe = try Pipe()
        try Descriptor.writeAll(pipe.writer.number, bytes)
        let count = try run(read(from: pipe.reader.number, into: block, offset: nil, tag: 0))
        try #require(count == bytes.count)
    }
}

/// Makes the kernel answer a system call of this thread with an error.
func forbid(_ call: confine_call, _ error: CInt) throws {
    guard confine_forbid(call, error) == 0 else { throw Errno.current }
}
