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
            isRelayed: Bool = false, servesCommand: Bool = true
        ) {
            var script = ScriptedCommand.Script(size: size)
            let output = sender.begin(isRelayed: isRelayed)
            let input = receiver.begin(isRelayed: isRelayed, servesCommand: servesCommand)
            sender.user.command = ScriptedCommand(
                .producer, CommandID(0), script, input: nil, output: output, agenda)
            script.size = 0
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
        scene.start(writing: 9) { $0.shutsDown = true }
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
    func `a reader that leaves is told of, and that the stream is broken`(isRelayed: Bool) {
        let scene = Scene()
        scene.start(writing: 400, { $0.appetite = 30 }, isRelayed: isRelayed)
        scene.advance { scene.receiver.isOver }
        #expect(scene.heard == [.left, .broken, .over])
        #expect(scene.receiver.facts?.wasLeft == true)
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
