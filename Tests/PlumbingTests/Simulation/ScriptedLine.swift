import LinuxSystem
import Plumbing

/// One way of a login: what is written arrives in order and late, or never.
final class ScriptedLine {
    private let agenda: Agenda
    private var messageCount: Int64 = 0
    private var lastArrival = Instant(nanoseconds: 0)
    private var arrived: [UInt8] = []
    private var isClosed = false
    /// Which message is lost, counted from 0.
    var loses: Int64?
    private(set) var hasLost = false
    /// Nothing arrives any more, not even the end.
    var isStuck = false
    private(set) var hasEnded = false
    /// Whoever reads it, as long as that is no program of ours.
    var shell: ScriptedShell?

    init(_ agenda: Agenda) { self.agenda = agenda }

    func send(_ message: ControlMessage, _ bytes: [UInt8]) {
        guard !isClosed else { return }
        defer { messageCount += 1 }
        if messageCount == loses {
            hasLost = true
            return
        }
        arrive {
            if let shell = self.shell { shell.take(message) } else { self.arrived += bytes }
        }
    }

    /// Bytes that are no message, in pieces.
    func send(raw bytes: [UInt8]) {
        guard !isClosed else { return }
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = [UInt8](rest.prefix(1 + agenda.random.below(rest.count)))
            rest = rest.dropFirst(piece.count)
            arrive {
                if let shell = self.shell {
                    shell.take(piece.count)
                } else {
                    self.arrived += piece
                }
            }
        }
    }

    /// Who writes has gone: the end comes behind all that was written.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        arrive { self.hasEnded = true }
    }

    /// What brings the lines has gone: nothing comes but the end.
    func cut() {
        isClosed = true
        hasEnded = true
    }

    private func arrive(_ action: @escaping () -> Void) {
        let span = Instant.Span.milliseconds(Int64(agenda.random.below(40)))
        lastArrival = max(lastArrival, agenda.now + span)
        agenda.at(lastArrival) {
            if !self.isStuck, !self.hasEnded { action() }
        }
    }

    /// What has arrived since it was last asked.
    func take() -> [UInt8] {
        defer { arrived = [] }
        return arrived
    }
}
