import Glibc
import LinuxSystem

/// The longest that a test waits for what must happen.
package let patience = Instant.Span.seconds(10)

/// Looks every millisecond whether something has happened.
///
/// - Returns: Whether it did before `patience` was over.
package func happens(_ condition: () throws -> Bool) throws -> Bool {
    let end = Instant.now + patience
    while try !condition() {
        guard Instant.now < end else { return false }
        var nothing = Readiness()
        try nothing.wait(until: .now + .milliseconds(1))
    }
    return true
}

/// Waits until a descriptor is ready.
///
/// - Returns: Whether it was before `patience` was over.
package func becomesReady(_ descriptor: Descriptor, _ interest: Readiness.Interest) throws -> Bool {
    try happens { Readiness.now(of: descriptor, interest).isReady }
}

/// Everything up to the end of the stream.
package func readToEnd(_ descriptor: Descriptor) throws -> [UInt8] {
    var all: [UInt8] = []
    while try becomesReady(descriptor, .reading) {
        let piece = try descriptor.read(byteCount: 65536)
        if piece.isEmpty { return all }
        all += piece
    }
    throw Errno.timedOut
}

/// Whether a descriptor of this process is open.
package func isOpen(_ descriptor: Descriptor) -> Bool {
    fcntl(descriptor.number, F_GETFD) >= 0
}

package func isCloseOnExec(_ descriptor: Descriptor) -> Bool {
    fcntl(descriptor.number, F_GETFD) & FD_CLOEXEC != 0
}

package func isNonblocking(_ descriptor: Descriptor) -> Bool {
    fcntl(descriptor.number, F_GETFL) & O_NONBLOCK != 0
}
