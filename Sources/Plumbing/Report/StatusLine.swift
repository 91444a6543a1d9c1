import LinuxSystem

/// The line on standard error that `--progress` updates.
///
/// On a terminal it overwrites one line; elsewhere it prints a line now and then.
package final class StatusLine {
    private static let redrawInterval = Instant.Span.milliseconds(200)
    private static let plainInterval = Instant.Span.seconds(10)

    private let sink: ErrorSink
    private var isShown = false
    private var next: Instant

    package init(_ now: Instant, _ sink: ErrorSink) {
        self.sink = sink
        next = sink.isTerminal ? now : now + StatusLine.plainInterval
    }

    /// When to draw again.
    package var nextDrawing: Instant { next }

    /// The characters that fit into one row, so that `\r` returns to its start; `nil` if it is no
    /// terminal. The window may have another width each time.
    package var room: Int? {
        sink.isTerminal ? max(0, (Descriptor.standardError.terminalColumns ?? 80) - 1) : nil
    }

    /// Shows the text in the line's place, cut to the row; drops it if the terminal is stopped.
    package func draw(_ text: String, _ now: Instant) {
        guard sink.isTerminal else {
            next = now + StatusLine.plainInterval
            return sink.add([UInt8]("socketpipe: \(text)\n".utf8), .note)
        }
        next = now + StatusLine.redrawInterval
        guard sink.isEmpty else { return }
        isShown = true
        sink.add([UInt8]("\r\(FittedText.cut(text, to: room ?? 0))\u{1b}[K".utf8), .note)
    }

    /// Makes room for another message.
    package func clear() {
        guard isShown else { return }
        isShown = false
        sink.add([UInt8]("\r\u{1b}[K".utf8), .error)
    }
}
