import LinuxSystem
import Plumbing

/// Writes or reads volumes in the world of this host.
package enum VolumeMove {
    package static func run(_ order: VolumeOrder, _ say: Diagnostics) -> VolumeResult {
        let world = HostVolumeWorld(order, say)
        Signals.leaveFileLimitToWrites()
        Signals.leavePipesToWrites()
        switch order.direction {
        case .to:
            var writer = VolumeWriter(order, world)
            return writer.run()
        case .from, .verify:
            do throws(VolumeError) {
                var reader = try VolumeReader(order, world)
                return reader.run()
            } catch {
                return VolumeResult(order, [], error)
            }
        }
    }
}
