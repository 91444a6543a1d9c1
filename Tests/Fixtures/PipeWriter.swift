import Glibc
import Synchronization

/// The writing end of a pipe that we hold.
package final class PipeWriter: Sendable {
    private let descriptor: Mutex<Int32>

    private init(_ descriptor: Int32) { self.descriptor = Mutex(descriptor) }

    deinit { close() }

    /// A new pipe; the reading end is the caller's to close.
    ///
    /// It is made of a named one: only `open` sets close-on-exec at once, so that no child of
    /// another thread can inherit an end.
    package static func pipe() throws -> (reader: Int32, writer: PipeWriter) {
        signal(SIGPIPE, SIG_IGN)
        let scratch = try Scratch()
        let path = scratch / "pipe"
        guard unsafe mkfifo(path, 0o600) == 0 else { throw Failure(path, errno: errno) }
        let reader = unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        let writer = unsafe open(path, O_WRONLY | O_CLOEXEC)
        guard fcntl(reader, F_SETFL, 0) == 0, writer >= 0 else {
            throw Failure(path, errno: errno)
        }
        return (reader, PipeWriter(writer))
    }

    package func write(_ bytes: [UInt8]) {
        descriptor.withLock { if $0 >= 0 { _ = writeAll(bytes[...], to: $0) } }
    }

    package func close() {
        descriptor.withLock { descriptor in
            if descriptor >= 0 { Glibc.close(descriptor) }
            descriptor = -1
        }
    }
}
