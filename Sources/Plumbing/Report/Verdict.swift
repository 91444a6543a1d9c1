import LinuxSystem

/// One outcome from the facts of both ends.
package enum Verdict {
    /// Decides the outcome of a session whose commands have all ended.
    ///
    /// Only a command that ended while its flows were unbroken is a cause; of several, the first of
    /// producer, remote command and consumer counts. Without a cause the bytes decide.
    package static func decide(
        _ commands: [Command], _ flows: [FlowVerdict], allowsEarlyExit: Bool
    ) -> Outcome {
        let order: [Role] = [.producer, .remote, .consumer]
        let failed = order.compactMap { role in
            commands.first { $0.role == role && $0.status?.isSuccess == false }
        }
        if let cause = failed.first(where: { $0.wasIntact }), let status = cause.status {
            let told = [sentence(cause, status), bytes(of: cause, flows, commands)].compactMap {
                $0
            }
            return Outcome(
                status.shellStatus, "failed", told.joined(separator: "; "),
                hint: hint(for: cause, flows))
        }
        let left = flows.first { $0.wasLeftEarly }
        if let left, !allowsEarlyExit { return leftEarly(left, commands) }
        if let flow = flows.first(where: { !$0.isComplete && !$0.wasLeftEarly }) {
            return incomplete(flow)
        }
        let inEarlyFlow = failed.allSatisfy { command in
            flows.contains { $0.wasLeftEarly && command.uses($0.flow) }
        }
        if let left, inEarlyFlow {
            return Outcome(0, "left early", leftEarly(left, commands).sentence + ", as allowed")
        }
        if let consequence = failed.first, let status = consequence.status {
            return Outcome(
                OwnStatus.incomplete, "incomplete",
                sentence(consequence, status) + " after its stream was broken",
                hint: "the reader's data is incomplete: run it again")
        }
        let total = flows.reduce(0) { $0 + min($1.sender.byteCount, .max - $0) }
        return Outcome(
            0, "complete", "complete: \(Text.counted(total, "byte")), confirmed by both ends")
    }

    /// A command's name for a person: its role and its first word.
    package static func naming(_ role: Role, _ words: [Word]) -> String {
        let what =
            role == .remote ? "remote command" : role == .login ? "login command" : role.rawValue
        return "\(what) \(Text.quoted(words.first?.bytes ?? []))"
    }

    private static func sentence(_ command: Command, _ status: ExitStatus) -> String {
        let name = naming(command.role, command.words) + " (\(command.role.end.rawValue))"
        return switch status {
        case .exited(let number): "\(name) exited with status \(number)"
        case .killed(let signal): "\(name) was killed by \(Signal.name(signal))"
        }
    }

    /// What happened to the bytes that the command wrote or read, as far as both ends know.
    private static func bytes(
        of command: Command, _ flows: [FlowVerdict], _ commands: [Command]
    ) -> String? {
        let written = flows.first {
            $0.flow.sender == command.role.end && command.role != .consumer
        }
        if let written, written.sender.ending == .broken { return broken(written) }
        if let written, written.isComplete { return delivered(written, commands) }
        guard let read = flows.first(where: { command.reads($0.flow) }) else { return nil }
        // The two counts are of different moments: more may be unread than had arrived.
        let count = max(0, read.receiver.byteCount &- read.receiver.unread)
        guard read.sender.isKnown, count <= read.sender.byteCount else {
            return "it had read \(Text.counted(count, "byte"))"
        }
        return "it had read \(Text.grouped(count)) of the \(Text.grouped(read.sender.byteCount)) "
            + "bytes written"
    }

    /// What the reading end saw of a stream that was broken at its source.
    private static func broken(_ flow: FlowVerdict) -> String {
        switch flow.receiver.ending {
        case .reset, .broken, .altered, .truncated: "its stream was broken at both ends"
        case .left, .departed: "its stream was broken after its reader had left"
        case .finished:
            "its stream was broken, but its reader saw a normal end, and may take its data for "
                + "complete: the command, or something on the way, had already ended the output"
        case .untouched, .miscounted, .unknown: "its stream was broken"
        }
    }

    private static func delivered(_ flow: FlowVerdict, _ commands: [Command]) -> String {
        let count = "its \(Text.grouped(flow.sender.byteCount)) bytes were delivered"
        // What happens behind our standard output is unknown.
        guard commands.contains(where: { $0.reads(flow.flow) }) else { return count }
        let padding = flow.receiver.padding
        return count + " and read to the end"
            + (padding > 0 ? " except \(Text.counted(padding, "byte")) of padding" : "")
    }

    /// What to say of a success that left zeros unread as an archive's padding.
    package static func padding(_ flows: [FlowVerdict], _ commands: [Command]) -> [String] {
        flows.filter { $0.receiver.padding > 0 }.map { flow in
            let reader = commands.first { $0.reads(flow.flow) }?.words.first?.bytes
            let name = reader.map { Text.quoted($0) } ?? "the reader"
            return "\(name) left \(Text.counted(flow.receiver.padding, "byte")) of zeros unread, "
                + "as readers leave the padding after an archive"
        }
    }

    /// The hint for a command that opens its socket by name, which does not work.
    private static func hint(for command: Command, _ flows: [FlowVerdict]) -> String? {
        func names(_ path: String) -> Bool {
            command.words.contains { word in
                String(decoding: word.bytes, as: UTF8.self).split(separator: " ").contains {
                    $0 == path
                }
            }
        }
        let end = command.role.end
        if let read = flows.first(where: { $0.flow.sender != end && command.uses($0.flow) }),
            read.receiver.relay == nil, names("/dev/stdin")
        {
            return
                "a socket cannot be opened as /dev/stdin: --relay \(end.rawValue) makes it a pipe"
        }
        if let written = flows.first(where: { $0.flow.sender == end && command.uses($0.flow) }),
            written.sender.relay == nil, names("/dev/stdout")
        {
            return "a socket cannot be opened as /dev/stdout: write { sh -c 'COMMAND | cat' }"
        }
        return nil
    }

    private static func leftEarly(
        _ flow: FlowVerdict, _ commands: [Command]
    ) -> Outcome {
        let role: Role = flow.flow == .out ? .remote : .consumer
        let reader = commands.first { $0.role == role }
        let name = reader.map { naming(role, $0.words) } ?? "the reader of standard output"
        let sentence = "\(name) ended before it had read the whole stream"
        return Outcome(
            OwnStatus.incomplete, "incomplete", sentence,
            hint: "if that is what you want, use --allow-early-exit")
    }

    private static func altered(_ flow: Flow) -> Outcome {
        Outcome(
            OwnStatus.incomplete, "altered",
            "the data of flow '\(flow.rawValue)' was altered on its way",
            hint: "something between the hosts changes it; the reader got only what came before")
    }

    private static func truncated(_ flow: FlowVerdict) -> Outcome {
        Outcome(
            OwnStatus.lost, "broken",
            "the connection of flow '\(flow.flow.rawValue)' was cut after "
                + Text.counted(flow.receiver.byteCount, "byte"),
            hint: "something on the way ended it before its sender did: the reader's data is "
                + "incomplete")
    }

    private static func incomplete(_ flow: FlowVerdict) -> Outcome {
        let sender = flow.sender
        let receiver = flow.receiver
        if receiver.ending == .altered { return altered(flow.flow) }
        if receiver.ending == .truncated { return truncated(flow) }
        if sender.ending == .reset || receiver.ending == .reset || sender.ending == .broken {
            return Outcome(
                OwnStatus.lost, "broken",
                "the connection of flow '\(flow.flow.rawValue)' was reset "
                    + "after \(Text.counted(receiver.byteCount, "byte"))",
                hint: "the network or a firewall cut it: the reader's data is incomplete")
        }
        if let end = flow.miscountedEnd {
            return Outcome(
                OwnStatus.incomplete, "incomplete",
                "the relay \(end.rawValue) and the connection of flow '\(flow.flow.rawValue)' "
                    + "counted different numbers of bytes",
                hint: "the reader's data is incomplete: run it again, preferably with "
                    + "--engine copy")
        }
        if flow.contentDiffers, sender.byteCount == receiver.byteCount {
            return Outcome(
                OwnStatus.incomplete, "content differs",
                "the \(Text.grouped(sender.byteCount)) bytes that arrived are not the bytes that "
                    + "were sent: their BLAKE2b hashes differ",
                hint: "run it again; if it recurs, something on the way or the memory of a host "
                    + "alters bytes")
        }
        return Outcome(
            OwnStatus.incomplete, "incomplete",
            "the ends do not agree: \(Text.grouped(sender.byteCount)) bytes were written and "
                + "\(Text.grouped(receiver.byteCount)) arrived, \(Text.grouped(receiver.unread)) "
                + "of them unread",
            hint: "the reader's data is incomplete: run it again")
    }
}
