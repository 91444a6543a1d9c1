import Foundation
import Synchronization

/// The writing end of a pipe that a test holds.
final class PipeWriter: Sendable {
    private let descriptor: Mutex<Int32>

    private init(_ descriptor: Int32) { self.descriptor = Mutex(descriptor) }

    deinit { close() }

    /// A new pipe; the reading end is the caller's to close.
    ///
    /// It is made of a named one: only `open` sets close-on-exec at once, so that no child of
    /// another test can inherit an end.
    static func pipe() throws -> (reader: Int32, writer: PipeWriter) {
        signal(SIGPIPE, SIG_IGN)
        let path = temporaryFolder + "/spt-" + UUID().uuidString
        guard unsafe mkfifo(path, 0o600) == 0 else { throw Failure("\(path): \(reason(errno))") }
        defer { unsafe unlink(path) }
        let reader = unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        let writer = unsafe open(path, O_WRONLY | O_CLOEXEC)
        guard fcntl(reader, F_SETFL, 0) == 0, writer >= 0 else {
            throw Failure("\(path): \(reason(errno))")
        }
        return (reader, PipeWriter(writer))
    }

    func write(_ bytes: [UInt8]) {
        descriptor.withLock { descriptor in
            var rest = bytes[...]
            while !rest.isEmpty, descriptor >= 0 {
                let count = unsafe rest.withUnsafeBytes { bytes in
                    unsafe Foundation.write(descriptor, bytes.baseAddress, bytes.count)
                }
                guard count > 0 else { return }
                rest = rest.dropFirst(count)
            }
        }
    }

    func close() {
        descriptor.withLock { descriptor in
            if descriptor >= 0 { Foundation.close(descriptor) }
            descriptor = -1
        }
    }
}
