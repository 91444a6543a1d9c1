import LinuxSystem

/// The sender's end of a bridge: takes the flow's bytes from its connection, as credit allows.
final class BridgeSource {
    private var socket: OwnedDescriptor?
    private let bytes: Pipe
    private var credit = Frame.window
    private var hasEnded = false
    /// How much the other end's connection has taken, in bytes.
    private(set) var takenThere: Int64 = 0

    init(_ socket: consuming OwnedDescriptor) throws(Errno) {
        self.socket = consume socket
        bytes = try Pipe(capacity: Frame.maximumByteCount)
    }

    var pipe: Descriptor { bytes.reader.borrowed }

    private var isReading: Bool { credit > 0 && !hasEnded }

    func watch(_ readiness: inout Readiness) {
        if isReading, let descriptor = socket?.borrowed { readiness.watch(descriptor, .reading) }
    }

    /// - Parameter splicing: Whether bytes may be left in ``pipe``, which has no others.
    func advance(_ readiness: Readiness, splicing: Bool) -> Frame? {
        guard isReading, let descriptor = socket?.borrowed, readiness[descriptor].isReady else {
            return nil
        }
        do throws(Errno) {
            let spliced = splicing ? try splice(descriptor) : nil
            let chunk = if let spliced { spliced } else { try read(descriptor) }
            credit -= chunk.count
            hasEnded = chunk.count == 0
            return hasEnded ? .end : .data(chunk)
        } catch .wouldBlock {
            return nil
        } catch {
            cut()
            return .cut
        }
    }

    private func splice(_ socket: Descriptor) throws(Errno) -> Chunk? {
        do throws(Errno) {
            let count = try Splice.move(
                from: socket, to: bytes.writer.borrowed,
                byteCount: min(credit, Frame.maximumByteCount))
            // It stops at urgent data as at the end: a read tells.
            return count > 0 ? .inPipe(byteCount: count) : nil
        } catch  where error == .wouldBlock || error.meansAnotherWay {
            return nil
        }
    }

    private func read(_ socket: Descriptor) throws(Errno) -> Chunk {
        .bytes(try socket.read(byteCount: min(credit, BridgeSource.blockSize)))
    }

    /// Smaller than what musl maps anew each time.
    private static let blockSize = 96 * 1024

    func grant(_ byteCount: Int) throws(ControlError) {
        guard (0...Frame.window).contains(byteCount), credit + byteCount <= Frame.window else {
            throw .tooMuchCredit
        }
        credit += byteCount
        takenThere += Int64(byteCount)
    }

    /// Resets the flow's connection, whose reader is gone.
    func cut() { socket = nil }
}
