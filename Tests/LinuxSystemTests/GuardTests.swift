import Glibc
import LinuxSystem
import Testing

@Suite struct GuardTests {
    /// A command in the guard's group that leaves a child of its own in the background.
    private static func start(
        in guarding: Guard, _ signals: borrowing Signals
    ) throws -> Running {
        var order = shell("sleep 60 & echo ready; wait", signals)
        order.grouping = .group(of: guarding.leader)
        // So that only the guard can be what ends it.
        order.parentDeathSignal = 0
        let running = try Running(order)
        guard try running.line() == "ready" else { throw Errno.timedOut }
        return running
    }

    @Test func `the guard leads a group of its own, with nothing of ours open`() async {
        await #expect(processExitsWith: .success) {
            let pipe = try Pipe()
            let guarding = try Guard()
            let leader = guarding.leader
            #expect(getpgid(leader) == leader)
            #expect(getpgid(0) != leader)
            let isBare = try happens { Proc.numbers(in: "/proc/\(leader)/fd") == [0] }
            #expect(isBare)
            #expect(pipe.reader.number > 2)
            guarding.dismiss()
        }
    }

    @Test func `the whole group ends when the guard's owner lets go`() async {
        await #expect(processExitsWith: .success) {
            try Process.adoptOrphans()
            let signals = try Signals()
            var guarding: Guard? = try Guard()
            let running: Running
            if let guarding {
                running = try GuardTests.start(in: guarding, signals)
            } else {
                return
            }
            #expect(Proc.descendants().count == 3)
            guarding = nil
            var endings: [ExitStatus] = []
            while endings.count < 3 {
                if case .ended(_, let status) = try nextReaped() { endings.append(status) }
            }
            #expect(endings.allSatisfy { $0 == .killed(signal: SIGKILL) })
            #expect(try readToEnd(running.output.borrowed) == [])
        }
    }

    @Test func `a guard that is dismissed leaves its group alone`() async {
        await #expect(processExitsWith: .success) {
            let signals = try Signals()
            let guarding = try Guard()
            let leader = guarding.leader
            let running = try GuardTests.start(in: guarding, signals)
            guarding.dismiss()
            #expect(try nextReaped() == .ended(pid: leader, .killed(signal: SIGKILL)))
            #expect(Proc.state(of: running.pid) != nil)
            #expect(Reaped.next() == nil)
            Process.signal(-leader, Signal.kill)
            #expect(try running.end().status == .killed(signal: SIGKILL))
        }
    }

    @Test func `the group ends when its owner is killed by -9`() async throws {
        // The owner is a process of its own, whose death is to be seen from outside.
        let output = try ScratchFile([])
        let path = output.path
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let signals = try Signals()
            let guarding = try Guard()
            let running = try GuardTests.start(in: guarding, signals)
            let file = try OwnedDescriptor.open(Path(path), .writingNew)
            let told = "\(running.pid) " + Proc.descendants().map { "\($0)" }.joined(separator: " ")
            try file.borrowed.writeAll([UInt8](told.utf8))
            raise(SIGKILL)
        }
        let told = String(decoding: output.contents, as: UTF8.self)
        let pids = told.split(separator: " ").compactMap { CInt($0) }
        #expect(pids.count == 4)
        // Whoever adopted them may be slow to reap: a zombie has ended.
        #expect(try happens { pids.allSatisfy { [nil, "Z"].contains(Proc.state(of: $0)) } })
    }

    @Test func `a process that it watches ends with its children, one that ended is forgotten`()
        async
    {
        await #expect(processExitsWith: .success) {
            try Process.adoptOrphans()
            let signals = try Signals()
            var guarding: Guard? = try Guard()
            var order = shell("sleep 60 & echo ready; wait", signals)
            order.guarding = guarding
            let watched = try Running(order)
            // Without the mark, by which it would be found all the same.
            let words = ["env", "-u", "SOCKETPIPE_GUARD", "sh", "-c", "echo ready; exec sleep 60"]
            order = command(words.map { Word($0) }, signals)
            order.guarding = guarding
            let forgotten = try Running(order)
            order.guarding = nil
            #expect(try watched.line() == "ready")
            #expect(try forgotten.line() == "ready")
            guarding?.forget(forgotten.pid)
            guarding = nil
            var ended: [CInt] = []
            // The shell, its sleep and the guard itself.
            while ended.count < 3 {
                if case .ended(let pid, _) = try nextReaped() { ended.append(pid) }
            }
            #expect(ended.contains(watched.pid))
            #expect(!ended.contains(forgotten.pid))
            Process.signal(forgotten.pid, Signal.kill)
        }
    }

    @Test func `a pipe that it keeps has no end until it is told`() async {
        await #expect(processExitsWith: .success) {
            let pipe = try Pipe()
            let reader = pipe.reader
            let writer = pipe.writer
            let guarding = try Guard(keeping: [writer.borrowed])
            let descriptor = writer.borrowed
            _ = consume writer
            try reader.setNonblocking(true)
            #expect(throws: Errno.wouldBlock) {
                try reader.borrowed.read(byteCount: 1)
            }
            guarding.close(descriptor)
            #expect(
                try happens { (try? reader.borrowed.read(byteCount: 1)) == [] })
            guarding.dismiss()
        }
    }
}
