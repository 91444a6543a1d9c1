import Dispatch
import Fixtures
import FoundationEssentials
import Glibc
import Synchronization

/// Runs sessions that are drawn at random, four at once, and judges them; scripts/soak starts it.
@main
final class Soak: Sendable {
    static let workers = 4
    private static let bound: Int64 = 60

    let name = "soak\(getpid())"
    let user = 100_000 + Int(getpid())
    let lab: String
    let folder: Scratch
    let seed: UInt64
    /// One of so many sessions goes on after a loss.
    let keptShare: Int
    private let pool: [UInt8]
    private let tally = Mutex(Tally())

    private struct Tally {
        var sessions = 0
        var faults = 0
        var bytes = 0
        var violations = 0
        /// Why a worker, and so all of them, ended early.
        var failure: (any Error)?
    }

    var socketpipe: String { folder / "bin/socketpipe" }
    var remote: String { folder / "bin/socketpipe-remote" }

    init(_ options: Options) throws {
        lab = options.lab
        seed = options.seed
        keptShare = options.reconnect ? 1 : 4
        folder = try Scratch()
        // Where a user reaches them, and no build changes them.
        try Said.must(
            .sh(
                """
                set -e; cd "$1"; chmod 711 .; mkdir bin
                cp "$2" bin/socketpipe; cp "$3" bin/socketpipe-remote
                head -c 9000000 /dev/urandom >pool; chmod 644 pool
                """, folder.path, options.socketpipe, options.remote))
        pool = Array(contents(of: folder / "pool") ?? Data())
    }

    static func main() {
        Signals.block()
        exit(status())
    }

    private static func status() -> Int32 {
        do {
            let options = Options.parseOrExit()
            return try Soak(options).run(options) ? 0 : 1
        } catch let interruption as Interruption {
            return 128 + interruption.signal
        } catch {
            _ = writeAll(Array("soak: \(error)\n".utf8)[...], to: 2)
            return 1
        }
    }

    /// Whether all was well.
    private func run(_ options: Options) throws -> Bool {
        if let only = options.only.map(Int.init) {
            defer { tearDown() }
            let yard = try Yard(only % Self.workers, of: self)
            defer { yard.close() }
            try runSession(only, in: yard, tells: true)
            return tally.withLock { $0.violations == 0 }
        }
        if let minutes = options.endure.map(Int.init) {
            defer { tearDown() }
            let yard = try Yard(0, of: self)
            defer { yard.close() }
            var chance = SeededGenerator(seed: seed)
            return try Endurance(minutes: minutes, of: self, in: yard).run(&chance)
        }
        say("seed \(seed)")
        let before = census()
        try runAll(options)
        let after = census()
        say("before: \(before)\nafter:  \(after)")
        return before == after && tally.withLock { $0.violations == 0 }
    }

    private func runAll(_ options: Options) throws {
        var yards: [Yard] = []
        defer { tearDown() }
        defer { for yard in yards { yard.close() } }
        for worker in 0..<Self.workers { yards.append(try Yard(worker, of: self)) }
        let workers = DispatchGroup()
        for (worker, yard) in yards.enumerated() {
            DispatchQueue(label: "\(worker)").async(group: workers) {
                self.work(worker, in: yard, options)
            }
        }
        let began = monotonicNanoseconds()
        var due = 60.0
        while workers.wait(timeout: .now()) == .timedOut {
            do {
                try Signals.wait(nanoseconds: 1_000_000_000)
            } catch {
                fail(error)
                endSessions()
            }
            let seconds = (monotonicNanoseconds() - began).seconds
            if seconds >= due { say(summary(seconds)) }
            if seconds >= due { due += 60 }
        }
        say(summary((monotonicNanoseconds() - began).seconds))
        if let failure = tally.withLock({ $0.failure }) { throw failure }
    }

