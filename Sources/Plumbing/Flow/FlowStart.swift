import LinuxSystem
import Relaying

/// The start of a flow: first what the commands get, then, when they run, the relays.
extension HostFlowEnd {
    package convenience init(
        _ channel: DataChannel, at end: End, breaking: SendingRules.Breaking, hearsOfEnd: Bool
    ) {
        self.init(
            channel, HolderWatch(.socket(channel.inode)), HostParts(), at: end, breaking: breaking,
            hearsOfEnd: hearsOfEnd)
    }

    /// Makes what is to become the command's standard input or output.
    ///
    /// - Parameters:
    ///   - order: What a relay between the command and the socket is to do; `nil` for none.
    ///   - heartbeat: How often to ask after a silent peer.
    package func prepare(
        _ order: RelayOrder?, heartbeat: Instant.Span
    ) throws(Errno) -> Descriptor {
        begin(heartbeat: heartbeat)
        let socket = try channel.descriptorForHandOff(heartbeat: heartbeat)
        guard let order else {
            // What goes by it would go in clear.
            precondition(!channel.isSealed)
            return socket
        }
        let link = try CommandLink(
            feeding: isReceiving, copying: order.isSealed, inRecordsOf: order.record?.size)
        let theirs = link.theirs.borrowed
        parts.link = consume link
        return theirs
    }

    /// What our death must not close before the command is dead: it would look like an end.
    package var kept: [Descriptor] {
        guard isHandedOff else { return [] }
        return [channel.descriptor, parts.link?.ours.borrowed].compactMap { $0 }
    }

    /// What the command gets, and may leave to others that must not outlive us.
    package var given: [Proc.OpenFile] {
        guard isHandedOff else { return [] }
        return [parts.link?.file ?? .socket(channel.inode)]
    }

    /// Begins to watch the flow, and to relay it where the command has not got the socket.
    ///
    /// - Parameter keeper: The process that keeps open what we close.
    package func begin(_ order: RelayOrder?, keptBy keeper: Guard?) throws(Errno) {
        channel.keeper = keeper
        holders.spare(keeper?.leader)
        guard let order, let link = parts.link.take() else { return }
        try startRelay(RelayEnd(link, keptBy: keeper), order)
    }

    /// Relays between the connection and our own standard input or output.
    package func begin(
        _ order: RelayOrder, standard: Descriptor, _ jobControl: JobControl,
        heartbeat: Instant.Span
    ) throws(Errno) {
        begin(heartbeat: heartbeat)
        _ = try channel.descriptorForHandOff(heartbeat: heartbeat)
        try startRelay(RelayEnd(standard: standard, jobControl), order)
    }

    private func startRelay(_ end: consuming RelayEnd, _ order: RelayOrder) throws(Errno) {
        let checksum = order.hasChecksum ? Checksum() : nil
        let direction: RelayDirection = isReceiving ? .fromConnection : .toConnection
        // Both ends know it from two messages: nothing goes in clear by accident.
        precondition(order.isSealed == channel.isSealed)
        let carrier = try Carrier(channel.takeCipher(), direction)
        if carrier.isSealed { Process.leaveNoCore() }
        let feeding =
            isReceiving && order.servesReaders
            ? try Feeding(
                order.feeding, from: channel.descriptor, to: end.descriptor, end.kind,
                digest: checksum?.digest, isSealed: carrier.isSealed) : nil
        let relay = Relay(
            direction, connection: channel.descriptor, consume end, engine: order.engine,
            checksum: checksum, feeding: feeding, carrier: carrier,
            holdsEnd: isReceiving && hearsOfEnd, keeps: order.keeps,
            acknowledged: { [channel] in
                channel.certainByteCount(given: $0, overhead: carrier.overhead)
            },
            record: order.record?.size)
        if order.keeps { cuts = FlowCuts() }
        start(relay, heldBy: relay.file.map { HolderWatch($0, sparing: relay.keeper) })
    }
}
