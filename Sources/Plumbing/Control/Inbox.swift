import LinuxSystem

/// A pipe for a flow's bytes on their way from the control channel to the flow: none is copied.
struct Inbox: ~Copyable {
    private static let capacity = 1 << 20

    private let pipe: Pipe
    private var isTaken = true

    init() throws(Errno) { pipe = try Pipe(capacity: Inbox.capacity) }

    /// Takes at most so many bytes of the input.
    ///
    /// - Returns: The number of bytes; `nil` if the input does not splice, or bytes are still here.
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

    /// The end to read from; the caller must take everything.
    mutating func take() -> Descriptor {
        isTaken = true
        return pipe.reader.borrowed
    }
}
