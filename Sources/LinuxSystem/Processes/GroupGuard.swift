import CLinux

/// A process group that does not outlive us, even if we are killed by -9.
///
/// Its leader is a process that waits for our end and then kills the group. A parent-death signal
/// alone reaches our children, but not theirs.
package struct GroupGuard: ~Copyable {
    /// The process that leads the group.
    package let leader: CInt
    private let lifeline: OwnedDescriptor

    package init() throws(Errno) {
        let pipe = try Pipe()
        leader = try check(linux_start_guard(pipe.reader.number))
        lifeline = pipe.writer
    }

    /// Takes the guard away; the group stays as it is.
    package consuming func dismiss() {
        Process.signal(leader, Signal.kill)
    }
}
