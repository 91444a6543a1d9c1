import LinuxSystem

/// Messages on their way to standard error, which may be slow or have no reader.
///
/// Only `finish` waits. It keeps bytes that standard error does not take now; once it keeps many,
/// it drops notes and counts them.
package final class ErrorSink {
    /// The bytes that may wait before it drops notes, and before it passes nothing more on.
    package static let room = 65536
    /// How long the last messages wait for a reader that takes nothing.
    private static let patience = Instant.Span.seconds(10)

    /// What to do with bytes that standard error does not take soon.
    package enum Weight: Sendable {
        /// Drop and count them.
        case note
        case error
        /// They belong to another program, such as a command there: wait for them before we end.
        case passed
    }

    /// A description of our own, so that changes of the shared one's flags do not matter.
    private var own: OwnedDescriptor?
    private var descriptor: Descriptor
    package private(set) var isTerminal: Bool
    private var waiting: [UInt8] = []
    /// The number of waiting bytes up to the last one of another program.
    private(set) var passedByteCount = 0
    private var droppedCount = 0
    /// The pipe of processes that outlive us and may still write.
    private var rest: OwnedDescriptor?
    /// Whether no process can read it any more.
    package private(set) var isClosed = false
    /// Whether another standard error may come in the place of one that is lost.
    private var outlivesReader = false
    /// Whether it is lost and none has come.
    private var isAway = false
    /// Whether it may be: a bounded number of bytes waits, the rest is dropped.
    private var isInDoubt = false

    /// Whether it takes nothing more while anything waits: of short lines, none is then ever cut.
    private let isForLines: Bool

    package init(_ shared: Descriptor = .standardError, isForLines: Bool = false) {
        self.isForLines = isForLines
        isTerminal = shared.isTerminal
        if let own = shared.unblocked() {
            descriptor = own.borrowed
            self.own = consume own
        } else {
            descriptor = shared
            own = nil
        }
    }

    /// Whether nothing waits for somebody who can read it.
    package var isEmpty: Bool { waiting.isEmpty || isAway }
    /// Whether there is room to pass on more.
    package var hasRoom: Bool { waiting.count < ErrorSink.room || isInDoubt }

    /// Whether standard error takes nothing now.
    package var isFull: Bool { !Readiness.now(of: descriptor, .writing).isReady }

    package func add(_ bytes: [UInt8], _ weight: Weight) {
        if isClosed { return }
        let room = isForLines ? 0 : ErrorSink.room
        if weight == .note || isInDoubt, !waiting.isEmpty, waiting.count + bytes.count > room {
            droppedCount += 1
            return
        }
        if weight == .error { tellDropped() }
        waiting += bytes
        if weight == .passed { passedByteCount = waiting.count }
        flush()
    }

    package func watch(_ readiness: inout Readiness) {
        if !isEmpty { readiness.watch(descriptor, .writing) }
    }

    /// From now on a standard error without a reader is not the last.
    package func outliveReader() { outlivesReader = true }

    /// Perhaps nobody reads it until another comes.
    package func doubt() { isInDoubt = true }

    /// Goes on with what descriptor 2 is now.
    package func renew() {
        own = nil
        descriptor = .standardError
        isTerminal = descriptor.isTerminal
        if let own = descriptor.unblocked() {
            descriptor = own.borrowed
            self.own = consume own
        }
        (isAway, isInDoubt) = (false, false)
        flush()
    }

    package func advance(_ readiness: Readiness) {
        if readiness[descriptor].isReady { flush() }
    }

    /// Writes what standard error takes now.
    private func flush() {
        while !isEmpty {
            do throws(Errno) {
                let count = try descriptor.writeWithoutBlocking(waiting[...])
                if count == 0 { return }
                waiting.removeFirst(count)
                passedByteCount = max(0, passedByteCount - count)
            } catch  where error == .brokenPipe && outlivesReader {
                (isAway, isInDoubt) = (true, true)
                return
            } catch {
                // There is no reader left; but a full disk may have room later.
                isClosed = error == .brokenPipe
                (waiting, passedByteCount, droppedCount) = ([], 0, 0)
                return
            }
            if waiting.isEmpty { tellDropped() }
        }
    }

    private func tellDropped() {
        guard droppedCount > 0, !isForLines else { return }
        let messages = droppedCount == 1 ? "1 message" : "\(droppedCount) messages"
        let sentence = "socketpipe: dropped \(messages): standard error was not read in time\n"
        droppedCount = 0
        waiting += [UInt8](sentence.utf8)
    }

    /// Takes the pipe that other processes may still write to when we have ended.
    package func bequeath(_ reader: consuming OwnedDescriptor) {
        rest = consume reader
    }

    /// Waits until standard error has taken all: bytes of other programs as long as a process may
    /// read them, ours as long as it takes some now and then.
    ///
    /// Signals must end us as they would end any program.
    ///
    /// - Parameter isHurried: Whether a signal told us to end: then it waits only a moment.
    package func finish(isHurried: Bool = false) {
        waitForReader(isHurried)
        guard let rest = rest.take(), !isClosed, !isHurried else { return }
        // If this fails, they see a closed pipe, which does no great harm.
        try? Process.passOn(from: rest.borrowed, to: descriptor)
    }

    private func waitForReader(_ isHurried: Bool) {
        flush()
        var moved = Instant.now
        while !isEmpty {
            let before = waiting.count
            let patience = isHurried ? .milliseconds(500) : ErrorSink.patience
            let limit = passedByteCount > 0 && !isHurried ? nil : moved + patience
            var readiness = Readiness()
            readiness.watch(descriptor, .writing)
            do throws(Errno) { try readiness.wait(until: limit) } catch { return }
            flush()
            if waiting.count < before { moved = .now }
            if let limit, .now >= limit, waiting.count == before { return }
        }
    }
}
