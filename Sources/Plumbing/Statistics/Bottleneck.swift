/// Who kept a flow from being faster, as shares of its time.
package struct Bottleneck: Equatable, Sendable {
    package enum Who: String, Sendable { case producer, network, consumer }

    /// Shares in thousandths, which add up to 1000.
    package let producer: Int64
    package let network: Int64
    package let consumer: Int64

    /// From the sender's view of the connection (`tcpi_busy_time`, `tcpi_rwnd_limited`): while it
    /// had nothing to send the producer was slow, while the window was closed the consumer was.
    package init?(_ path: PathStatistics, microseconds: Int64) {
        guard microseconds > 0, let busy = path.busyMicroseconds,
            let limited = path.receiverLimitedMicroseconds
        else { return nil }
        let active = min(busy, microseconds)
        let closed = min(limited, active)
        consumer = closed * 1000 / microseconds
        network = (active - closed) * 1000 / microseconds
        producer = 1000 - consumer - network
    }

    package var who: Who {
        if producer >= network, producer >= consumer { return .producer }
        return network >= consumer ? .network : .consumer
    }

    package var share: Int64 { max(producer, network, consumer) }
}
