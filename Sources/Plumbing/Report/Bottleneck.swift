/// What kept a flow from being faster, as shares of its time.
package struct Bottleneck: Equatable, Sendable {
    package enum Who: String, Sendable { case producer, network, consumer }

    /// Shares in thousandths, which add up to 1000.
    package let producer: Int64
    package let network: Int64
    package let consumer: Int64
    /// The part of the network's share that a full socket buffer caused: the path holds more than
    /// it.
    package let receiveBuffer: Int64
    package let sendBuffer: Int64

    /// Judges by TCP's counters: the producer was slow while little waited for sending, the
    /// consumer while much waited for reading. A relay times the command behind it itself. A closed
    /// window (`tcpi_rwnd_limited`) with little to read counts for the receive buffer,
    /// `tcpi_sndbuf_limited` for the send buffer.
    package init?(_ verdict: FlowVerdict, microseconds: Int64) {
        let (sender, receiver) = (verdict.sender, verdict.receiver)
        guard microseconds > 0, let busy = sender.path.busyMicroseconds,
            let limited = sender.path.receiverLimitedMicroseconds
        else { return nil }
        func share(_ time: Int64) -> Int64 { min(time, microseconds) * 1000 / microseconds }
        let ahead = min(busy, sender.path.backlogMicroseconds ?? busy)
        let unread =
            receiver.relay?.waitedForTargetMicroseconds ?? receiver.path.backlogMicroseconds
        producer = sender.relay.map { share($0.waitedForSourceMicroseconds) } ?? 1000 - share(ahead)
        consumer = min(share(unread ?? limited), 1000 - producer)
        network = 1000 - producer - consumer
        receiveBuffer = min(max(0, share(limited) - consumer), network)
        sendBuffer = min(
            share(sender.path.sendBufferLimitedMicroseconds ?? 0), network - receiveBuffer)
    }

    package var who: Who {
        if producer >= network, producer >= consumer { return .producer }
        return network >= consumer ? .network : .consumer
    }

    package var share: Int64 { max(producer, network, consumer) }
}
