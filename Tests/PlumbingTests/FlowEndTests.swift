import LinuxSystem
import Plumbing
import Testing

/// One end of a flow, with scripted parts.
@Suite struct FlowEndTests {
    /// Both ends of a flow, and what is behind them.
    private final class Scene {
        let agenda = Agenda(seed: 1)
        let connection: ScriptedFlow
        let sender: ScriptedFlowEnd
        let receiver: ScriptedFlowEnd
        private(set) var told: [FlowEvent] = []
        private(set) var heard: [FlowEvent] = []

        init() {
            let (agenda, connection) = (agenda, ScriptedFlow(.out, agenda))
            self.connection = connection
            func end(_ end: End) -> ScriptedFlowEnd {
                ScriptedFlowEnd(
                    connection, at: end, breaking: .killed, hearsOfEnd: true, tellsOfOthers: true,
                    agenda)
            }
            (sender, receiver) = (end(.here), end(.there))
        }

        /// Lets who writes end after so many bytes, and who reads read them.
        func start(
            writing size: Int, _ change: (inout ScriptedCommand.Script) -> Void = { _ in },
            isRelayed: Bool = false, servesCommand: Bool = true,
            producer changeOfProducer: (inout ScriptedCommand.Script) -> Void = { _ in }
        ) {
            var script = ScriptedCommand.Script(size: size)
            changeOfProducer(&script)
            let output = sender.begin(isRelayed: isRelayed)
            let input = receiver.begin(isRelayed: isRelayed, servesCommand: servesCommand)
            sender.user.command = ScriptedCommand(
                .producer, CommandID(0), script, input: nil, output: output, agenda)
            script = ScriptedCommand.Script()
            change(&script)
            receiver.user.command = ScriptedCommand(
                .remote, CommandID(1), script, input: input, output: nil, agenda)
        }

        /// Lets the scene go on until something holds, at most for a minute of its own clock.
        func advance(until isDone: () -> Bool) {
            let limit = agenda.now + .seconds(60)
            while !isDone(), agenda.now < limit {
                agenda.advance(to: agenda.now + .milliseconds(1))
                told += advance(sender)
                heard += advance(receiver)
                for case .whole(let byteCount) in told { receiver.peerIsWhole(byteCount) }
            }
        }

        /// Moves and looks as the loop does.
        private func advance(_ end: ScriptedFlowEnd) -> [FlowEvent] {
            end.move(Readiness())
            guard end.needsLook(Readiness(), agenda.now) else { return [] }
            let command = end.relay?.servesCommand == false ? nil : end.user.command?.command
            end.look(
                command: command?.status, process: command?.running, besides: [], now: agenda.now)
            return end.takeEvents()
        }
    }

    @Test func `a reader that shuts its socket down after the end has broken nothing`() {
        let scene = Scene()
        scene.start(writing: 9, { $0.shutsDown = true })
        scene.advance { scene.connection.isClosedAtReceiver }
        #expect(scene.connection.finHasArrived && scene.receiver.isIntact)
        scene.advance { scene.receiver.isOver && scene.sender.isOver }
        #expect(scene.receiver.facts?.ending == .finished && scene.receiver.isIntact)
        #expect(scene.sender.facts?.ending == .finished && scene.sender.isIntact)
    }

    @Test func `a flow that was reset before its end is broken`() {
        let scene = Scene()
        scene.start(writing: 400)
        scene.advance { scene.connection.arrived > 9 }
        scene.connection.breakOnTheWay(atSender: true, atReceiver: true)
        #expect(!scene.receiver.isIntact && !scene.sender.isIntact)
    }

    @Test(arguments: [false, true])
    func `a flow to its end tells of each thing once`(isRelayed: Bool) {
        let scene = Scene()
        scene.start(writing: 100, isRelayed: isRelayed)
        scene.advance { scene.receiver.isOver && scene.sender.isOver }
        #expect(scene.told == [.whole(byteCount: 100), .over])
        #expect(scene.heard == [.over])
        #expect(scene.sender.takeEvents() == [] && scene.receiver.takeEvents() == [])
        #expect(scene.sender.facts?.byteCount == 100 && scene.receiver.facts?.byteCount == 100)
    }

