import LinuxSystem
import Testing

@Suite struct GrownPipeTests {
    /// Before Linux 6.7 a pipe that grows only once leaves its writer asleep.
    @Test(.timeLimit(.minutes(1)))
    func `a writer that sleeps on a full pipe goes on when the pipe grows`() async {
        await #expect(processExitsWith: .success) {
            let pipe = try Pipe()
            let signals = try Signals()
            var order = shell("exec head -c 200000 /dev/zero", signals)
            order.output = pipe.writer.borrowed
            let pid = try order.spawn()
            let reader = pipe.reader.borrowed
            while reader.queuedByteCount < 65536 || !isAsleep(pid) {}
            #expect(reader.queuedByteCount == 65536)
            Pipe.grow(reader, to: 1 << 20)
            // Without a byte being read.
            while reader.queuedByteCount < 200_000 {}
        }
    }

    @Test func `a pipe never gets smaller, and what is no pipe stays as it is`() throws {
        let pipe = try Pipe(capacity: 256 << 10)
        Pipe.grow(pipe.reader.borrowed, to: 64 << 10)
        #expect(pipe.capacity == 256 << 10)
        Pipe.grow(.closed, to: 64 << 10)
    }
}

/// Whether a process waits, for room in this case.
private func isAsleep(_ pid: CInt) -> Bool {
    Proc.contents(of: "/proc/\(pid)/stat")?.split(separator: UInt8(ascii: " ")).dropFirst(2).first?
        .elementsEqual("S".utf8) == true
}
