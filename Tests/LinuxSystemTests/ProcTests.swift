import Glibc
import LinuxSystem
import Testing

import class Foundation.Thread

@Suite struct ProcTests {
    @Test func `children and grandchildren are descendants, this process is not`() async {
        await #expect(processExitsWith: .success) {
            let signals = try Signals()
            let script = "sleep 60 & echo $!; (sleep 60 & echo $!; wait) & echo $!; wait"
            let running = try Running(shell(script, signals))
            var wanted: Set<CInt> = [running.pid]
            for _ in 0..<3 { wanted.insert(try #require(CInt(try running.line()))) }
            #expect(wanted.count == 4)
            #expect(try happens { Set(Proc.descendants()) == wanted })
            #expect(!Proc.descendants().contains(Process.number))
            for pid in wanted { #expect(Proc.isDescendant(pid)) }
            for pid in [Process.number, Process.parent, 1, CInt.max] {
                #expect(!Proc.isDescendant(pid))
            }
            for pid in wanted { Process.signal(pid, Signal.kill) }
        }
    }

    /// Starts a command and keeps the thread, in whose task directory the child is listed.
    private static func startAndStay() {
        do {
            let signals = try Signals()
            _ = try command([Word("sleep"), Word("60")], signals).spawn()
            var readiness = Readiness()
            try readiness.wait(until: nil)
        } catch {
            Issue.record(error)
        }
    }

    @Test func `a child of another thread is a descendant`() async {
        await #expect(processExitsWith: .success) {
            Thread.detachNewThread { ProcTests.startAndStay() }
            let isFound = try happens { Proc.descendants().count == 1 }
            #expect(isFound)
            for pid in Proc.descendants() { Process.signal(pid, Signal.kill) }
        }
    }

    @Test func `a process's state is its letter, and none when it is gone`() async {
        await #expect(processExitsWith: .success) {
            let signals = try Signals()
            let pid = try command([Word("sleep"), Word("60")], signals).spawn()
            #expect(try happens { Proc.state(of: pid) == "S" })
            Process.signal(pid, SIGSTOP)
            #expect(try happens { Proc.state(of: pid) == "T" })
            Process.signal(pid, Signal.kill)
            #expect(try happens { Proc.state(of: pid) == "Z" })
            while Reaped.next() != .ended(pid: pid, .killed(signal: Signal.kill)) {}
            #expect(Proc.state(of: pid) == nil)
            #expect(Proc.parent(of: pid) == nil)
        }
    }

    @Test func `a name with brackets and spaces hides neither state nor parent`() async {
        await #expect(processExitsWith: .success) {
            let signals = try Signals()
            let name = ") Z 1 (x"
            let script = "printf '\(name)' >/proc/$$/comm; echo ready; read line"
            let pipe = try Pipe()
            var order = shell(script, signals)
            order.input = pipe.reader.borrowed
            let running = try Running(order)
            #expect(try running.line() == "ready")
            let comm = Proc.contents(of: "/proc/\(running.pid)/comm") ?? []
            #expect(String(decoding: comm, as: UTF8.self) == name + "\n")
            let pid = running.pid
            #expect(try happens { Proc.state(of: pid) == "S" })
            #expect(Proc.parent(of: pid) == Process.number)
        }
    }

    @Test func `a process's session is its own or its parent's`() async {
        await #expect(processExitsWith: .success) {
            let signals = try Signals()
            for isOwn in [false, true] {
                var order = command([Word("sleep"), Word("60")], signals)
                order.grouping = isOwn ? .ownSession : .ours
                let pid = try order.spawn()
                let ours = Proc.session(of: Process.number)
                #expect(Proc.session(of: pid) == (isOwn ? pid : ours))
                Process.signal(pid, Signal.kill)
                #expect(try status(of: pid) == .killed(signal: Signal.kill))
                #expect(Proc.session(of: pid) == nil)
            }
        }
    }

    @Test func `a look at our descendants is stable, ended ones included, until one vanishes`()
        async
    {
        await #expect(processExitsWith: .success) {
            #expect(try Proc.isOurs())
            #expect(Proc.stableDescendants() == [])
            let signals = try Signals()
            let pid = try command([Word("true")], signals).spawn()
            let hasEnded = try happens { Proc.state(of: pid) == "Z" }
            #expect(hasEnded)
            #expect(Proc.stableDescendants() == [pid])
            #expect(try status(of: pid) == .exited(0))
            #expect(Proc.stableDescendants() == [])
        }
    }

    @Test func `this process has a parent, and the first process has none`() {
        #expect(Proc.parent(of: Process.number) == Process.parent)
        #expect(Proc.parent(of: 1) == 0)
    }

    @Test func `the entries of a directory are its numbers alone`() {
        let numbers = Proc.numbers(in: "/proc")
        #expect(numbers.contains(Int(Process.number)))
        #expect(numbers.allSatisfy { $0 > 0 })
        #expect(Proc.numbers(in: "/nonexistent") == [])
        #expect(Proc.numbers(in: "/proc/self/status") == [])
    }

    @Test func `a file is read whole up to its limit`() throws {
        let bytes = (0..<20_000).map { UInt8(truncatingIfNeeded: $0) }
        let file = try ScratchFile(bytes)
        #expect(Proc.contents(of: file.path) == bytes)
        let start = try #require(Proc.contents(of: file.path, limit: 8192))
        #expect(start == [UInt8](bytes.prefix(8192)))
        #expect(Proc.contents(of: "/nonexistent") == nil)
        #expect(Proc.contents(of: "/proc") == nil)
    }

    @Test func `the kernel's release is the one uname tells`() async {
        await #expect(processExitsWith: .success) {
            let signals = try Signals()
            let told = try run(command([Word("uname"), Word("-r")], signals)).text
            #expect(Proc.kernelRelease() + "\n" == told)
        }
    }

    @Test func `the network identity names this boot and this namespace`() async {
        await #expect(processExitsWith: .success) {
            let signals = try Signals()
            let script = "cat /proc/sys/kernel/random/boot_id; stat -Lc %i /proc/self/ns/net"
            let lines = try run(shell(script, signals)).lines
            #expect(Proc.networkIdentity() == lines.joined(separator: "/"))
        }
    }
}
