import LinuxSystem
import Relaying

@testable import Plumbing

/// How a relay goes on by another connection.
extension ScriptedRelay {
    func pause() { isPaused = true }

    func giveUp() {
        if !next.isEmpty || progress.source == .ended {
            progress.source = .failed(.connectionReset)
        }
        while goOver() {}
    }

    func freeze() throws(Errno) -> FlowRest {
        let newest = (next.last ?? channel).connection
        if isSealed { absorb(newest) }
        return FlowRest(
            byteCount: Int64(taken + unreadBefore + newest.unread),
            isWhole: !isSealed || newest.finHasArrived)
    }

    /// Opens every whole record of what has come, and drops what is left.
    private func absorb(_ newest: ScriptedFlow) {
        let torn = newest.finHasArrived ? 0 : newest.openable % 3
        let whole = newest.openable - torn
        if whole > 0, newest.base + newest.read != taken { newest.isDisordered = true }
        newest.take(newest.unread)
        absorbed += whole
        taken += whole
    }

    /// - Parameter byteCount: What the reading end has.
    func resume(on channel: ScriptedChannel, from byteCount: Int) throws(Errno) {
        guard isSending else {
            next.append(channel)
            progress.source = .open
            return
        }
        // What was acknowledged is not kept, but for a record of which only a part may have come.
        let seen = connection.isLocal ? connection.delivered : connection.acknowledged
        let certain = connection.base + max(0, seen - (isSealed ? 2 : 0))
        guard (certain...Int(progress.given)).contains(byteCount) else { throw .invalid }
        progress.held += Int(progress.given) - byteCount
        progress.given = Int64(byteCount)
        progress.target = .open
        isPaused = false
        self.channel.close(inOrder: false)
        self.channel = channel
        connection.base = byteCount
    }

    /// Whether it reads, and another connection may bring more.
    var mayGoOn: Bool { keeps && !isStopped && !isSending && !sourceHasEnded && hasTarget }

    /// Goes on to the next connection, now that this one is read to its end.
    func goOver() -> Bool {
        guard !next.isEmpty else { return false }
        channel.close(inOrder: false)
        channel = next.removeFirst()
        return true
    }

    /// What nobody has read of the connections before the newest.
    var unreadBefore: Int {
        ([channel] + next).dropLast().reduce(0) { $0 + $1.connection.unread }
    }

    func takeAbsorbed() {
        let count = min(absorbed, ScriptedRelay.room - piped)
        absorbed -= count
        piped += count
    }

    func takeFromConnection(_ count: Int) {
        guard absorbed == 0, count > 0 else { return }
        connection.take(count)
        taken += count
        piped += count
        checkOrder()
    }

    func drainBefore(byteCount: Int) -> [UInt8] {
        var count = min(byteCount, absorbed)
        absorbed -= count
        while count == 0, !next.isEmpty {
            count = min(byteCount, connection.unread)
            connection.take(count)
            taken += count
            if count == 0 { _ = goOver() } else { checkOrder() }
        }
        return [UInt8](repeating: 1, count: count)
    }

    /// Every byte comes once, and in its place.
    func checkOrder() {
        if connection.base + connection.read != taken { connection.isDisordered = true }
    }

    func retire() {
        while goOver() {}
    }
}
