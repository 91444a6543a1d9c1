import LinuxSystem

/// What the login command says on a standard error of its own, on its way to ours.
///
/// Where ours is no terminal, ssh makes its standard error `O_NONBLOCK`; were it ours, the commands
/// here would find it so, and their messages fail with EAGAIN (KERNEL H4).
package final class ErrorSource {
    private var reader: OwnedDescriptor?
    /// When it last said something, or could not as ours was full.
    package private(set) var lastMoment: Instant?
    package private(set) var words = LoginWords()

    package init(_ reader: consuming OwnedDescriptor) throws(Errno) {
        try reader.setNonblocking(true)
        self.reader = consume reader
    }

    package func watch(_ readiness: inout Readiness, to sink: ErrorSink) {
        if let number = reader?.number, sink.hasRoom { readiness.watch(number, .reading) }
    }

    package func advance(_ readiness: Readiness, to sink: ErrorSink) {
        if sink.isClosed { reader = nil }
        if !sink.hasRoom { lastMoment = .now }
        guard let number = reader?.number, readiness[number].isReady else { return }
        pass(65536, to: sink)
    }

    /// Passes on what is there, for its writer is gone; whoever else has it open is not waited for.
    package func drain(to sink: ErrorSink) {
        guard let number = reader?.number else { return }
        pass(Descriptor.queuedByteCount(number), to: sink)
    }

    /// Gives away what others may still say by it, when we are about to end: they ran here before a
    /// standard error of its own stood between, and are to be heard as if there were none.
    ///
    /// - Parameter survivors: What was left running in our session; a daemon, such as the master of
    ///   ssh, would keep our standard error open.
    package func leave(_ survivors: [CInt], to sink: ErrorSink) {
        guard let number = reader?.number else { return }
        let pipe = Proc.OpenFile.pipe(Descriptor.inode(number))
        guard survivors.contains(where: { Proc.sight(of: $0, pipe) == .holds }),
            let reader = reader.take()
        else { return }
        sink.bequeath(reader)
    }

    private func pass(_ byteCount: Int, to sink: ErrorSink) {
        guard let number = reader?.number, byteCount > 0 else { return }
        do throws(Errno) {
            let bytes = try Descriptor.read(number, byteCount: byteCount)
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
