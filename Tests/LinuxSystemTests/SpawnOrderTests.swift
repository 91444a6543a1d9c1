import Glibc
import LinuxSystem
import Testing

import class Foundation.Thread

@Suite struct SpawnOrderTests {
    @Test func `a command that is not there is not found, and leaves no process`() async {
        await #expect(processExitsWith: .success) {
            let signals = try Signals()
            for name in ["nosuchcommand", "/nonexistent/command", ""] {
                let order = command([Word(name)], signals)
                #expect(throws: Errno.notFound) { try order.spawn() }
            }
            #expect(Reaped.next() == nil)
            #expect(Proc.descendants() == [])
        }
    }

    @Test func `what cannot be executed is denied`() async {
        await #expect(processExitsWith: .success) {
            let signals = try Signals()
            let file = try ScratchFile([UInt8]("#!/bin/sh\n".utf8))
            for name in [file.path, "/etc", "/etc/passwd"] {
                let order = command([Word(name)], signals)
                #expect(throws: Errno.accessDenied) { try order.spawn() }
            }
        }
    }

    @Test func `a script whose interpreter is missing is not found`() async {
        await #expect(processExitsWith: .success) {
            let signals = try Signals()
            let file = try ScratchFile([UInt8]("#!/nonexistent/shell\n".utf8), isExecutable: true)
            let order = command([Word(file.path)], signals)
            #expect(throws: Errno.notFound) { try order.spawn() }
        }
    }

    @Test func `a script without an interpreter is run by the shell`() async {
        await #expect(processExitsWith: .success) {
            let signals = try Signals()
            let file = try ScratchFile([UInt8]("echo $# \"$1\"; exit 3".utf8), isExecutable: true)
            let finished = try run(command([Word(file.path), Word("a b")], signals))
            #expect(finished.text == "1 a b\n")
            #expect(finished.status == .exited(3))
        }
    }

    @Test func `words arrive with every byte they can have`() async {
        await #expect(processExitsWith: .success) {
            let signals = try Signals()
            let every = Word([UInt8](1...255))
            let order = command(
                [Word("printf"), Word("%s|%s|%s"), every, Word(""), Word(" $(x) `y` * \\")], signals
            )
            let wanted = every.bytes + [UInt8]("|| $(x) `y` * \\".utf8)
            #expect(try run(order) == Finished(output: wanted, status: .exited(0)))
        }
    }

    @Test func `thousands of words arrive in their order`() async {
        await #expect(processExitsWith: .success) {
            let signals = try Signals()
            let words = (1...20_000).map { "word \($0)" }
            let order = command(
                [Word("printf"), Word("%s\\n")] + words.map { Word($0) }, signals)
            #expect(try run(order).lines == words)
        }
    }

    @Test func `words that the kernel does not take are too many`() async {
        await #expect(processExitsWith: .success) {
            let signals = try Signals()
            // The longest that one word may be is 32 pages, 128 KiB with the smallest pages.
            let long = Word([UInt8](repeating: 120, count: 32 * sysconf(CInt(_SC_PAGESIZE))))
            let order = command([Word("true"), long], signals)
            #expect(throws: Errno.tooManyWords) { try order.spawn() }
        }
    }

    @Test func `the environment is what was ordered and nothing else`() async {
        await #expect(processExitsWith: .success) {
            let signals = try Signals()
            var order = command([Word("env")], signals)
            let odd: [UInt8] = [UInt8]("ODD=".utf8) + [0xff, 0x20, 0x80, 0x3d]
            order.environment = Environment(entries: [odd, [UInt8]("EMPTY=".utf8)])
            #expect(try run(order).output == odd + [UInt8]("\nEMPTY=\n".utf8))
        }
    }

    @Test func `the command is found on our path, not on the one it gets`() async {
        await #expect(processExitsWith: .success) {
            let signals = try Signals()
            var order = command([Word("true")], signals)
            order.environment = .inherited().setting("PATH", to: "/nonexistent")
            #expect(try run(order).status == .exited(0))
        }
    }

    @Test func `the group and session are ours, another group, or its own session`() async {
        await #expect(processExitsWith: .success) {
            let signals = try Signals()
            let other = try Guard()
            let leader = other.leader
            for grouping in [SpawnOrder.Grouping.ours, .group(of: leader), .ownSession] {
                var order = shell("read line", signals)
                let pipe = try Pipe()
                order.input = pipe.reader.borrowed
                order.grouping = grouping
                let running = try Running(order)
                let (group, session) = (getpgid(running.pid), getsid(running.pid))
                switch grouping {
                case .ours: #expect(group == getpgrp())
                case .group(let leader): #expect(group == leader)
                case .ownSession: #expect(group == running.pid)
                }
                #expect(session == (grouping == .ownSession ? running.pid : getsid(0)))
                try pipe.writer.borrowed.writeAll([10])
                #expect(try running.end().status == .exited(0))
            }
        }
    }

    @Test func `a command gets its parent-death signal when the thread that started it ends`() async
    {
        await #expect(processExitsWith: .success) {
            // PR_SET_PDEATHSIG watches the thread; the program has only one.
            Thread.detachNewThread {
                do {
                    let signals = try Signals()
                    var order = command([Word("sleep"), Word("60")], signals)
                    order.parentDeathSignal = Signal.terminate
                    _ = try order.spawn()
                } catch {
                    Issue.record(error)
                }
            }
            guard case .ended(_, let status) = try nextReaped() else { throw Errno(ESRCH) }
            #expect(status == .killed(signal: Signal.terminate))
        }
    }
}
