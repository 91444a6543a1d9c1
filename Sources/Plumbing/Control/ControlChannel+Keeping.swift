import LinuxSystem

/// A channel that outlives its login: what may be lost with it is sent again.
extension ControlChannel {
    /// From now on keeps each line until the peer has it.
    package func keepLines() { lines.keep() }

    /// Goes over to another login; what was half read or not yet sent is void. Lines wait until the
    /// session goes on.
    ///
    /// - Parameter awaitsHello: Whether another than the session's end speaks first.
    package func switchTo(
        input: consuming OwnedDescriptor, output: consuming OwnedDescriptor, awaitsHello: Bool
    ) {
        lines.change(awaitsHello: awaitsHello)
        self.input = input
        outputIsPipe = FileKind(of: output.borrowed) == .pipe
        self.output = consume output
        outbox.drop()
        (hasEnded, endsAt) = (false, nil)
        if inbox != nil { spliceData() }
    }

    /// Takes nothing more from a login that is lost, and gives it nothing.
    package func lose() {
        lines.lose()
        outbox.drop()
        output = nil
        hasEnded = true
    }

    /// Asks the session's other end to go on by this login. Nothing may follow before it answers: who
    /// takes these words there hands the channel over.
    package func rejoin(_ key: RejoinKey, attempt: Int64) {
        send(raw: lines.rejoin(key, attempt: attempt))
    }

    /// Whether a peer that has so many lines can go on.
    package func reaches(back seen: Int64) -> Bool { lines.reaches(back: seen) }

    /// Tells the peer that the session goes on by this login, and sends what it lacks.
    package func welcome(peerThatHas seen: Int64) {
        send(raw: lines.welcome(peerThatHas: seen))
    }

    /// Gives the channel away, with what asked for it.
    ///
    /// - Throws: The error of the socket, or `protocolError` if more came than that.
    package func handOver(
        _ rejoining: Rejoining, to socket: borrowing LocalSocket
    ) throws(Errno) {
        guard lines.rest.isEmpty, let output = output?.borrowed else { throw .protocolError }
        try socket.send(
            rejoining.line.encoded, with: [input.borrowed, output, .standardError])
    }
}
