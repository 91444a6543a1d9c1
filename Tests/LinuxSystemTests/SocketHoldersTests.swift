import Glibc
import LinuxSystem
import Testing

/// Who still has a flow's socket: on this hangs when its end of stream is sent.
@Suite struct SocketHoldersTests {
    /// A child that has the socket at 0 and closes it when it is told to.
    private static func holder(
        of socket: Descriptor, _ orders: Descriptor, _ signals: borrowing Signals
    ) throws -> Running {
        var order = shell(
            "echo has; read line <&2; exec </dev/null; echo closed; read line <&2", signals)
        order.input = socket
        order.error = orders
        return try Running(order)
    }

    @Test func `a child holds the socket until it closes it`() async {
        await #expect(processExitsWith: .success) {
            let signals = try Signals()
            let pair = try Connection()
            let orders = try Pipe()
            let inode = pair.accepted.borrowed.inode
            let child = try SocketHoldersTests.holder(
                of: pair.accepted.borrowed, orders.reader.borrowed, signals)
            #expect(try child.line() == "has")
            #expect(Proc.sight(of: child.pid, .socket(inode)) == .holds)
            #expect(
                Proc.sight(of: child.pid, .socket(pair.dialled.borrowed.inode)) == .free)
            try orders.writer.borrowed.writeAll([10])
            #expect(try child.line() == "closed")
            #expect(Proc.sight(of: child.pid, .socket(inode)) == .free)
            #expect(Proc.sight(of: Process.number, .socket(inode)) == .holds, "we have it still")
            try orders.writer.borrowed.writeAll([10])
            #expect(try child.end().status == .exited(0))
        }
    }

    @Test func `a grandchild that was left behind holds the socket`() async {
        await #expect(processExitsWith: .success) {
            try Process.adoptOrphans()
            let signals = try Signals()
            let pair = try Connection()
            let inode = pair.accepted.borrowed.inode
            let orders = try Pipe()
            var order = shell("(read line <&2) & echo $!", signals)
            order.output = pair.accepted.borrowed
            order.error = orders.reader.borrowed
            let parent = try order.spawn()
            #expect(try status(of: parent) == .exited(0))
            let holders = Proc.descendants().filter { Proc.sight(of: $0, .socket(inode)) == .holds }
            #expect(holders.count == 1)
            try orders.writer.borrowed.writeAll([10])
            #expect(try status(of: holders.first ?? 0) == .exited(0))
        }
    }

    @Test func `a process that ended holds nothing, reaped or not`() async {
        await #expect(processExitsWith: .success) {
            let signals = try Signals()
            let pair = try Connection()
            let inode = pair.accepted.borrowed.inode
            var order = command([Word("sleep"), Word("60")], signals)
            order.input = pair.accepted.borrowed
            let pid = try order.spawn()
            #expect(Proc.sight(of: pid, .socket(inode)) == .holds)
            #expect(!Proc.isEnding(pid))
            Process.signal(pid, Signal.kill)
            #expect(try happens { Proc.state(of: pid) == "Z" })
            #expect(Proc.sight(of: pid, .socket(inode)) != .holds)
            #expect(Proc.isEnding(pid))
            #expect(try status(of: pid) == .killed(signal: Signal.kill))
            #expect(Proc.sight(of: pid, .socket(inode)) == .gone)
            #expect(Proc.isEnding(pid))
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root can become somebody else"))
    func `a process that cannot be looked into is told as such`() async {
        await #expect(processExitsWith: .success) {
            #expect(setuid(65534) == 0)
            #expect(Proc.sight(of: 1, .socket(1)) == .unseen)
            // Gone is not unreadable.
            #expect(Proc.sight(of: CInt.max, .socket(1)) == .gone)
        }
    }

    @Test func `a process whose first thread has ended holds with the others`() async {
        await #expect(processExitsWith: .success) {
            let pair = try Connection()
            let inode = pair.accepted.borrowed.inode
            // The first thread waits for signals, which the others block.
            _ = signal(SIGUSR1) { _ in pthread_exit(nil) }
            Process.signal(Process.number, SIGUSR1)
            let hasEnded = try happens { Proc.state(of: Process.number) == "Z" }
            #expect(hasEnded)
            #expect(Proc.sight(of: Process.number, .socket(inode)) == .holds)
        }
    }

    @Test(
        .enabled(if: descriptorLimit().rlim_max >= 6000, "fewer than 6000 descriptors are allowed"))
    func `a socket above thousands of other descriptors is found`() async {
        await #expect(processExitsWith: .success) {
            var limit = descriptorLimit()
            limit.rlim_cur = 6000
            _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            let pair = try Connection()
            let inode = pair.accepted.borrowed.inode
            // Ours are moved up: what counts is the place in the list.
            for number in CInt(50)..<5900 where !isOpen(Descriptor(number: number)) {
                _ = dup2(2, number)
            }
            let high = fcntl(pair.accepted.number, F_DUPFD_CLOEXEC, 5950)
            #expect(high >= 5950)
            try pair.accepted.borrowed.replace(with: .standardError)
            #expect(Proc.sight(of: Process.number, .socket(inode)) == .holds)
        }
    }
}

private func descriptorLimit() -> rlimit {
    var limit = rlimit()
    _ = unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    return limit
}
