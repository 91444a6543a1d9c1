import LinuxSystem
import Testing

@testable import Plumbing

/// A flow that goes on after a loss, at both its ends.
@Suite struct FlowCutsTests {
    /// Both ends of a flow that keeps what it sends, and what is behind them.
    private final class Scene {
        let agenda = Agenda(seed: 1)
        private(set) var connection: ScriptedFlow
        let sender: ScriptedFlowEnd
        let receiver: ScriptedFlowEnd
        /// Whether the reading end hears how much there is.
        var passesWords = true
        private(set) var told: [FlowEvent] = []
        private(set) var heard: [FlowEvent] = []

        init(
            writing size: Int, resting span: Instant.Span = .seconds(0), keeps: Bool = true,
            isSealed: Bool = false
        ) {
            let (agenda, connection) = (agenda, ScriptedFlow(.out, agenda))
            self.connection = connection
            func end(_ end: End) -> ScriptedFlowEnd {
                ScriptedFlowEnd(
                    connection, at: end, breaking: .killed, hearsOfEnd: true, tellsOfOthers: true,
                    agenda)
            }
            (sender, receiver) = (end(.here), end(.there))
            let output = sender.begin(isRelayed: true, keeps: keeps, isSealed: isSealed)
            let input = receiver.begin(isRelayed: true, keeps: keeps, isSealed: isSealed)
            sender.user.command = ScriptedCommand(
                .producer, CommandID(0), .init(size: size), input: nil, output: output, agenda)
            var script = ScriptedCommand.Script()
            script.rests = span
            receiver.user.command = ScriptedCommand(
                .remote, CommandID(1), script, input: input, output: nil, agenda)
        }

        var read: Int { receiver.user.command?.read ?? 0 }

        /// What the end that reads said last that it has.
        var rest: FlowRest? {
            heard.reversed().lazy.compactMap {
                if case .has(let rest, _) = $0 { rest } else { nil }
            }
            .first
        }

        /// Lets the scene go on until something holds, at most for a minute of its own clock.
        func advance(until isDone: () -> Bool) {
            let limit = agenda.now + .seconds(60)
            while !isDone(), agenda.now < limit {
                agenda.advance(to: agenda.now + .milliseconds(1))
                told += advance(sender)
                heard += advance(receiver)
                guard passesWords else { continue }
                for case .whole(let byteCount) in told { receiver.peerIsWhole(byteCount) }
            }
        }

        private func advance(_ end: ScriptedFlowEnd) -> [FlowEvent] {
            end.move(Readiness())
            guard end.needsLook(Readiness(), agenda.now) else { return [] }
            let command = end.user.command?.command
            end.look(
                command: command?.status, process: command?.running, besides: [], now: agenda.now)
            return end.takeEvents()
        }

        func lose(_ turn: Int64) { heard += receiver.peerLost(turn) }

        func goOn() throws {
            let rest = try #require(rest)
            connection = ScriptedFlow(.out, agenda)
            for end in [sender, receiver] {
                let channel = ScriptedChannel(
                    connection, at: end.channel.end, end.user, tellsOfOthers: false,
                    isBridged: false, from: rest.byteCount)
                _ = end.resume(on: channel, from: rest.byteCount)
            }
        }
    }

