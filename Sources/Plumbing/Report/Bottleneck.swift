/// Who kept a flow from being faster, as shares of its time.
package struct Bottleneck: Equatable, Sendable {
    package enum Who: String, Sendable { case producer, network, consumer }

    /// Shares in thousandths, which add up to 1000.
    package let producer: Int64
    package let network: Int64
    package let consumer: Int64
    /// What of the network's share a full socket buffer caused: it holds less than is on the way.
    package let receiveBuffer: Int64
    package let sendBuffer: Int64

    /// From what TCP saw: while little waited to be sent the producer was slow, while much waited to
    /// be read the consumer was. A relay saw that of the command behind it itself. A closed window
    /// (`tcpi_rwnd_limited`) with little to read is the receive buffer's; `tcpi_sndbuf_limited` is
    /// the send buffer's.
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
