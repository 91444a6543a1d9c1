import LinuxSystem
import Plumbing

/// The verdict over whatever both ends may tell of flows and commands: each byte of the input
/// chooses a number, an ending or a status.
struct VerdictFuzzer {
    private static let numbers: [Int64] = [
        0, 1, 2, 5, 86, 87, 255, 65_536, 1 << 31, 1 << 32, .max / 1000, .max / 2, .max - 87,
        .max - 2,
        .max - 1, .max,
    ]
    private static let endings: [FlowFacts.Ending] = [
        .finished, .departed, .untouched, .left, .reset, .unknown, .broken, .miscounted,
    ]

    private var rest: ArraySlice<UInt8>

    init(_ input: [UInt8]) { rest = input[...] }

    mutating func run() {
        let choice = next()
        let flows: [Flow] = choice & 1 == 0 ? [.out] : choice & 2 == 0 ? [.back] : [.out, .back]
        let verdicts = flows.map { FlowVerdict($0, sender: facts(), receiver: facts()) }
        let commands = [Role.producer, .remote, .consumer].map { command($0) }
        let allowsEarlyExit = choice & 4 != 0
        let outcome = Verdict.decide(commands, verdicts, allowsEarlyExit: allowsEarlyExit)
        requireTrue(outcome.sentence)
        if outcome.isSuccess { checkSuccess(commands, verdicts, allowsEarlyExit) }
        for verdict in verdicts { report(verdict, outcome) }
    }

    private mutating func next() -> UInt8 { rest.popFirst() ?? 0 }

    private mutating func number() -> Int64 {
        let choice = next()
        return VerdictFuzzer.numbers[Int(choice & 15)] / (choice & 16 == 0 ? 1 : 3)
    }

    private mutating func facts() -> FlowFacts {
        let ending = VerdictFuzzer.endings[Int(next() & 7)]
        var facts = FlowFacts(ending, byteCount: number())
        facts.unread = number()
        facts.padding = number()
        facts.path.busyMicroseconds = number()
        facts.path.receiverLimitedMicroseconds = number()
        facts.path.sendBufferLimitedMicroseconds = number()
        facts.path.backlogMicroseconds = number()
        return facts
    }

    private mutating func command(_ role: Role) -> Command {
        var command = Command(role: role, words: [Word("a")], pid: 1, started: .now)
        let choice = next()
        command.status =
            choice & 1 == 0
            ? .exited(0) : choice & 2 == 0 ? .exited(CInt(choice)) : .killed(signal: 9)
        command.wasIntact = choice & 4 == 0
        return command
    }

    /// Nothing of it is negative, and nothing acts on a terminal.
    private func requireTrue(_ text: String) {
        requireHarmless(text)
        let bytes = [UInt8](text.utf8)
        let isNegative = zip(bytes, bytes.dropFirst()).contains {
            $0 == UInt8(ascii: "-") && (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($1)
        }
        require(!isNegative, "a count of less than nothing: \(text)")
    }

    private func checkSuccess(
        _ commands: [Command], _ verdicts: [FlowVerdict], _ allowsEarlyExit: Bool
    ) {
        for verdict in verdicts {
            let isAllowed = allowsEarlyExit && verdict.wasLeftEarly
            require(verdict.isComplete || isAllowed, "a success that is not complete")
            guard verdict.isComplete else { continue }
            require(
                verdict.sender.byteCount == verdict.receiver.byteCount, "a success of other bytes")
            require(verdict.receiver.unread == 0, "a success with unread bytes")
        }
        let hasFailed = commands.contains { $0.status?.isSuccess == false && $0.wasIntact }
        require(!hasFailed, "a success of a command that failed")
    }

    private mutating func report(_ verdict: FlowVerdict, _ outcome: Outcome) {
        var report = Report(outcome, started: .init(nanoseconds: 0), ended: .now)
        report.flows = [
            FlowReport(
                verdict, caller: .here, here: nil, there: nil,
                duration: .init(nanoseconds: number()))
        ]
        for line in report.summary { requireTrue(line) }
        let moment = WallTime(milliseconds: 0)
        let json = report.json(startedAt: moment, endedAt: moment)
        require(!json.written.contains(": -"), "a number of less than nothing")
    }
}
