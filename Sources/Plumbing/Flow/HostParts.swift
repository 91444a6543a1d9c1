import LinuxSystem
import Relaying

/// The parts of a flow's end on this host.
package final class HostParts: FlowParts {
    package typealias Channel = DataChannel
    package typealias Holders = HolderWatch
    package typealias Relay = Plumbing.Relay

    /// What joins a command to the relay that is still to be started.
    var link: CommandLink?

    package init() {}

    package var now: Instant { .now }

    package func resume(
        _ relay: Relay, on channel: DataChannel, after old: DataChannel, from byteCount: Int64
    ) throws(Errno) {
        try channel.prepareForRelay(like: old)
        try relay.resume(on: channel, after: old, from: byteCount)
    }

    package func isEnding(_ process: CInt) -> Bool { Proc.isEnding(process) }
}

/// One end of one flow, on this host.
package typealias HostFlowEnd = FlowEnd<HostParts>

extension DataChannel: FlowChannel {}
extension HolderWatch: FlowHolders {}

extension Relay: FlowRelay {
    package var sourceHasEnded: Bool { progress.source == .ended }
    package var hasTarget: Bool { progress.target == .open }
    package var facts: RelayFacts { RelayFacts(self) }

    package func failure(isConnected: Bool) -> RelayFailure? {
        progress.failure(direction, isConnected: isConnected)
    }

    package func failure(of error: Errno) -> StandardFailure {
        var failure = StandardFailure(error)
        failure.byteCount = progress.given
        failure.promised = promised
        failure.isDevice = isDevice
        failure.isDirect = isDirect
        return failure
    }

    package func note(drained bytes: [UInt8]) -> [UInt8] { mover.note(drained: bytes) }
}
