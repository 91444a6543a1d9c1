/// How a relay moves bytes.
package enum RelayEngine: String, CaseIterable, Sendable {
    /// `splice` and `sendfile` that never wait, in the poll loop.
    case splice
    /// Reads and writes through io_uring, in flight at both ends at once.
    case ring
    /// Splices through io_uring.
    case ringSplice = "ring-splice"
    /// `read` and `write`.
    case copy
}
