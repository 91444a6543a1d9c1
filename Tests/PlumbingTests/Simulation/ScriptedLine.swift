import LinuxSystem
import Plumbing

/// One way of a control channel: what is written arrives in order and late, or never.
final class ScriptedLine {
    private let agenda: Agenda
    private var lineCount: Int64 = 0
    private var lastArrival = Instant(nanoseconds: 0)
    private var assembler: ControlAssembler
    private var arrived: [ControlAssembler.Piece] = []
    private var isClosed = false
    /// Which line is lost, counted from 0.
    var loses: Int64?
    private(set) var hasLost = false
    /// Nothing arrives any more, not even the end.
    var isStuck = false
    private(set) var hasEnded = false
    /// Whoever reads it, as long as that is no program of ours.
    var shell: ScriptedShell?

    init(_ agenda: Agenda, awaitsHello: Bool) {
        self.agenda = agenda
        assembler = ControlAssembler(awaitsHello: awaitsHello)
    }

    func send(_ message: ControlMessage, output: [UInt8] = []) {
        guard !isClosed else { return }
        defer { lineCount += 1 }
        if lineCount == loses {
            hasLost = true
            return
        }
        let bytes = message.line.encoded + output
        arrive {
            if let shell = self.shell { shell.take(message) } else { self.assembler.add(bytes) }
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
                    self.assembler.add(piece)
                }
            }
        }
    }

    func sendHeartbeat() { send(.alive(after: lineCount)) }

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

    func next() throws(ControlError) -> ControlAssembler.Piece? { try assembler.next() }
}
