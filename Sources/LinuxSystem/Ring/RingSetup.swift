import CLiburing

/// When the kernel ends an operation that needs our thread for it, the cheapest first.
///
/// `IORING_SETUP_DEFER_TASKRUN` is not among them: with it, the end of an operation does not always
/// wake a thread that sleeps in `poll` on the ring's descriptor (seen on Linux 6.18: a stream moved
/// only when another time-out woke us).
package enum RingSetup: CaseIterable, Sendable {
    /// With our next system call of any kind (Linux 5.19).
    case cooperative
    /// At once, by interrupting us.
    case interrupting

    var flags: UInt32 {
        switch self {
        // With TASKRUN_FLAG a look for completions enters the kernel only if there is one.
        case .cooperative: IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG
        case .interrupting: 0
        }
    }
}
