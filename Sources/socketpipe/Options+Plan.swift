import ArgumentParser
import LinuxSystem
import Plumbing

/// A line that is for the login command alone.
struct LoginAlone: Error {
    let words: [Word]
}

/// From options to what is to be done.
extension Options {
    static let grammar = FoldedLine.Grammar(
        blockOptions: ["-i", "--input", "-o", "--output", "-l", "--login", "-r", "--remote"],
        standardOptions: ["-i", "--input", "-o", "--output"], lastOption: "--rsh",
        synonyms: [
            ["-i", "--input"], ["-o", "--output"], ["-l", "--login"], ["-r", "--remote"],
            ["-b", "--batch"], ["-h", "--host"], ["-t", "--timeout"],
        ])

    static func read(_ words: [String]) throws -> Options {
        guard let options = try Options.parseAsRoot(words) as? Options else {
            throw CleanExit.helpRequest()
        }
        return options
    }

    /// - Parameter line: The line that the options were read from.
    func plan(_ line: FoldedLine) throws -> Plan {
        var plan = try line.rest.map { try remoteShellPlan($0) } ?? blockPlan(line.blocks)
        guard !(verbose && quiet) else {
            throw ValidationError("--verbose and --quiet exclude each other")
        }
        guard !checksum || (relay == nil && engine == nil) else {
            throw ValidationError(
                "--checksum relays at both ends by copying: leave out --relay and --engine")
        }
        guard !(progress && quiet) else {
            throw ValidationError("--progress and --quiet exclude each other")
        }
        plan.relaying = checksum ? .both : relay
        plan.relay = try relayOrder()
        plan.rate = rate
        plan.size = size
        plan.showsProgress = progress
        try checkLegacy(plan)
        plan.there = there
        plan.keepsTerminalFromLogin = isBatch
        plan.host = host
        plan.listening = listen
        plan.ports = port
        plan.maximumSegment = mss
        if let timeout { plan.rendezvousLimit = timeout == 0 ? nil : .seconds(timeout) }
        if let stall { plan.stallLimit = .seconds(stall) }
        plan.isStrict = strict
        plan.allowsEarlyExit = allowEarlyExit || rsh
        plan.isDryRun = dryRun
        plan.report = report.map { Path($0) }
        plan.verbosity = quiet ? .quiet : verbose ? .verbose : .normal
        return plan
    }

    private func relayOrder() throws -> RelayOrder {
        var order = RelayOrder(engine: engine, hasChecksum: checksum)
        guard !pad || record != nil else { throw ValidationError("--pad needs --record") }
        guard buffer != nil || (start == nil && resume == nil) else {
            throw ValidationError("--start and --resume need --buffer")
        }
        order.record = record.map { RecordOrder(size: $0, isPadded: pad) }
        order.buffer = buffer.map {
            let start = start ?? 0
            return BufferOrder(byteCount: $0, start: start, resume: resume ?? start)
        }
        return order
    }

    private func blockPlan(_ blocks: [[Word]]) throws -> Plan {
        guard producer != nil || consumer != nil else {
            throw ValidationError("expected -i { command } or -o { command }: neither is given")
        }
        guard let login else { throw ValidationError("expected -l { login … }: it is not given") }
        guard let remote else {
            throw ValidationError("expected -r { command … }: it is not given")
        }
        var plan = Plan(login: blocks[login.index], remote: blocks[remote.index])
        plan.producer = producer?.local(blocks)
        plan.consumer = consumer?.local(blocks)
        return plan
    }

    /// In the place of a remote shell: its input and output are ours, and it ends when the command
    /// there has, whoever still holds our input open.
    private func remoteShellPlan(_ words: [Word]) throws -> Plan {
        guard producer == nil, consumer == nil, login == nil, remote == nil else {
            throw ValidationError("--rsh stands in the place of -i, -o, -l and -r")
        }
        let ssh = Word("ssh")
        // OpenSSH before 9.4 reads -PV as two flags, and tells its version.
        let line = try RemoteShellLine(words) {
            Process.quietStatus(of: [ssh, Word("-PV")], environment: .inherited()) != .exited(0)
        }
        if line.isForLoginAlone {
            guard !dryRun else {
                throw ValidationError("--dry-run has nothing to show: this line is for ssh alone")
            }
            throw LoginAlone(words: [ssh] + words)
        }
        var plan = Plan(login: line.login, remote: line.remote)
        plan.producer = line.hasNoInput ? nil : .standard
        plan.consumer = .standard
        plan.endsWithRemote = true
        return plan
    }

    private func checkLegacy(_ plan: Plan) throws {
        guard legacy else { return }
        let modern = [
            ("--strict", strict), ("--allow-early-exit", allowEarlyExit), ("--dry-run", dryRun),
            ("--listen", listen != .auto), ("--relay", relay != nil), ("--checksum", checksum),
            ("--rate", rate != nil), ("--progress", progress), ("--engine", engine != nil),
            ("--size", size != nil),
            ("--record", record != nil), ("--buffer", buffer != nil),
            ("--rsh", rsh), ("-i -", plan.producer == .standard),
            ("-o -", plan.consumer == .standard),
        ]
        for (name, isGiven) in modern where isGiven {
            throw ValidationError("--legacy knows no \(name): the original cannot do it")
        }
    }
}
