import LinuxSystem

/// A channel that outlives its login: what may be lost with it is sent again.
extension ControlChannel {
    /// From now on keeps each line until the peer has it. Both ends do so right behind their first,
    /// `hello` or the invitation, which each of them counts.
    package func keepLines() {
        log = ControlLog(after: 1)
        assembler.holdsOutput = true
    }

    /// Goes over to another login; what was half read or not yet sent is void. Lines wait until the
    /// session goes on.
    ///
    /// - Parameter awaitsHello: Whether another than the session's end speaks first.
    package func switchTo(
        input: consuming OwnedDescriptor, output: consuming OwnedDescriptor, awaitsHello: Bool
    ) {
        precondition(log != nil)
        self.input = input
        outputIsPipe = FileKind(of: output.borrowed) == .pipe
        self.output = consume output
        assembler = ControlAssembler(after: assembler, awaitsHello: awaitsHello)
        outbox.drop()
        (isJoined, hasEnded, endsAt) = (false, false, nil)
        if inbox != nil { spliceData() }
    }

    /// Takes nothing more from a login that is lost, and gives it nothing.
    package func lose() {
        outbox.drop()
        output = nil
        (isJoined, hasEnded) = (false, true)
    }

    /// Asks the session's other end to go on by this login. Nothing may follow before it answers: who
    /// takes these words there hands the channel over.
    package func rejoin(_ key: RejoinKey, attempt: Int64) {
        precondition(!isJoined)
        let rejoining = key.rejoining(attempt: attempt, seen: assembler.keptCount)
        send(raw: ControlMessage.rejoin(rejoining).line.encoded)
    }

    /// Whether a peer that has so many lines can go on.
    package func reaches(back seen: Int64) -> Bool { log?.reaches(back: seen) ?? false }

    /// Tells the peer that the session goes on by this login, and sends what it lacks.
    package func welcome(peerThatHas seen: Int64) {
        send(raw: ControlMessage.rejoined(seen: assembler.keptCount).line.encoded)
        goOn(after: seen)
    }

    private func goOn(after seen: Int64) {
        guard let log else { return }
        (isJoined, lineCount) = (true, log.lineCount - seen)
        toldByteCount = assembler.keptByteCount
        outbox.add(log.after(seen))
        flush()
    }

    /// Takes what a line tells of the lines that we keep.
    func note(_ line: ControlLine) throws(ControlError) {
        guard log != nil else { return }
        if line.verb == "alive", let seen = try line.optionalInteger("seen") {
            try log?.acknowledge(seen)
        } else if line.verb == "rejoined", !isJoined {
            let seen = try line.integer("seen")
            guard reaches(back: seen) else { throw .malformed(line.encoded) }
            goOn(after: seen)
        }
    }

    /// Gives the channel away, with what asked for it.
    ///
    /// - Throws: The error of the socket, or `protocolError` if more came than that.
    package func handOver(
        _ rejoining: Rejoining, to socket: borrowing LocalSocket
    ) throws(Errno) {
        guard assembler.rest.isEmpty, let output = output?.borrowed else { throw .protocolError }
        try socket.send(
            rejoining.line.encoded, with: [input.borrowed, output, .standardError])
    }
}
