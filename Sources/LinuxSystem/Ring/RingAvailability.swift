/// Whether this process may use io_uring.
package enum RingAvailability: Equatable, Sendable {
    case available
    case unavailable(Errno)

    /// Asks the kernel by making a ring and using it.
    package static func here() -> RingAvailability {
        do throws(Errno) {
            let ring = try Ring(entries: 1, blockCount: 0, blockSize: 0)
            // No operation has this tag, but any question will do.
            _ = ring.cancel(tag: 0)
            try ring.submit()
            let isComplete = ring.supports(.read) && ring.supports(.write)
            return isComplete ? .available : .unavailable(.notImplemented)
        } catch {
            return .unavailable(error)
        }
    }

    /// Why io_uring does not work; `nil` if it does.
    package var sentence: String? {
        switch self {
        case .available: nil
        case .unavailable(.notImplemented): "the kernel has no io_uring, or too old a one"
        case .unavailable(.notPermitted), .unavailable(.accessDenied):
            "io_uring is forbidden"
        case .unavailable(.outOfMemory): "io_uring needs more locked memory than is allowed"
        case .unavailable(let error): "io_uring cannot be used (\(error.sentence))"
        }
    }

    /// What to do about it; `nil` if there is no cure.
    package var hint: String? {
        switch self {
        case .unavailable(.notImplemented):
            "io_uring needs Linux 5.6, and in a container a seccomp profile that allows it"
        case .unavailable(.notPermitted), .unavailable(.accessDenied):
            "set sysctl kernel.io_uring_disabled to 0; in a container, allow io_uring_setup, "
                + "io_uring_enter and io_uring_register in its seccomp profile"
        case .unavailable(.outOfMemory): "raise the limit of locked memory: ulimit -l"
        default: nil
        }
    }
}
