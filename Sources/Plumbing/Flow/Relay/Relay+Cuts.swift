import LinuxSystem
import Relaying

/// How a relay outlives its connection.
extension Relay {
    package var keeps: Bool { mover.keeper != nil || mover.goesOn }

    /// Whether the connection that it writes to is lost, and it waits for another one.
    package var isPaused: Bool { mover.isPaused }

    /// Whether nothing more comes by the newest connection that it reads.
    package var isExhausted: Bool { mover.isExhausted }

    /// The most bytes that it kept for another connection, and how many it sent again.
    package var keptByteCount: Int { mover.keeper?.peak ?? 0 }
    package var resentByteCount: Int64 { mover.keeper?.resentByteCount ?? 0 }

    /// Gives the connection up, and moves nothing before there is another one.
    package func pause() { mover.pause() }

    /// How much of the flow is here, now that nothing more arrives by the connection.
    ///
    /// - Returns: The bytes from the first of the flow on, and whether records end it there; of a
    ///   flow in clear the connection tells.
    /// - Throws: Where there is no memory for what is to be opened: the flow is lost.
    package func freeze() throws(Errno) -> (byteCount: Int64, hasEnd: Bool) {
        try mover.freeze()
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
                (try? channel.observe())?.acknowledged ?? 0
            }
        } else {
            mover.resume(from: channel.descriptor, at: byteCount, carrier)
        }
        closeEarlier()
        start()
    }

    /// Closes what was read to its end.
    func closeEarlier() {
        while earlier.count > mover.earlierSourceCount {
            earlier.removeFirst().close(inOrder: false)
        }
    }
}
