import LinuxSystem
import Plumbing

/// One flow as its kernels and commands make it: what was written arrives in order or not at all,
/// a FIN after the last byte, a reset at any time, and whoever let go of a socket never gets it
/// back.
struct ModelFlow {
    /// What a command is, and has of the flow.
    struct Holder {
        var status: ExitStatus?
        var isHolding = true
        /// Whether its flow was unbroken when it ended.
        var wasIntact = true
    }

    /// One kernel's side of the connection.
    struct Side {
        /// Whether a reset came, or was sent.
        var isClosed = false
        var hasPendingError = false
    }

    var producer = Holder()
    var consumer = Holder()
    private(set) var here = Side()
    private(set) var there = Side()
    private(set) var written = 0
    private(set) var arrived = 0
    private(set) var read = 0
    private(set) var hasSentEnd = false
    private(set) var hasEndArrived = false
    private(set) var isEndAcknowledged = false
    /// Whether the consumer read the end of stream.
    private(set) var hasReadEnd = false
    /// Whether a producer wanted to write more than the connection took.
    private(set) var hasFailedToWrite = false
    /// Whether the network or a command cut the connection.
    private(set) var wasCut = false
    /// Where bytes are that are not zero.
    private var content: [Range<Int>] = []

    var unread: Int { arrived - read }

    mutating func write(_ count: Int, zero: Bool) {
        guard producer.isHolding, !hasSentEnd else { return }
        if here.isClosed {
            here.hasPendingError = false
            hasFailedToWrite = true
            return
        }
        if !zero { content.append(written..<written + count) }
        written += count
    }

    mutating func sendEnd() {
        if !here.isClosed { hasSentEnd = true }
    }

    /// Lets so many bytes arrive, and the end after the last of them.
    mutating func deliver(atMost count: Int) {
        guard !there.isClosed else { return }
        arrived += min(count, written - arrived)
        if hasSentEnd, arrived == written { hasEndArrived = true }
    }

    mutating func acknowledge() {
        guard !here.isClosed else { return }
        isEndAcknowledged = hasEndArrived
    }

    /// Lets the consumer read.
    mutating func consume(atMost count: Int) {
        guard consumer.isHolding else { return }
        read += min(count, unread)
        if unread == 0, hasEndArrived { hasReadEnd = true }
    }

    /// Reads in the consumer's place; whatever is not zero among the bytes stands for all of them.
    mutating func drain(_ count: Int) -> [UInt8] {
        defer { read += count }
        let hasContent = content.contains { $0.overlaps(read..<read + count) }
        return [UInt8](repeating: hasContent ? 1 : 0, count: count)
    }

    /// The consumer shuts the socket down that it has read to the end: both kernels close it.
    mutating func shutDown() {
        guard consumer.isHolding, hasReadEnd else { return }
        there.isClosed = true
        isEndAcknowledged = true
        if !here.isClosed { here = Side(isClosed: true) }
    }

    mutating func cut(here cutsHere: Bool, there cutsThere: Bool) {
        wasCut = true
        if cutsHere, !here.isClosed { here = Side(isClosed: true, hasPendingError: true) }
        if cutsThere, !there.isClosed { there = Side(isClosed: true, hasPendingError: true) }
    }

    /// One end resets the connection; the other learns of it by `tellReset`.
    mutating func reset(_ end: End) {
        if end == .here { here.isClosed = true } else { there.isClosed = true }
    }

    mutating func tellReset() {
        if there.isClosed, !here.isClosed { here = Side(isClosed: true, hasPendingError: true) }
        if here.isClosed, !there.isClosed { there = Side(isClosed: true, hasPendingError: true) }
    }

    // MARK: What the kernels tell

    var seenHere: Observation {
        var seen = Observation()
        (seen.written, seen.acknowledged) = (Int64(written), Int64(arrived))
        (seen.isClosed, seen.hasPendingError) = (here.isClosed, here.hasPendingError)
        seen.endIsAcknowledged = isEndAcknowledged
        return seen
    }

    var seenThere: Observation {
        var seen = Observation()
        (seen.received, seen.unread) = (Int64(arrived), unread)
        (seen.isClosed, seen.endIsReceived) = (there.isClosed, hasEndArrived)
        return seen
    }
}
