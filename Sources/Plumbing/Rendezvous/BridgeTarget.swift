import LinuxSystem

/// The receiver's end of a bridge: gives the flow's bytes to its connection, as fast as it takes
/// them.
final class BridgeTarget {
    /// How many bytes the connection takes before we give credit for them.
    private static let creditStep = Frame.window / 8

    private var socket: OwnedDescriptor?
    /// What came, and how much of the first piece the connection has taken.
    private var waiting: [[UInt8]] = []
    private var written = 0
    /// How much may still come.
    private var promised = Frame.window
    /// What the connection took since the last credit.
    private var taken = 0
    /// What it took in all.
    private(set) var takenInAll: Int64 = 0
    private var hasEnded = false
    private var isToldOfCut = true

    init(_ socket: consuming OwnedDescriptor) { self.socket = consume socket }

    func watch(_ readiness: inout Readiness) {
        guard let descriptor = socket?.borrowed else { return }
        if !waiting.isEmpty {
            readiness.watch(descriptor, .writing)
        } else if !hasEnded {
            readiness.watch(descriptor, .errorsOnly)
        }
    }

    func add(_ bytes: [UInt8]) throws(ControlError) {
        guard !hasEnded else { throw .unexpected(verb: "data") }
        promised -= bytes.count
        guard promised >= 0 else { throw .tooMuchOutput }
        guard socket != nil else { return }
        waiting.append(bytes)
        write()
    }

    /// Takes bytes of a pipe, which has no others.
    func add(_ byteCount: Int, from pipe: Descriptor) throws(ControlError) {
        var left = byteCount
        if waiting.isEmpty, !hasEnded, byteCount <= promised {
            left -= splice(byteCount, from: pipe)
        }
        promised -= byteCount - left
        while left > 0 {
            guard let bytes = try? pipe.read(byteCount: left), !bytes.isEmpty else { return lose() }
            left -= bytes.count
            try add(bytes)
        }
    }

    /// - Returns: How many bytes the connection took.
    private func splice(_ byteCount: Int, from pipe: Descriptor) -> Int {
        guard let descriptor = socket?.borrowed else { return 0 }
        var count = 0
        do throws(Errno) {
            while count < byteCount {
                let moved = try Splice.move(
                    from: pipe, to: descriptor, byteCount: byteCount - count)
                if moved == 0 { break }
                count += moved
            }
        } catch  where error == .wouldBlock || error.meansAnotherWay {
        } catch {
            lose()
        }
        note(taken: count)
        return count
    }

    /// The FIN, behind everything that waits.
    func end() {
        hasEnded = true
        write()
    }

    private func note(taken count: Int) {
        taken += count
        takenInAll += Int64(count)
    }

    /// What waits here is dropped; the kernel still delivers what it has.
    func freeze() {
        waiting = []
        guard let socket = socket.take() else { return }
        try? TCP.setResetOnClose(socket.borrowed, false)
    }

    /// The sender's stream is broken: its reader must see a reset.
    func cut() {
        socket = nil
        waiting = []
    }

    func advance(_ readiness: Readiness) -> Frame? {
        if let descriptor = socket?.borrowed {
            let seen = readiness[descriptor]
            if seen.hasError { lose() } else if seen.isReady { write() }
        }
        return answer()
    }

    /// What the sender's end must know.
    func answer() -> Frame? {
        if !isToldOfCut {
            isToldOfCut = true
            return .cut
        }
        guard taken >= BridgeTarget.creditStep else { return nil }
        defer { taken = 0 }
        promised += taken
        return .credit(byteCount: taken)
    }

    private func write() {
        guard let descriptor = socket?.borrowed else { return }
        do throws(Errno) {
            while let piece = waiting.first {
                let count = try descriptor.writeWithoutBlocking(piece[written...])
                if count == 0 { return }
                note(taken: count)
                written += count
                if written == piece.count {
                    waiting.removeFirst()
                    written = 0
                }
            }
            if hasEnded { try TCP.shutDownWriting(descriptor) }
        } catch {
            lose()
        }
    }

    /// The reader is gone, and the sender must see that.
    private func lose() {
        cut()
        isToldOfCut = false
    }
}
