import Fixtures
import Glibc

/// Runs a socketpipe in its own place, and a while after the two ends have met kills the connection
/// of its data, or its login: `strike data|login MILLISECONDS COMMAND…`.
struct Strike {
    private enum Victim: String { case data, login }

    private let victim: Victim
    private let milliseconds: Int
    private let words: [String]

    init(_ arguments: [String]) throws {
        let word = try arguments.argument(0, "victim")
        guard let victim = Victim(rawValue: word) else {
            throw Failure("a victim is data or login, not '\(word)'")
        }
        self.victim = victim
        milliseconds = try arguments.number(1, "time")
        words = Array(arguments.dropFirst(2))
        _ = try words.argument(0, "command")
    }

    /// Returns the command's status as a shell would; one that ends before is not struck.
    func run() throws -> Int32 {
        Signals.block()
        let child = try Child(inPlace: Words(words))
        var moment: Int64?
        var isStruck = false
        let ending = try? child.wait(before: .max) {
            guard !isStruck else { return }
            let found = Target(child.pid)
            guard let moment else {
                if !found.connections.isEmpty { moment = monotonicNanoseconds() }
                return
            }
            guard monotonicNanoseconds() - moment >= Int64(milliseconds) * 1_000_000 else { return }
            isStruck = strike(found)
        }
        guard let ending else { return 1 }
        child.reap()
        return ending.code
    }

    private func strike(_ found: Target) -> Bool {
        switch victim {
        case .data: (try? found.connections.map { try $0.destroy() }.contains(true)) == true
        case .login: found.login.map { kill($0, SIGKILL) == 0 } ?? false
        }
    }
}

/// What of a session may be struck.
private struct Target {
    var connections: Set<TCPSide> = []
    var login: pid_t?

    /// - Parameter pid: Of a process from which the end here descends.
    init(_ pid: pid_t) {
        let all = Found.all { _ in true }
        var family = [pid]
        var next = [pid]
        while !next.isEmpty {
            next = all.filter { next.contains($0.parent) }.map(\.pid)
            family += next
        }
        login = all.first { family.contains($0.pid) && $0.words.first == "ssh" }?.pid
        let there = all.filter { $0.words.contains("--remote-end") }.map(\.pid)
        connections = TCPSide.between(family.filter { $0 != login }, there)
    }
}
