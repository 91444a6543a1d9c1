import LinuxSystem

/// The login command's own standard error, on its way to ours.
///
/// If it is no terminal, ssh makes its standard error `O_NONBLOCK`. If it shared ours, the commands
/// here would find ours so, and their messages would fail with EAGAIN (KERNEL H4).
package final class ErrorSource {
    private var reader: OwnedDescriptor?
    /// When it last said something, or could not because ours was full.
    package private(set) var lastMoment: Instant?
    package private(set) var words = LoginWords()

    package init(_ reader: consuming OwnedDescriptor) throws(Errno) {
        try reader.setNonblocking(true)
        self.reader = consume reader
    }

    package func watch(_ readiness: inout Readiness, to sink: ErrorSink) {
        if let descriptor = reader?.borrowed, sink.hasRoom { readiness.watch(descriptor, .reading) }
    }

    package func advance(_ readiness: Readiness, to sink: ErrorSink) {
        if sink.isClosed { reader = nil }
        if !sink.hasRoom { lastMoment = .now }
        guard let descriptor = reader?.borrowed, readiness[descriptor].isReady else { return }
        pass(65536, to: sink)
    }

    /// Whether nothing more comes.
    package var hasEnded: Bool { reader == nil }

    /// Passes on the bytes that are there after its writer has gone, and waits for no other writer.
    package func drain(to sink: ErrorSink) {
        guard let descriptor = reader?.borrowed else { return }
        pass(descriptor.queuedByteCount, to: sink)
    }

    /// Hands over the pipe when we are about to end, for processes that may still write to it: they
    /// must reach our standard error as if the pipe were not between.
    ///
    /// - Parameter survivors: The processes left running in our session; a daemon, such as the
    ///   master of ssh, would keep our standard error open.
    package func leave(_ survivors: [CInt], to sink: ErrorSink) {
        guard let descriptor = reader?.borrowed else { return }
        let pipe = Proc.OpenFile.pipe(descriptor.inode)
        guard survivors.contains(where: { Proc.sight(of: $0, pipe) == .holds }),
            let reader = reader.take()
        else { return }
        sink.bequeath(reader)
    }

    private func pass(_ byteCount: Int, to sink: ErrorSink) {
        guard let descriptor = reader?.borrowed, byteCount > 0 else { return }
        do throws(Errno) {
            let bytes = try descriptor.read(byteCount: byteCount)
            guard !bytes.isEmpty else {
                reader = nil
                return
            }
            lastMoment = .now
            words.add(bytes)
            sink.add(bytes, .passed)
        } catch .wouldBlock {
            return
        } catch {
            reader = nil
        }
    }
}
