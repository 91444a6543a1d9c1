import LinuxSystem
import Relaying

/// How a relay outlives its connection.
extension Relay {
    /// Gives the connection up, and moves nothing before there is another one.
    package func pause() { mover.pause() }

    /// How much of the flow is here, now that nothing more arrives by the connection.
    ///
    /// - Returns: What is here; whether that is all the records tell, or the connection of a flow in
    ///   clear.
    /// - Throws: Where there is no memory for what is to be opened: the flow is lost.
    package func freeze() throws(Errno) -> FlowRest {
        let (byteCount, hasEnd) = try mover.freeze()
        return FlowRest(byteCount: byteCount, isWhole: hasEnd)
    }

    /// Goes on with another connection, and closes the one before once nothing of it is needed.
    ///
    /// - Parameter byteCount: How much of the flow the receiver has without it.
    /// - Throws: Where the kept bytes do not go on from there: the flow is lost.
    package func resume(
        on channel: DataChannel, after old: DataChannel, from byteCount: Int64
    ) throws(Errno) {
        let carrier = try Carrier(channel.takeCipher(), direction)
        earlier.append(old)
        if direction == .toConnection {
            try mover.resume(to: channel.descriptor, from: byteCount, carrier) {
                channel.certainByteCount(given: $0, overhead: carrier.overhead)
            }
        } else {
            mover.resume(from: channel.descriptor, at: byteCount, carrier)
        }
        closeEarlier()
        start()
    }

    /// The flow is broken: no connection follows.
    package func giveUp() {
        guard mover.goesOn else { return }
        mover.giveUp()
        closeEarlier()
        if progress.isRunning { mover.advance() }
        passEndOn()
    }

    /// Closes what was read to its end.
    func closeEarlier() {
        while earlier.count > mover.earlierSourceCount {
            earlier.removeFirst().close(inOrder: false)
        }
    }
}
