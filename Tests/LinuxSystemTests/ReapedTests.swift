import Glibc
import LinuxSystem
import Testing

@Suite struct ReapedTests {
    @Test func `without a child there is nothing to reap`() async {
        await #expect(processExitsWith: .success) {
            #expect(Reaped.next() == nil)
        }
    }

    @Test func `a child that runs is not reaped`() async {
        await #expect(processExitsWith: .success) {
            let signals = try Signals()
            let running = try Running(shell("echo ready; exec sleep 60", signals))
            #expect(try running.line() == "ready")
            #expect(Reaped.next() == nil)
            Process.signal(running.pid, Signal.kill)
            #expect(try status(of: running.pid) == .killed(signal: Signal.kill))
        }
    }

    @Test func `every status a command can exit with is told unchanged`() async {
        await #expect(processExitsWith: .success) {
            let signals = try Signals()
            for number: CInt in [0, 1, 2, 77, 121, 126, 127, 128, 137, 254, 255] {
                #expect(try run(shell("exit \(number)", signals)).status == .exited(number))
            }
        }
    }

    @Test func `the signal that killed a command is told`() async {
        await #expect(processExitsWith: .success) {
            let signals = try Signals()
            for signal in [SIGHUP, SIGINT, SIGKILL, SIGPIPE, SIGTERM, SIGXFSZ, 34, 64] {
                let pid = try command([Word("sleep"), Word("60")], signals).spawn()
                Process.signal(pid, signal)
                #expect(try status(of: pid) == .killed(signal: signal))
            }
        }
    }

    @Test func `the core bit is not part of the signal`() async {
        await #expect(processExitsWith: .success) {
            let signals = try Signals()
            let finished = try run(shell("ulimit -c 0; kill -SEGV $$", signals))
            #expect(finished.status == .killed(signal: SIGSEGV))
        }
    }

    @Test func `each of several children is reaped once`() async {
        await #expect(processExitsWith: .success) {
            let signals = try Signals()
            var expected: [CInt: ExitStatus] = [:]
            for number: CInt in 0..<20 {
                expected[try shell("exit \(number)", signals).spawn()] = .exited(number)
            }
            while !expected.isEmpty {
                guard case .ended(let pid, let status) = try nextReaped() else { continue }
                #expect(expected.removeValue(forKey: pid) == status)
            }
            #expect(Reaped.next() == nil)
        }
    }

    @Test func `a child that stops is told so, and still ends`() async {
        await #expect(processExitsWith: .success) {
            let signals = try Signals()
            let pid = try shell("kill -STOP $$; exit 4", signals).spawn()
            #expect(try nextReaped() == .stopped(pid: pid, signal: SIGSTOP))
            #expect(Reaped.next() == nil)
            Process.signal(pid, Signal.continue)
            #expect(try status(of: pid) == .exited(4))
        }
    }

    @Test func `an orphan becomes our child where we adopt`() async {
        await #expect(processExitsWith: .success) {
            try Process.adoptOrphans()
            let signals = try Signals()
            let pipe = try Pipe()
            var order = shell("(read line <&2; exit 9) & echo $!", signals)
            order.error = pipe.reader.borrowed
            let parent = try Running(order)
            let orphan = try #require(CInt(try parent.line()))
            #expect(try status(of: parent.pid) == .exited(0))
            #expect(Proc.parent(of: orphan) == Process.number)
            #expect(Proc.descendants() == [orphan])
            try pipe.writer.borrowed.writeAll([10])
            #expect(try status(of: orphan) == .exited(9))
        }
    }
}
