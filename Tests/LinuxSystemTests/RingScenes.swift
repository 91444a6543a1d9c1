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
            readiness.watch(descriptor, .reading)
            try readiness.wait(until: end)
            // A wait that only its end made look again was not woken.
            guard Instant.now < end else { break }
            if readiness[descriptor].isReady, let completion = nextCompletion() {
                return completion
            }
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
        try pipe.writer.borrowed.writeAll(bytes)
        let count = try run(read(from: pipe.reader.borrowed, into: block, offset: nil, tag: 0))
        try #require(count == bytes.count)
    }
}

/// Makes the kernel answer a system call of this thread with an error.
func forbid(_ call: confine_call, _ error: CInt) throws {
    guard confine_forbid(call, error) == 0 else { throw Errno.current }
}

/// What `/proc` shows of rings.
enum Scene {
    /// The thread that calls.
    static func thread() throws -> CInt {
        var name = [CChar](repeating: 0, count: 64)
        let count = unsafe readlink("/proc/thread-self", &name, name.count)
        let text = String(decoding: name.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return try #require(CInt(text.split(separator: "/").last ?? ""))
    }

    /// Whether a thread of this process sleeps in `poll`; or anywhere, where the kernel hides it.
    static func polls(_ thread: CInt) -> Bool {
        guard Proc.state(of: thread) == "S" else { return false }
        let place = text("/proc/self/task/\(thread)/wchan")
        // A thread that runs is at 0 too: look again whether it does.
        return place.contains("poll") || place == "0" && Proc.state(of: thread) == "S"
    }

    /// Waits until a worker of this process's rings stands still in the midst of an operation: `S`
    /// where a signal would reach it, `D` where none does.
    static func workerStands(_ state: String) throws -> Bool {
        try happens {
            Proc.numbers(in: "/proc/self/task").contains { task in
                text("/proc/self/task/\(task)/comm").hasPrefix("iou-wrk")
                    && text("/proc/self/task/\(task)/wchan") != "io_wq_worker"
                    && Proc.state(of: CInt(task)) == state
            }
        }
    }

    /// The memory that a fork does not copy.
    static func unforkedBytes() throws -> Int {
        var (total, size) = (0, 0)
        for line in text("/proc/self/smaps").split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.first == "Size:" { size = try #require(Int(words[1])) * 1024 }
            if words.first == "VmFlags:", words.contains("dc") { total += size }
        }
        return total
    }

    static func holdsRing(_ process: CInt) -> Bool {
        text("/proc/\(process)/maps").contains("io_uring")
    }

    private static func text(_ path: String) -> String {
        String(decoding: Proc.contents(of: path, limit: 1 << 22) ?? [], as: UTF8.self)
    }
}
