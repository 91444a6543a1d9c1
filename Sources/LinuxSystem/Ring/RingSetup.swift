import CLiburing

/// Where the kernel ends an operation that needs our thread for it, the cheapest first.
///
/// Not among them: `IORING_SETUP_DEFER_TASKRUN`. A thread that sleeps in `poll` on the ring's
/// descriptor is then not always woken by an operation that ends (seen on Linux 6.18: a stream that
/// moved only when another time-out woke us).
package enum RingSetup: CaseIterable, Sendable {
    /// With the next system call, whichever (Linux 5.19).
    case cooperative
    /// At once, by an interrupt of what we do.
    case interrupting

    var flags: UInt32 {
        switch self {
        // With TASKRUN_FLAG looking for a completion enters the kernel only if one is to be had.
        case .cooperative: IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG
        case .interrupting: 0
        }
    }
}
