import LinuxSystem

/// The login command's standard input and output: our messages both ways, without blocking.
package final class ControlChannel {
    var input: OwnedDescriptor
    var output: OwnedDescriptor?
    var lines: ControlLines
    var outbox = Outbox()
    /// `nil` where a flow's bytes are read as all others.
    var inbox: Inbox?
    var outputIsPipe: Bool
    private var closesWhenWritten = false
    var endsAt: Instant?
    /// Whether a peer that no longer reads is gone for certain. A login command that does not
    /// forward our lines may still deliver those of the other end.
    private let needsListener: Bool
    /// Whether the peer's side is gone: nothing more will arrive.
    package internal(set) var hasEnded = false

    package init(
        input: consuming OwnedDescriptor, output: consuming OwnedDescriptor, awaitsHello: Bool
    ) {
        self.input = input
        outputIsPipe = FileKind(of: output.borrowed) == .pipe
        self.output = consume output
        lines = ControlLines(awaitsHello: awaitsHello)
        needsListener = !awaitsHello
    }

    /// How long a peer that no longer reads may still speak.
    private static let lastWords = Instant.Span.seconds(1)

    /// The number of bytes that wait for a write.
    package var backlog: Int { outbox.count }

    /// Whether our lines go to the session's other end now; else what is kept waits.
    package var isJoined: Bool { lines.isJoined }

    package func send(_ message: ControlMessage) {
        post(message)
        flush()
    }

    /// Sends a heartbeat, which also shows the peer whether a line was lost, and what it need not
    /// keep any more.
    package func sendHeartbeat() {
        add(lines.heartbeat())
        flush()
    }

    /// Ends any unfinished line that a start-up file printed before our first message.
    package func startLine() {
        outbox.add([UInt8(ascii: "\n")])
    }

    /// Sends command output right after the line that announces it.
    package func send(output bytes: [UInt8]) {
        post(.output(byteCount: bytes.count), with: bytes)
        flush()
    }

    /// Sends bytes of a flow the same way.
    package func send(_ bytes: [UInt8], of flow: Flow) {
        post(.data(flow, byteCount: bytes.count), with: bytes)
        flush()
    }

    /// Sends bytes of a flow that are in a pipe.
    package func send(_ byteCount: Int, from pipe: Descriptor, of flow: Flow) {
        guard isJoined else { return }
        post(.data(flow, byteCount: byteCount))
        outbox.add(byteCount, from: pipe)
        flush()
    }

    private func post(_ message: ControlMessage, with bytes: [UInt8] = []) {
        add(lines.encode(message, with: bytes))
    }

    private func add(_ bytes: [UInt8]?) {
        // What is kept has a place of its own.
        guard let bytes, !lines.areKept || output != nil else { return }
        outbox.add(bytes)
    }

    /// Whether bytes of a flow may come in a pipe now: a splice into a socket would wait.
    package var takesPipes: Bool { outputIsPipe && !outbox.hasPipe }

    /// From now on takes a flow's bytes by splice, if it can make a pipe for them.
    ///
    /// Pipes to and from whatever brings them should hold much at once.
    package func spliceData() {
        inbox = try? Inbox()
        for descriptor in [input.borrowed, output?.borrowed].compactMap({ $0 })
        where FileKind(of: descriptor) == .pipe {
            _ = Pipe.capacity(of: descriptor, atLeast: 1 << 20)
        }
    }

    /// The pipe with the bytes of the last piece that is `inPipe`; the caller must take them all.
    package func takeData() -> Descriptor? { inbox?.take() }

    /// Sends bytes that are no line, before the peer has said `hello`.
    package func send(raw bytes: [UInt8]) {
        outbox.add(bytes)
        flush()
    }

    /// Closes our side; the peer sees the end after everything that waits.
    package func finishWriting() {
        closesWhenWritten = true
        flush()
    }

    package func watch(_ readiness: inout Readiness) {
        if !hasEnded { readiness.watch(input.borrowed, .reading) }
        guard let descriptor = output?.borrowed else { return }
        if backlog > 0 {
            readiness.watch(descriptor, .writing)
        } else if needsListener {
            readiness.watch(descriptor, .errorsOnly)
        }
    }

    /// The moment at which the channel has certainly ended, even if we did not see it end.
    package var deadline: Instant? { hasEnded ? nil : endsAt }

    /// Reads and writes without waiting.
    ///
    /// - Returns: The whole pieces that arrived.
    package func advance(_ readiness: Readiness) throws(ControlError) -> [ControlAssembler.Piece] {
        if let descriptor = output?.borrowed {
            if needsListener, readiness[descriptor].hasError { loseListener() }
            if readiness[descriptor].isReady { flush() }
        }
        guard !hasEnded else { return [] }
        var pieces: [ControlAssembler.Piece] = []
        if readiness[input.borrowed].isReady {
            if let piece = splice() { pieces.append(piece) } else { read() }
        }
        if let endsAt, endsAt <= .now, !hasEnded {
            if Readiness.now(of: input.borrowed, .reading).isReady {
                read()
            } else {
                hasEnded = true
            }
        }
        while let piece = try lines.next() { pieces.append(piece) }
        let due = lines.takeDue()
        if !due.isEmpty {
            add(due)
            flush()
        }
        return pieces
    }

    /// Reads the rest after the writer has gone: nothing more will follow, even if another process
    /// keeps the other end open.
    package func readRest() {
        endsAt = .now
    }

    /// An unfinished line at the end of the channel.
    package var rest: [UInt8] { lines.rest }

    private func splice() -> ControlAssembler.Piece? {
        let awaited = lines.awaitedData
        guard awaited > 0, inbox != nil else { return nil }
        guard let count = inbox?.splice(from: input.borrowed, byteCount: awaited) else {
            inbox = nil
            return nil
        }
        return count > 0 ? lines.skip(count) : nil
    }

    private func read() {
        do throws(Errno) {
            // What comes with a line is copied, what comes behind it is not.
            let bytes = try input.borrowed.read(byteCount: inbox == nil ? 65536 : 4096)
            hasEnded = bytes.isEmpty
            lines.add(bytes)
        } catch .wouldBlock {
            return
        } catch {
            hasEnded = true
        }
    }

    private func flush() {
        guard let descriptor = output?.borrowed else { return }
        do throws(Errno) {
            try outbox.write(to: descriptor)
            guard backlog == 0 else { return }
        } catch {
            loseListener()
        }
        if closesWhenWritten { output = nil }
    }

    /// Notes that the peer does not read any more: it is as good as gone, but may still say why.
    private func loseListener() {
        outbox.drop()
        output = nil
        endsAt = .now + ControlChannel.lastWords
    }
}
