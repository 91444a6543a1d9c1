import LinuxSystem

/// What one look at a connection found, in the flow's own bytes: without the admission, the SYN and
/// either FIN.
package struct Observation: Equatable, Sendable {
    /// Whether the connection is gone: it was reset, or both ends have shut it down.
    package var isClosed = false
    /// Sender: bytes that were written.
    package var written: Int64 = 0
    /// Sender: bytes that the peer's kernel acknowledged.
    package var acknowledged: Int64 = 0
    /// Receiver: bytes that arrived.
    package var received: Int64 = 0
    /// Receiver: bytes that arrived and that nobody has read.
    package var unread = 0
    /// Whether our FIN, by any process, is behind what was written; a closed connection does not tell.
    package var endIsSent = false
    /// Whether our FIN, by any process, was acknowledged.
    package var endIsAcknowledged = false
    /// Whether the peer's FIN is here, or was before the connection was closed.
    package var endIsReceived = false
    /// Whether a reset waits for the next reader or writer to notice it; asked of a closed connection.
    package var hasPendingError = false
    /// Whether this kernel counts what is sent: else what a reset took is not known.
    package var countsSent = true
    /// Whether neither a byte nor our FIN is still to be acknowledged.
    package var isAllAcknowledged = true
    /// Whether bytes wait at this end for the process that takes them from here; `nil` where the
    /// kernel does not tell.
    package var hasBacklog: Bool?
    /// Whether the peer's kernel has to answer something.
    package var awaitsAnswer = false
    /// Whether a keepalive, or a question after a closed window, is among what it has to answer.
    package var isProbed = false
    /// How long ago the peer's kernel last answered, or sent bytes; `nil` where ours does not tell.
    package var silentFor: Instant.Span?
    /// Whether segments are under way that the peer's kernel has room for.
    package var isUnderWay = false
    /// How often our kernel has sent the same again.
    package var retryCount: Int64 = 0
    package var path = PathStatistics()

    package init() {}

    /// Drops what only this host's own kernel answered.
    mutating func forgetPath() {
        (silentFor, awaitsAnswer, isProbed, isUnderWay, retryCount) = (nil, false, false, false, 0)
        path.roundTripMicroseconds = nil
        path.retransmits = nil
        path.segmentSize = nil
    }
}