    @Test(arguments: [(true, false), (false, true), (true, true)])
    func `a flow goes on after its resets, and every byte comes once`(
        atSender: Bool, atReceiver: Bool
    ) throws {
        let scene = Scene(writing: 300)
        for turn in 0..<3 as Range<Int64> {
            scene.advance { scene.connection.arrived > 20 }
            scene.connection.breakOnTheWay(atSender: atSender, atReceiver: atReceiver)
            scene.advance { scene.sender.isCut || scene.receiver.isCut }
            scene.lose(turn)
            #expect(scene.receiver.isCut && scene.receiver.isIntact)
            scene.sender.peerHas(try #require(scene.rest), turn)
            #expect(scene.sender.isCut && !scene.sender.isOver)
            try scene.goOn()
        }
        scene.advance { scene.sender.isOver && scene.receiver.isOver }
        #expect(scene.read == 300 && !scene.connection.isDisordered)
        #expect(scene.sender.facts?.ending == .finished && scene.sender.facts?.byteCount == 300)
        #expect(scene.receiver.facts?.ending == .finished)
    }

    @Test func `a lost acknowledgement of the end costs nothing`() throws {
        let scene = Scene(writing: 60)
        scene.advance { scene.connection.hasFin }
        scene.advance { scene.connection.finHasArrived }
        scene.connection.breakOnTheWay(atSender: true, atReceiver: false)
        scene.advance { scene.sender.isCut }
        scene.lose(0)
        #expect(scene.rest == FlowRest(byteCount: 60, isWhole: true))
        scene.sender.peerHas(try #require(scene.rest), 0)
        #expect(scene.sender.facts?.ending == .finished && scene.sender.facts?.byteCount == 60)
        scene.advance { scene.receiver.isOver }
        #expect(scene.read == 60 && scene.receiver.facts?.ending == .finished)
    }

    @Test func `a path that dies while the reader rests is noticed by the end that reads`() {
        let scene = Scene(writing: 300, resting: .seconds(50))
        scene.connection.tellsOfFullReaders = true
        scene.advance { !scene.connection.hasRoom && scene.connection.unread > 30 }
        scene.connection.cut(kernelsNotice: false)
        let began = scene.agenda.now
        scene.advance { scene.receiver.isCut }
        #expect(scene.receiver.isCut && scene.agenda.now - began < .seconds(20))
    }

    @Test func `words of another turn change nothing`() {
        let scene = Scene(writing: 300)
        scene.advance { scene.connection.arrived > 20 }
        #expect(scene.receiver.peerLost(1) == [] && !scene.receiver.isCut)
        scene.sender.peerHas(FlowRest(byteCount: 1), 1)
        #expect(!scene.sender.isCut)
    }

    @Test func `a connection that is gone before its turn is lost as well`() throws {
        let scene = Scene(writing: 300)
        scene.advance { scene.connection.arrived > 20 }
        scene.connection.breakOnTheWay(atSender: true, atReceiver: true)
        scene.advance { scene.receiver.isCut }
        let rest = try #require(scene.rest)
        #expect(scene.receiver.miss() == [.has(rest, turn: 1)])
        #expect(scene.receiver.peerLost(0) == [])
    }

    @Test(arguments: [(true, false), (true, true), (false, false), (false, true)], [true, false])
    func `what the sender broke is never whole, though a box makes an end of it`(
        flow: (keeps: Bool, isSealed: Bool), wordIsFirst: Bool
    ) {
        let scene = Scene(writing: 300, keeps: flow.keeps, isSealed: flow.isSealed)
        scene.connection.turnsResets = true
        scene.advance { scene.connection.arrived > 20 }
        scene.sender.breakStream()
        if !wordIsFirst { scene.advance { scene.connection.finHasArrived } }
        scene.receiver.peerBroke()
        scene.advance { scene.receiver.isOver }
        let ending = scene.receiver.facts?.ending
        #expect(ending == .reset || ending == .truncated && flow.isSealed, "\(ending as Any)")
        #expect(!scene.heard.contains { if case .failed = $0 { true } else { false } })
    }

    @Test func `a loss behind the last byte is none once it is known to be the last`() {
        let scene = Scene(writing: 40)
        scene.passesWords = false
        scene.advance { scene.sender.isOver }
        #expect(scene.sender.facts?.ending == .finished)
        // What the kernel knew of the end is lost with the connection.
        scene.connection.forgetEnd()
        scene.advance { scene.receiver.isCut }
        #expect(scene.rest == FlowRest(byteCount: 40))
        scene.sender.peerHas(FlowRest(byteCount: 40), 0)
        #expect(scene.sender.facts?.ending == .finished)
        scene.receiver.peerIsWhole(40)
        #expect(!scene.receiver.isCut)
        scene.advance { scene.receiver.isOver }
        #expect(scene.rest == FlowRest(byteCount: 40, isWhole: true) && scene.read == 40)
        #expect(scene.receiver.facts?.ending == .finished)
    }

    @Test func `a reader that lost what its kernel had acknowledged breaks the flow`() {
        let scene = Scene(writing: 300)
        scene.advance { scene.sender.isOver }
        #expect(scene.sender.facts?.ending == .finished)
        scene.sender.peerHas(FlowRest(byteCount: 300, isWhole: true), 0)
        #expect(scene.sender.facts?.ending == .finished)
        scene.sender.peerHas(FlowRest(byteCount: 200), 0)
        #expect(scene.sender.facts?.ending == .reset)
        #expect(scene.sender.takeEvents().contains(.broken))
    }

    @Test func `what was acknowledged and is not there ends the flow`() throws {
        let scene = Scene(writing: 300)
        scene.advance { scene.connection.acknowledged > 20 }
        scene.connection.breakOnTheWay(atSender: true, atReceiver: true)
        scene.advance { scene.sender.isCut }
        let channel = ScriptedChannel(
            ScriptedFlow(.out, scene.agenda), at: .here, scene.sender.user, tellsOfOthers: false,
            isBridged: false, from: 1)
        _ = scene.sender.resume(on: channel, from: 1)
        #expect(scene.sender.facts?.ending == .broken && !channel.isOpen)
        #expect(scene.sender.takeEvents().contains(.failed(.invalid)))
    }
}
