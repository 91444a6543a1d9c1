import LinuxSystem

/// A pipe for a flow's bytes on their way from the control channel to the flow, so that none is copied.
struct Inbox: ~Copyable {
    private static let capacity = 1 << 20

    private let pipe: Pipe
    private var isTaken = true

    init() throws(Errno) { pipe = try Pipe(capacity: Inbox.capacity) }

    /// Takes at most so many bytes of the input.
    ///
    /// - Returns: How many; `nil` where the input does not splice, or nobody took those before.
    mutating func splice(from input: Descriptor, byteCount: Int) -> Int? {
        guard isTaken else { return nil }
        do throws(Errno) {
            let count = try Splice.move(
                from: input, to: pipe.writer.borrowed, byteCount: byteCount)
            isTaken = count == 0
            return count
        } catch .wouldBlock {
            return 0
        } catch {
            return nil
        }
    }

    /// Where all of it is, for one who takes all of it.
    mutating func take() -> Descriptor {
        isTaken = true
        return pipe.reader.borrowed
    }
}