    @Test(arguments: [false, true])
    func `a stream that is not as long as the other end says is broken`(servesCommand: Bool) {
        let scene = Scene()
        scene.start(writing: 100, isRelayed: true, servesCommand: servesCommand)
        scene.receiver.peerIsWhole(101)
        scene.advance { scene.receiver.isOver }
        #expect(scene.receiver.facts?.ending == .reset)
    }

    @Test(arguments: [false, true], [ExitStatus.exited(0), .exited(3)])
    func `a reader that leaves is told of, and each byte that it did not read`(
        isRelayed: Bool, status: ExitStatus
    ) throws {
        let scene = Scene()
        scene.start(
            writing: 400, { ($0.appetite, $0.status) = (30, status) }, isRelayed: isRelayed)
        scene.advance { scene.receiver.isOver }
        #expect(scene.heard == [.left, .broken, .over])
        let facts = try #require(scene.receiver.facts)
        #expect(facts.wasLeft && facts.byteCount == 30 + facts.unread)
    }

    @Test func `what a reset left in a relay is told as lost`() {
        let scene = Scene()
        scene.start(writing: 120, { $0.rests = .seconds(100) }, isRelayed: true)
        scene.advance { scene.sender.user.command?.status != nil }
        #expect(scene.connection.written < 120)
        scene.connection.breakOnTheWay(atSender: true, atReceiver: true)
        scene.advance { scene.sender.isOver }
        #expect(scene.sender.facts?.ending == .reset)
        #expect(scene.told == [.broken, .over])
    }

    @Test func `what a command writes after a reset is told as lost`() {
        let scene = Scene()
        scene.start(writing: 20, isRelayed: true, producer: { $0.rests = .seconds(1) })
        scene.connection.breakOnTheWay(atSender: true, atReceiver: true)
        scene.advance { scene.sender.isOver }
        #expect(scene.sender.user.command?.status != nil)
        #expect(scene.sender.facts?.ending == .reset)
    }

    @Test(arguments: [false, true])
    func `no end goes out while a killed command exits`(isRelayed: Bool) {
        let scene = Scene()
        scene.start(
            writing: 100, isRelayed: isRelayed,
            producer: {
                ($0.status, $0.exits) = (.killed(signal: 9), .milliseconds(500))
            })
        scene.advance { scene.sender.isOver }
        #expect(scene.sender.facts?.ending == .broken && !scene.connection.hasFin)
    }

    @Test func `who lets go of a stream sees its end when the last that has it goes`() {
        let scene = Scene()
        scene.start(
            writing: 100, producer: { ($0.childLives, $0.hidesChild) = (.seconds(5), true) })
        scene.advance { scene.sender.channel.isLetGo }
        #expect(scene.sender.user.isHolding && !scene.connection.hasFin)
        scene.advance { scene.receiver.isOver && scene.sender.isOver }
        #expect(!scene.sender.user.isHolding)
        #expect(scene.told.contains(.whole(byteCount: 100)) && scene.told.last == .over)
        #expect(scene.sender.facts?.ending == .finished)
    }

    @Test(arguments: [false, true])
    func `a file that fails is a command's link, or our own output`(servesCommand: Bool) throws {
        let scene = Scene()
        scene.start(writing: 400, isRelayed: true, servesCommand: servesCommand)
        scene.advance { scene.connection.arrived > 9 }
        scene.receiver.relay?.fail(ofEnd: true)
        scene.advance { scene.receiver.isOver }
        let failure: FlowEvent =
            servesCommand ? .failed(.invalid) : .standardFailed(StandardFailure(.invalid))
        #expect(scene.heard == [failure, .broken, .over])
        #expect(scene.receiver.facts?.ending == .broken)
    }
}
