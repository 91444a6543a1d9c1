import LinuxSystem

/// The line on standard error that `--progress` keeps up to date.
///
/// On a terminal it is one line, written over; elsewhere plain lines, seldom.
package final class StatusLine {
    private static let redrawInterval = Instant.Span.milliseconds(200)
    private static let plainInterval = Instant.Span.seconds(10)

    private let terminal: OwnedDescriptor?
    private let number: CInt?
    private var isShown = false
    private var next: Instant

    package init(_ now: Instant) {
        if let own = Descriptor.unblockedTerminal(2) {
            number = own.number
            terminal = consume own
        } else {
            number = nil
            terminal = nil
        }
        next = number == nil ? now + StatusLine.plainInterval : now
    }

    /// When to draw again.
    package var nextDrawing: Instant { next }

    /// Shows the text in the line's place; drops it where the terminal is stopped.
    package func draw(_ text: String, _ now: Instant) {
        guard let number else {
            next = now + StatusLine.plainInterval
            return Diagnostics(.normal).note(text)
        }
        next = now + StatusLine.redrawInterval
        isShown = true
        write("\r\(text)\u{1b}[K", to: number)
    }

    /// Makes room for other words.
    package func clear() {
        guard isShown, let number else { return }
        isShown = false
        write("\r\u{1b}[K", to: number)
    }

    private func write(_ text: String, to number: CInt) {
        // A terminal that takes nothing now shows the next one.
        _ = try? Descriptor.writeWithoutBlocking(number, [UInt8](text.utf8)[...])
    }
}