    /// Runs every fourth session until the time is over, or their number is reached.
    private func work(_ worker: Int, in yard: Yard, _ options: Options) {
        let end = options.minutes.map { monotonicNanoseconds() + Int64($0) * 60_000_000_000 }
        let count = options.sessions.map(Int.init) ?? .max
        for number in stride(from: worker, to: count, by: Self.workers) {
            guard monotonicNanoseconds() < end ?? .max, !isFailing else { return }
            do { try runSession(number, in: yard) } catch { fail(error) }
        }
    }

    private var isFailing: Bool { tally.withLock { $0.failure != nil } }

    private func fail(_ error: any Error) {
        tally.withLock { $0.failure = $0.failure ?? error }
    }

    /// Runs a session, strikes if it is to be struck, and judges it.
    private func runSession(_ number: Int, in yard: Yard, tells: Bool = false) throws {
        let session = Session(number, of: self, in: yard)
        let sent = pool[session.offset..<(session.offset + session.size)]
        let ordeal = try Ordeal(session, sent: sent)
        defer { try? FileManager.default.removeItem(atPath: session.folder) }
        let began = monotonicNanoseconds()
        let words = yard.here + session.user + ["bash", "-o", "pipefail", "-c", session.line]
        let child: Child
        do {
            child = try Child(
                words, Streams(output: session.folder + "/home", error: session.folder + "/error"),
                environment: environment(session), leading: .session)
        } catch {
            ordeal.end()
            throw error
        }
        let struck = session.isStruck ? try session.strike(child, within: Self.bound) : nil
        // What it leaves behind is for the judgement, and not ended with it.
        let left = Self.bound - Int64((monotonicNanoseconds() - began).seconds)
        let hasEnded = try happens(within: left) { child.exit != nil }
        let exit = hasEnded ? child.exit ?? .overran : .overran
        if !hasEnded { session.mark.killAll() }
        child.reap()
        let seconds = (monotonicNanoseconds() - began).seconds
        ordeal.end()
        guard !isFailing else { return }
        let judgement = Judgement(session, exit, struck: struck, after: seconds, sent: sent)
        // In one piece: others tell theirs at the same time.
        for violation in judgement.violations {
            say(judgement.told("VIOLATION: \(violation)", seed: seed))
        }
        if tells { say(judgement.told("number \(number)", seed: seed)) }
        tally.withLock { tally in
            tally.sessions += 1
            tally.faults += struck == nil ? 0 : 1
            tally.bytes += judgement.byteCount
            tally.violations += judgement.violations.count
        }
    }

    private func environment(_ session: Session) -> [String: String] {
        var variables = ProcessInfo.processInfo.environment
        variables["TMPDIR"] = session.temporary
        variables["XDG_RUNTIME_DIR"] = ""
        variables["SOCKETPIPE_OPTIONS"] = "--no-config"
        variables["SOCKETPIPE_TEST_MARK"] = session.mark.value
        return variables
    }

    private func summary(_ seconds: Double) -> String {
        tally.withLock {
            "\(Int(seconds)) s: \($0.sessions) sessions, \($0.faults) faults, \($0.bytes) bytes, "
                + "\($0.violations) violations"
        }
    }

    /// Counts what a leak would add to.
    private func census() -> String {
        func count(_ folder: String, _ isOurs: (String) -> Bool = { _ in true }) -> Int {
            ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).count(
                where: isOurs)
        }
        return "\(count("/proc/self/fd")) descriptors, \(Mark("\(name)-").processes().count) "
            + "processes, \(count("/run/netns") { $0.hasPrefix("\(name)-") }) namespaces"
    }

    private func endSessions() {
        _ = try? happens(within: 2) {
            let left = Mark("\(name)-").processes()
            for process in left { process.send(SIGKILL) }
            return left.isEmpty
        }
    }

    /// Removes all that was made, by whoever ended early as well.
    private func tearDown() {
        endSessions()
        _ = try? Said(
            .sh(
                """
                for disk in "$1"/*/disk; do umount -l "$disk"; done
                for number in 0 1 2 3; do "$2" down "$3-$number"; done
                """, folder.path, lab, name))
    }
}

func say(_ text: String) { _ = writeAll(Array((text + "\n").utf8)[...], to: 1) }
