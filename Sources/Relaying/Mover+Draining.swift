import LinuxSystem

/// What a mover has that its target has not taken, and will not.
extension Mover {
    /// How many bytes it has taken from the source, wherever they are now.
    package var takenByteCount: Int64 {
        // What fills a record up came from nowhere.
        let padded = engine.reservoir?.value.counts?.padded ?? 0
        return progress.given + Int64(progress.held - padded + unopenedByteCount) + drained
    }

    /// How many bytes it has that the target has not taken.
    package var heldByteCount: Int { progress.held + unopenedByteCount }

    /// What came out of the connection, and stands in records yet.
    package var unopenedByteCount: Int { kernel.carrier.opener?.heldByteCount ?? 0 }

    /// What the connection counts besides the bytes of the stream.
    package var overhead: Int64 { newestCarrier.overhead }

    /// What a record has of which the connection has only a part.
    package var begunByteCount: Int { kernel.carrier.sealer?.begunByteCount ?? 0 }

    // MARK: Taking it out

    /// Takes out, oldest first, at most `byteCount` bytes that nobody will be given any more.
    package mutating func drain(byteCount: Int) -> [UInt8] {
        var bytes = engine.drain(byteCount, &kernel)
        if bytes.isEmpty, let opener = kernel.carrier.opener { bytes = open(byteCount, opener) }
        if bytes.isEmpty { bytes = drainEarlier(byteCount) }
        drained += Int64(bytes.count)
        return bytes
    }

    /// Takes account of bytes that were read from the connection in its place: of none at the end.
    ///
    /// - Returns: The bytes of the stream among them.
    package mutating func note(drained bytes: [UInt8]) -> [UInt8] {
        // Of earlier connections there is nothing left.
        while readNext() {}
        if let opener = kernel.carrier.opener {
            opener.add(bytes)
            return drain(byteCount: opener.heldByteCount)
        }
        unsafe digest?(bytes.span.bytes)
        drained += Int64(bytes.count)
        return bytes
    }

    /// Reads the connections that others follow, up to the newest.
    private mutating func drainEarlier(_ byteCount: Int) -> [UInt8] {
        while !later.isEmpty {
            var block = [UInt8](repeating: 0, count: min(byteCount, 65536))
            let count = (try? kernel.read(source, into: &block)) ?? 0
            block.removeLast(block.count - count)
            if count > 0 {
                unsafe digest?(block.span.bytes)
                return block
            }
            _ = readNext()
        }
        return []
    }

    private mutating func open(_ byteCount: Int, _ opener: Opener) -> [UInt8] {
        let bytes = opener.drain(byteCount)
        if bytes.isEmpty, let failure = opener.failure { progress.source = .failed(failure) }
        return bytes
    }

    /// Asks a source whose target is gone whether anything was left to come.
    ///
    /// - Returns: `nil` while neither a byte nor the end has come.
    package mutating func hasSurplus() -> Bool? {
        precondition(progress.target != .open)
        var byte: [UInt8] = [0]
        do throws(Errno) {
            if try kernel.read(source, into: &byte) == 0 {
                progress.source = .ended
            } else {
                engine.leave(byte[0])
            }
        } catch .wouldBlock {
            return nil
        } catch {
            progress.source = .failed(error)
        }
        return progress.source != .ended
    }
}
