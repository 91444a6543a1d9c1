/// Who kept a flow from being faster, as shares of its time.
package struct Bottleneck: Equatable, Sendable {
    package enum Who: String, Sendable { case producer, network, consumer }

    /// Shares in thousandths, which add up to 1000.
    package let producer: Int64
    package let network: Int64
    package let consumer: Int64

    /// From what TCP saw: while the sender had nothing to send (`tcpi_busy_time`) the producer was
    /// slow; while the window was closed (`tcpi_rwnd_limited`), or bytes waited to be read, the
    /// consumer was.
    package init?(
        sender: PathStatistics, receiver: PathStatistics = PathStatistics(), microseconds: Int64
    ) {
        guard microseconds > 0, let busy = sender.busyMicroseconds,
            let limited = sender.receiverLimitedMicroseconds
        else { return nil }
        let active = min(busy, microseconds)
        let waited = min(max(limited, receiver.backlogMicroseconds ?? 0), active)
        consumer = waited * 1000 / microseconds
        network = (active - waited) * 1000 / microseconds
        producer = 1000 - consumer - network
    }

    /// The same, with what a relay saw of the command behind it in the place of TCP's guess.
    package init?(_ verdict: FlowVerdict, microseconds: Int64) {
        guard
            let path = Bottleneck(
                sender: verdict.sender.path, receiver: verdict.receiver.path,
                microseconds: microseconds)
        else { return nil }
        func share(_ waited: Int64?) -> Int64? {
            waited.map { min($0, microseconds) * 1000 / microseconds }
        }
        let producer =
            share(verdict.sender.relay?.waitedForSourceMicroseconds) ?? path.producer
        let consumer = min(
            share(verdict.receiver.relay?.waitedForTargetMicroseconds) ?? path.consumer,
            1000 - producer)
        self.producer = producer
        self.consumer = consumer
        network = 1000 - producer - consumer
    }

    package var who: Who {
        if producer >= network, producer >= consumer { return .producer }
        return network >= consumer ? .network : .consumer
    }

    package var share: Int64 { max(producer, network, consumer) }
}
