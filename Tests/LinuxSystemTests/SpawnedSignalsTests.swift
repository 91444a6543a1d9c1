import Glibc
import LinuxSystem
import Testing

/// What a command finds of signals: what we inherited, not what we use.
@Suite struct SpawnedSignalsTests {
    /// The signals that the C library keeps for itself and lets nobody see.
    private static let cLibrarysOwn = SignalSet([32, 33])

    /// The masks that a command has, as `/proc/PID/status` shows them.
    private static func masks(_ order: SpawnOrder) throws -> [String: UInt64] {
        var masks: [String: UInt64] = [:]
        for line in try run(order).lines {
            let parts = line.split(whereSeparator: { $0 == ":" || $0 == "\t" })
            guard parts.count == 2, let mask = UInt64(parts[1], radix: 16) else { continue }
            masks[String(parts[0])] = mask & ~cLibrarysOwn.bits
        }
        return masks
    }

    private static func question(_ signals: borrowing Signals) -> SpawnOrder {
        command([Word("cat"), Word("/proc/self/status")], signals)
    }

    @Test func `nothing is blocked, ignored or caught where nothing was`() async {
        await #expect(processExitsWith: .success) {
            let signals = try Signals()
            let masks = try SpawnedSignalsTests.masks(SpawnedSignalsTests.question(signals))
            #expect(masks["SigBlk"] == 0)
            #expect(masks["SigIgn"] == 0)
            #expect(masks["SigCgt"] == 0)
        }
    }

    @Test func `what was blocked and ignored is blocked and ignored again`() async {
        await #expect(processExitsWith: .success) {
            let signals = try Signals()
            var order = SpawnedSignalsTests.question(signals)
            order.blocked = SignalSet([SIGUSR1, SIGTERM])
            order.ignored = SignalSet([SIGHUP, SIGPIPE, SIGQUIT])
            let masks = try SpawnedSignalsTests.masks(order)
            #expect(masks["SigBlk"] == order.blocked.bits)
            #expect(masks["SigIgn"] == order.ignored.bits)
        }
    }

    @Test func `a signal that we ignore for ourselves is at its default in a command`() async {
        await #expect(processExitsWith: .success) {
            _ = signal(SIGPIPE, SIG_DFL)
            let signals = try Signals()
            #expect(!signals.inheritedIgnored.contains(SIGPIPE))
            let finished = try run(shell("kill -PIPE $$", signals))
            #expect(finished.status == .killed(signal: SIGPIPE))
        }
    }

    @Test func `a signal inherited as ignored stays ignored in a command`() async {
        await #expect(processExitsWith: .success) {
            _ = signal(SIGHUP, SIG_IGN)
            let signals = try Signals()
            var order = shell("kill -HUP $$; exit 5", signals)
            order.ignored = signals.inheritedIgnored
            #expect(try run(order).status == .exited(5))
        }
    }

    @Test func `a signal that we handle is at its default in a command`() async {
        await #expect(processExitsWith: .success) {
            _ = signal(SIGUSR2) { _ in }
            let signals = try Signals()
            let finished = try run(shell("kill -USR2 $$", signals))
            #expect(finished.status == .killed(signal: SIGUSR2))
        }
    }

    @Test func `starting a command leaves our own mask as it was`() async {
        await #expect(processExitsWith: .success) {
            func mask() -> String? {
                let text = Proc.contents(of: "/proc/thread-self/status") ?? []
                return String(decoding: text, as: UTF8.self).split(separator: "\n")
                    .first { $0.hasPrefix("SigBlk") }.map { String($0) }
            }
            let signals = try Signals()
            let before = mask()
            #expect(before != nil)
            _ = try run(shell("exit 0", signals))
            #expect(mask() == before)
            let missing = command([Word("nosuchcommand")], signals)
            #expect(throws: Errno.notFound) { try missing.spawn() }
            #expect(mask() == before)
        }
    }
}
