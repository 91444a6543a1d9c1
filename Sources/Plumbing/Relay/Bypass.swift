import LinuxSystem

/// The way past an empty reservoir: from the source into the reader's pipe, without a copy.
///
/// What the source brings for a while without the reader keeping up belongs into the reservoir.
package struct Bypass: Sendable {
    enum Outcome: Equatable {
        /// 0 at the end of the source.
        case moved(byteCount: Int)
        case sourceIsEmpty
        case readerIsFull
    }

    private static let span = 1 << 20
    private static let grace = Instant.Span.milliseconds(2)

    /// Until when the reader is waited for, where the source has more.
    private(set) var graceEnds: Instant?

    package init() {}

    /// - Throws: `invalid` where the kernel does not splice between the two.
    mutating func move(
        from source: CInt, to target: CInt, _ kernel: inout some RelayKernel, _ now: Instant
    ) throws(Errno) -> Outcome {
        do throws(Errno) {
            let count = try kernel.splice(from: source, to: target, byteCount: Bypass.span)
            return .moved(byteCount: count)
        } catch .wouldBlock {
            // The error does not say which end it was (KERNEL H3).
            let isAhead = kernel.isReadable(source)
            graceEnds = isAhead ? graceEnds ?? now + Bypass.grace : nil
            return isAhead ? .readerIsFull : .sourceIsEmpty
        }
    }
}
