import LinuxSystem

/// Words on their way to standard error, which may be slow, or which nobody reads.
///
/// Nothing here waits but `finish`. What is not taken now is kept; once much is kept, notes are
/// dropped and counted.
package final class ErrorSink {
    /// How much may wait before notes are dropped, and before nothing more is passed on.
    package static let room = 65536
    /// How long last words wait for a reader that takes nothing.
    private static let patience = Instant.Span.seconds(10)

    /// What becomes of words that cannot be written soon.
    package enum Weight: Sendable {
        /// They may be dropped, and are counted.
        case note
        case error
        /// They are another's, such as a command's there: they must be taken before we end.
        case passed
    }

    /// A description of our own: what others make of the shared one's flags does not matter.
    private let own: OwnedDescriptor?
    private let number: CInt
    package let isTerminal: Bool
    private var waiting: [UInt8] = []
    /// How much of it ends with words that were passed on.
    private(set) var passedByteCount = 0
    private var droppedCount = 0
    /// What those who outlive us may still say.
    private var rest: OwnedDescriptor?
    /// Nobody can read it any more.
    package private(set) var isClosed = false

    package init(_ shared: CInt = 2) {
        isTerminal = Descriptor.isTerminal(shared)
        if let own = Descriptor.unblocked(shared) {
            number = own.number
            self.own = consume own
        } else {
            number = shared
            own = nil
        }
    }

    package var isEmpty: Bool { waiting.isEmpty }
    /// Whether so little waits that more may be passed on.
    package var hasRoom: Bool { waiting.count < ErrorSink.room }

    /// Whether it would take nothing now.
    package var isFull: Bool { !Readiness.now(of: number, .writing).isReady }

    package func add(_ bytes: [UInt8], _ weight: Weight) {
        if isClosed { return }
        if weight == .note, !waiting.isEmpty, waiting.count + bytes.count > ErrorSink.room {
            droppedCount += 1
            return
        }
        if weight == .error { tellDropped() }
        waiting += bytes
        if weight == .passed { passedByteCount = waiting.count }
        flush()
    }

    package func watch(_ readiness: inout Readiness) {
        if !waiting.isEmpty { readiness.watch(number, .writing) }
    }

    package func advance(_ readiness: Readiness) {
        if readiness[number].isReady { flush() }
    }

    /// Writes what is taken now.
    private func flush() {
        while !waiting.isEmpty {
            do throws(Errno) {
                let count = try Descriptor.writeWithoutBlocking(number, waiting[...])
                if count == 0 { return }
                waiting.removeFirst(count)
                passedByteCount = max(0, passedByteCount - count)
            } catch {
                // Nobody is left to tell; a full disk may have room for what comes later.
                isClosed = error == .brokenPipe
                (waiting, passedByteCount, droppedCount) = ([], 0, 0)
                return
            }
            if waiting.isEmpty { tellDropped() }
        }
    }

    private func tellDropped() {
        guard droppedCount > 0 else { return }
        let messages = droppedCount == 1 ? "1 message" : "\(droppedCount) messages"
        let sentence = "socketpipe: dropped \(messages): standard error was not read in time\n"
        droppedCount = 0
        waiting += [UInt8](sentence.utf8)
    }

    /// Takes the pipe by which others go on to speak when we have ended.
    package func bequeath(_ reader: consuming OwnedDescriptor) {
        rest = consume reader
    }

    /// Waits until all is taken: another's words for as long as anybody may read them, ours as long
    /// as some are taken now and then.
    ///
    /// Signals must end us as they would end any program.
    ///
    /// - Parameter isHurried: Whether somebody wants us to end: then a moment must do.
    package func finish(isHurried: Bool = false) {
        waitForReader(isHurried)
        guard let rest = rest.take(), !isClosed, !isHurried else { return }
        // Without it they would be told that nobody reads: no worse than what cannot be helped.
        try? Process.passOn(from: rest.number, to: number)
    }

    private func waitForReader(_ isHurried: Bool) {
        flush()
        var moved = Instant.now
        while !waiting.isEmpty {
            let before = waiting.count
            let patience = isHurried ? .milliseconds(500) : ErrorSink.patience
            let limit = passedByteCount > 0 && !isHurried ? nil : moved + patience
            var readiness = Readiness()
            readiness.watch(number, .writing)
            do throws(Errno) { try readiness.wait(until: limit) } catch { return }
            flush()
            if waiting.count < before { moved = .now }
            if let limit, .now >= limit, waiting.count == before { return }
        }
    }
}
