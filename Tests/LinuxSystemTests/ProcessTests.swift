import CConfinement
import CLinux
import Glibc
import LinuxSystem
import Testing

@Suite struct ProcessTests {
    @Test func `this process has its own number and its parent's`() {
        #expect(Process.number == getpid())
        #expect(Process.parent == getppid())
    }

    @Test func `becoming a command leaves nothing of us`() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let environment = Environment(entries: [[UInt8]("NUMBER=7".utf8)])
            let words = ["/bin/sh", "-c", "exit $NUMBER"].map { Word($0) }
            let error = Process.become(words, environment: environment)
            Issue.record(error)
        }
    }

    @Test func `a command that is not there leaves us as we are`() {
        let error = Process.become([Word("nosuchcommand")], environment: .inherited())
        #expect(error == .notFound)
    }

    @Test func `leaving ends the process with the status`() async {
        await #expect(processExitsWith: .exitCode(121)) { Process.exit(121) }
    }

    @Test(arguments: [256, -1, 512] as [CInt])
    func `a status that no process can have is never a success`(status: CInt) async {
        await #expect(processExitsWith: .exitCode(255)) { [status] in Process.exit(status) }
    }

    /// Whether a process was asked about before it was signalled.
    private static func signal(_ pid: CInt, _ signal: CInt, meaning isMeant: Bool) -> Bool {
        var wasAsked = false
        Process.signal(pid, signal) {
            wasAsked = true
            return isMeant
        }
        return wasAsked
    }

    @Test func `a signal goes only to the intended process`() async {
        await #expect(processExitsWith: .success) {
            let signals = try Signals()
            let pid = try command([Word("sleep"), Word("60")], signals).spawn()
            #expect(ProcessTests.signal(pid, Signal.kill, meaning: false))
            #expect(ProcessTests.signal(pid, SIGSTOP, meaning: true))
            #expect(try happens { Proc.state(of: pid) == "T" })
            #expect(ProcessTests.signal(pid, Signal.kill, meaning: true))
            #expect(try status(of: pid) == .killed(signal: Signal.kill))
            #expect(!ProcessTests.signal(pid, Signal.kill, meaning: true))
        }
    }

    /// Signals a process that ends as it was asked about, and leaves its number to the next.
    private static func signalWhoEnds(_ pid: CInt, _ signal: CInt) -> CInt {
        var next: CInt = 0
        Process.signal(pid, signal) {
            Process.signal(pid, Signal.kill)
            while Reaped.next() == nil {}
            next = confine_child_numbered(pid)
            return true
        }
        return next
    }

    @Test(.enabled(if: geteuid() == 0, "to choose a process's number needs root"))
    func `a process that got the number of an ended one is spared`() async {
        await #expect(processExitsWith: .success) {
            let signals = try Signals()
            let pid = try command([Word("sleep"), Word("60")], signals).spawn()
            #expect(ProcessTests.signalWhoEnds(pid, Signal.terminate) == pid)
            // One that a signal was on its way to would not be stopped by the next.
            Process.signal(pid, SIGSTOP)
            #expect(try nextReaped() == .stopped(pid: pid, signal: SIGSTOP))
            Process.signal(pid, Signal.kill)
        }
    }

    @Test func `a signal to a process that is gone is no error`() async {
        await #expect(processExitsWith: .success) {
            Process.signal(CInt.max, Signal.terminate)
            Process.signal(-CInt.max, Signal.terminate)
        }
    }

    @Test func `a signal reaches a whole group`() async {
        await #expect(processExitsWith: .success) {
            let signals = try Signals()
            var order = shell("sleep 60 & echo ready; wait", signals)
            order.grouping = .ownSession
            let running = try Running(order)
            #expect(try running.line() == "ready")
            Process.signal(-running.pid, Signal.kill)
            // The pipe ends only when both have gone.
            #expect(try running.end().status == .killed(signal: Signal.kill))
        }
    }

    /// The test runner's own threads may still be starting, and would take a number that is free.
    private static func waitUntilNobodyOpensAnything() throws {
        var (last, calmLooks) = ([Int](), 0)
        _ = try happens {
            let open = Proc.numbers(in: "/proc/self/fd")
            calmLooks = open == last ? calmLooks + 1 : 0
            last = open
            return calmLooks == 20
        }
    }

    @Test(arguments: [[], [0], [1], [2], [0, 1], [1, 2], [0, 2], [0, 1, 2]] as [[CInt]])
    func `standard descriptors that are closed are filled, and stay errors`(closed: [CInt]) async {
        await #expect(processExitsWith: .success) { [closed] in
            try ProcessTests.waitUntilNobodyOpensAnything()
            let name = try ScratchFile([])
            let file = try OwnedDescriptor.open(name.asPath, .readingAndWriting)
            for number: CInt in 0...2 {
                try Descriptor(number: number).replace(with: file.borrowed)
            }
            for number in closed { Descriptor(number: number).closeInherited() }
            Process.fillStandardDescriptors()
            let kept = file.borrowed.inode
            for number: CInt in 0...2 {
                let descriptor = Descriptor(number: number)
                #expect(isOpen(descriptor))
                #expect((descriptor.inode == kept) == !closed.contains(number))
                #expect(!isCloseOnExec(descriptor))
            }
            if closed.contains(0) {
                #expect(throws: Errno(EBADF)) { try Descriptor.standardInput.read(byteCount: 1) }
            }
            for number: CInt in 1...2 where closed.contains(number) {
                #expect(throws: Errno(EBADF)) { try Descriptor(number: number).writeAll([1]) }
            }
        }
    }
}

@Suite struct MemoryGuardTests {
    private static func coreLimit() -> rlim_t {
        var limit = rlimit()
        _ = unsafe getrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
        return limit.rlim_cur
    }

    private static func setCoreLimit(_ wanted: rlim_t) {
        var limit = rlimit()
        _ = unsafe getrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
        limit.rlim_cur = min(wanted, limit.rlim_max)
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
    }

    /// Whom the entries of this thread in `/proc` belong to: root, where nobody may look into them.
    private static func owner() -> uid_t {
        var about = stat()
        _ = unsafe stat("/proc/thread-self/fd", &about)
        return about.st_uid
    }

    @Test func `a guarded process leaves no core file, and its limit comes back`() async {
        await #expect(processExitsWith: .success) {
            MemoryGuardTests.setCoreLimit(4096)
            let before = MemoryGuardTests.coreLimit()
            let memory = MemoryGuard()
            #expect(MemoryGuardTests.coreLimit() == 0)
            memory.end()
            #expect(MemoryGuardTests.coreLimit() == before)
        }
    }

    @Test func `a guarded process cannot be looked into by its own user`() async {
        await #expect(processExitsWith: .success) {
            if geteuid() == 0 {
                #expect(setuid(65534) == 0)
                // Changing users has hidden it already.
                _ = linux_exchange_dumpable(1)
            }
            #expect(MemoryGuardTests.owner() == geteuid())
            let memory = MemoryGuard()
            #expect(MemoryGuardTests.owner() == 0)
            memory.end()
            #expect(MemoryGuardTests.owner() == geteuid())
            // What was hidden before us stays so.
            _ = linux_exchange_dumpable(0)
            MemoryGuard().end()
            #expect(MemoryGuardTests.owner() == 0)
        }
    }
}
