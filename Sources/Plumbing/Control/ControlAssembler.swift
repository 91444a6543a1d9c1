/// Cuts the bytes of the control channel into lines, raw output and noise.
///
/// A pure state machine: bytes go in as they arrive, whole pieces come out.
package struct ControlAssembler {
    package enum Piece: Equatable, Sendable {
        case line(ControlLine)
        case output([UInt8])
        /// Bytes of a flow that goes through the login.
        case data(Flow, Chunk)
        /// Bytes before `hello`: a greeting, a chatty start-up file.
        case noise([UInt8])
    }

    /// The bytes of noise to pass on before it is an error.
    package static let maximumNoise = 65536
    /// The most bytes that one `output` may announce.
    package static let maximumOutput = 65536

    /// How the first line of the there-end begins.
    private static let greetings = ["hello protocol=", "failed cause="].map { [UInt8]($0.utf8) }
    /// How the script of a push asks for a program; noise may still follow.
    private static let request = [UInt8]("boot system=".utf8)

    private var pending: [UInt8] = []
    /// The bytes of it already used: moving the rest up for each piece would be slow for short
    /// lines.
    private var taken = 0
    private var scanned = 0
    private var awaitsHello: Bool
    /// The number of announced bytes that are still to come, and their flow; `nil` for the remote
    /// command's output.
    private var announced: (flow: Flow?, byteCount: Int) = (nil, 0)
    /// The number of lines received, from `hello` on, or since the session goes on by this login.
    private var lineCount: Int64 = 0
    /// Whether it is the session's other end that speaks, and not yet another that a login started.
    private var isOfSession = true
    /// The number of lines received that the other end keeps, by whichever login, and their bytes.
    package private(set) var keptCount: Int64 = 0
    package private(set) var keptByteCount = 0
    /// Whether an `output` waits for its bytes: with half of them it would come twice.
    package var holdsOutput = false
    private var held: (line: ControlLine, byteCount: Int)?

    /// - Parameter awaitsHello: Whether anything before a `hello` line is noise.
    package init(awaitsHello: Bool) {
        self.awaitsHello = awaitsHello
    }

    /// Goes on with another channel, behind what was whole.
    ///
    /// - Parameter awaitsHello: Whether another than the session's end speaks first.
    package init(after former: ControlAssembler, awaitsHello: Bool) {
        self.awaitsHello = awaitsHello
        isOfSession = !awaitsHello
        keptCount = former.keptCount
        keptByteCount = former.keptByteCount
        holdsOutput = former.holdsOutput
    }

    package mutating func add(_ bytes: [UInt8]) {
        pending.removeFirst(taken)
        scanned -= taken
        taken = 0
        pending += bytes
    }

    /// The unfinished line at the end of the channel.
    package var rest: [UInt8] { [UInt8](pending[taken...]) }

    /// The next whole piece; `nil` until more bytes arrive.
    package mutating func next() throws(ControlError) -> Piece? {
        if let (line, byteCount) = held {
            guard pending.count - taken >= announced.byteCount else { return nil }
            held = nil
            return counted(line, byteCount + announced.byteCount)
        }
        if announced.byteCount > 0 {
            guard taken < pending.count else { return nil }
            let bytes = take(to: min(taken + announced.byteCount, pending.count))
            announced.byteCount -= bytes.count
            return announced.flow.map { .data($0, .bytes(bytes)) } ?? .output(bytes)
        }
        if awaitsHello, pending.count - taken > ControlLine.maximumByteCount,
            !pending[taken...].contains(UInt8(ascii: "\n"))
        {
            return .noise(take(to: pending.count))
        }
        guard let line = try nextLine() else { return nil }
        // A terminal on the way turns a newline into a carriage return and a newline.
        let text = line.last == UInt8(ascii: "\r") ? line.dropLast() : line[...]
        if awaitsHello {
            if text.starts(with: ControlAssembler.request) {
                return .line(try ControlLine(parsing: text))
            }
            guard ControlAssembler.greetings.contains(where: { text.starts(with: $0) }) else {
                return .noise(line + [UInt8(ascii: "\n")])
            }
            awaitsHello = false
        }
        let parsed = try ControlLine(parsing: text)
        try note(announcedBy: parsed)
        if let sent = try ControlMessage.linesBefore(parsed), sent > lineCount {
            throw .linesLost(sent - lineCount)
        }
        if holdsOutput, announced.byteCount > 0, announced.flow == nil {
            held = (parsed, line.count)
            return try next()
        }
        return counted(parsed, line.count)
    }

    private mutating func counted(_ line: ControlLine, _ byteCount: Int) -> Piece {
        lineCount += 1
        if isOfSession, line.isKept {
            keptCount += 1
            keptByteCount += byteCount
        }
        // From now on both ends count anew.
        if !isOfSession, line.verb == "rejoined" { (isOfSession, lineCount) = (true, 0) }
        return .line(line)
    }

    /// The number of bytes of a flow that come next; 0 if some of them are here already.
    var awaitedData: Int {
        announced.flow != nil && taken == pending.count ? announced.byteCount : 0
    }

    /// Leaves out bytes that the caller took from the channel itself.
    mutating func skip(_ byteCount: Int) -> Piece? {
        guard let flow = announced.flow else { return nil }
        announced.byteCount -= byteCount
        return .data(flow, .inPipe(byteCount: byteCount))
    }

    private mutating func note(announcedBy line: ControlLine) throws(ControlError) {
        let isData = line.verb == "data"
        guard isData || line.verb == "output" else { return }
        let count = try line.integer("bytes")
        let most = isData ? Frame.maximumByteCount : ControlAssembler.maximumOutput
        guard count <= most else { throw .tooMuchOutput }
        announced = (isData ? try line.flow() : nil, Int(count))
    }

    private mutating func nextLine() throws(ControlError) -> [UInt8]? {
        guard let end = pending[scanned...].firstIndex(of: UInt8(ascii: "\n")) else {
            scanned = pending.count
            guard scanned - taken <= ControlLine.maximumByteCount else { throw .lineTooLong }
            return nil
        }
        guard awaitsHello || end - taken <= ControlLine.maximumByteCount else {
            throw .lineTooLong
        }
        return take(to: end + 1).dropLast()
    }

    private mutating func take(to end: Int) -> [UInt8] {
        defer { (taken, scanned) = (end, end) }
        return [UInt8](pending[taken..<end])
    }
}
