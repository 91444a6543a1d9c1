import LinuxSystem

@testable import Plumbing

/// Commands and flows of a session that is over.
protocol VerdictScene {}

extension VerdictScene {
    func command(_ role: Role, _ status: ExitStatus, intact: Bool = true) -> Command {
        var command = Command(
            role: role, words: [Word("\(role.rawValue)-words")], pid: 7, started: .now)
        command.status = status
        command.ended = .now
        command.wasIntact = intact
        return command
    }

    func flow(
        _ flow: Flow, _ sender: FlowFacts.Ending = .finished, _ sent: Int64 = 9,
        _ receiver: FlowFacts.Ending = .finished, _ received: Int64 = 9
    ) -> FlowVerdict {
        FlowVerdict(
            flow, sender: FlowFacts(sender, byteCount: sent),
            receiver: FlowFacts(receiver, byteCount: received))
    }

    func status(
        _ commands: [Command], _ flows: [FlowVerdict], allowsEarlyExit: Bool = false
    ) -> CInt {
        Verdict.decide(commands, flows, allowsEarlyExit: allowsEarlyExit).ending.status
    }

    var success: [Command] {
        [Role.producer, .remote, .consumer].map { command($0, .exited(0)) }
    }
}
