/// The lines of a control channel, both ways: what is sent, and what another login must bring again.
///
/// A pure state machine: bytes go in as they arrive, and whole pieces and bytes to be sent come out.
package struct ControlLines: Sendable {
    private var assembler: ControlAssembler
    /// The number of lines sent, by this login.
    private var lineCount: Int64 = 0
    /// The lines that another login may have to bring once more; `nil` where a login is all there is.
    private var log: ControlLog?
    /// Whether our lines go to the session's other end now; else what is kept waits.
    package private(set) var isJoined = true
    /// The bytes of kept lines that the peer knows we have.
    private var toldByteCount = 0
    /// What the peer lacks of what was kept.
    private var lacking: [UInt8] = []

    /// After how many bytes of kept lines the peer hears that it need not keep them.
    private static let mostUntold = 65536

    /// - Parameter awaitsHello: Whether anything before a `hello` line is noise.
    package init(awaitsHello: Bool) { assembler = ControlAssembler(awaitsHello: awaitsHello) }

    /// Whether lines are kept until the peer has them.
    package var areKept: Bool { log != nil }

    // MARK: Sending

    /// Takes a message, with the bytes that belong to it.
    ///
    /// - Returns: What is to be sent; `nil` if it waits for another login, or is void without one.
    package mutating func encode(_ message: ControlMessage, with bytes: [UInt8] = []) -> [UInt8]? {
        let line = message.line
        let encoded = line.encoded + bytes
        if line.isKept { log?.add(encoded) }
        guard isJoined else { return nil }
        lineCount += 1
        return encoded
    }

    /// A heartbeat, which also shows the peer whether a line was lost, and what it need not keep any
    /// more.
    package mutating func heartbeat() -> [UInt8]? {
        toldByteCount = assembler.keptByteCount
        return encode(.alive(after: lineCount, seen: log.map { _ in assembler.keptCount }))
    }

    /// What is to be sent for the sake of what arrived.
    package mutating func takeDue() -> [UInt8] {
        defer { lacking = [] }
        let isTelling =
            areKept && isJoined
            && assembler.keptByteCount - toldByteCount >= ControlLines.mostUntold
        return lacking + (isTelling ? heartbeat() ?? [] : [])
    }

    // MARK: Receiving

    package mutating func add(_ bytes: [UInt8]) { assembler.add(bytes) }

    /// The next whole piece; `nil` until more bytes arrive.
    package mutating func next() throws(ControlError) -> ControlAssembler.Piece? {
        let piece = try assembler.next()
        if case .line(let line) = piece { try note(line) }
        return piece
    }

    /// The unfinished line at the end of the channel.
    package var rest: [UInt8] { assembler.rest }

    /// The number of bytes of a flow that come next; 0 if some of them are here already.
    var awaitedData: Int { assembler.awaitedData }

    /// Leaves out bytes that the caller took from the channel itself.
    mutating func skip(_ byteCount: Int) -> ControlAssembler.Piece? { assembler.skip(byteCount) }

    /// Takes what a line tells of the lines that we keep.
    private mutating func note(_ line: ControlLine) throws(ControlError) {
        guard areKept else { return }
        if line.verb == "alive", let seen = try line.optionalInteger("seen") {
            try log?.acknowledge(seen)
        } else if line.verb == "rejoined", !isJoined {
            let seen = try line.integer("seen")
            guard reaches(back: seen) else { throw .malformed(line.encoded) }
            lacking = goOn(after: seen)
        }
    }

    // MARK: From one login to the next

    /// From now on keeps each line until the peer has it. Both ends do so right behind their first,
    /// `hello` or the invitation, which each of them counts.
    package mutating func keep() {
        log = ControlLog(after: 1)
        assembler.holdsOutput = true
    }

    /// Goes over to another login; what was half read is void. Lines wait until the session goes on.
    ///
    /// - Parameter awaitsHello: Whether another than the session's end speaks first.
    package mutating func change(awaitsHello: Bool) {
        precondition(areKept)
        assembler = ControlAssembler(after: assembler, awaitsHello: awaitsHello)
        isJoined = false
    }

    /// The login is lost.
    package mutating func lose() { isJoined = false }

    /// What asks the session's other end to go on by this login. Nothing may follow before it answers:
    /// who takes these words there hands the channel over.
    package func rejoin(_ key: RejoinKey, attempt: Int64) -> [UInt8] {
        precondition(!isJoined)
        let rejoining = key.rejoining(attempt: attempt, seen: assembler.keptCount)
        return ControlMessage.rejoin(rejoining).line.encoded
    }

    /// Whether a peer that has so many lines can go on.
    package func reaches(back seen: Int64) -> Bool { log?.reaches(back: seen) ?? false }

    /// What tells the peer that the session goes on by this login, and what it lacks.
    package mutating func welcome(peerThatHas seen: Int64) -> [UInt8] {
        ControlMessage.rejoined(seen: assembler.keptCount).line.encoded + goOn(after: seen)
    }

    private mutating func goOn(after seen: Int64) -> [UInt8] {
        guard let log else { return [] }
        (isJoined, lineCount) = (true, log.lineCount - seen)
        toldByteCount = assembler.keptByteCount
        return log.after(seen)
    }
}
