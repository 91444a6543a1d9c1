/// The lines that the peer may not have, so that they can be sent again by another login.
///
/// A pure state machine: both ends count the same lines, so a number says how far the peer is.
package struct ControlLog: Sendable {
    private var lines: [[UInt8]] = []
    /// The number of lines that the peer has for certain.
    private var acknowledged: Int64 = 0
    /// How much is kept, in bytes.
    package private(set) var byteCount = 0

    /// - Parameter before: The number of lines that the peer has already.
    package init(after before: Int64) { acknowledged = before }

    /// The number of lines that there ever were.
    package var lineCount: Int64 { acknowledged + Int64(lines.count) }

    /// Keeps a line, with what belongs to it.
    package mutating func add(_ line: [UInt8]) {
        lines.append(line)
        byteCount += line.count
    }

    /// Forgets lines that the peer has.
    ///
    /// - Throws: `unexpected` if it claims more than there were.
    package mutating func acknowledge(_ seen: Int64) throws(ControlError) {
        guard seen <= lineCount else { throw .unexpected(verb: "alive") }
        // An older word may come later, by a login that is almost gone.
        guard seen > acknowledged else { return }
        let count = Int(seen - acknowledged)
        byteCount -= lines.prefix(count).reduce(0) { $0 + $1.count }
        lines.removeFirst(count)
        acknowledged = seen
    }

    /// Whether everything after so many lines is still here.
    package func reaches(back seen: Int64) -> Bool { (acknowledged...lineCount).contains(seen) }

    /// All lines after the first so many.
    package func after(_ seen: Int64) -> [UInt8] {
        precondition(reaches(back: seen))
        var bytes: [UInt8] = []
        for index in Int(seen - acknowledged)..<lines.count { bytes += lines[index] }
        return bytes
    }
}

extension ControlLine {
    /// Whether the line must not be lost with a login: not what belongs to one login, or to flows
    /// that go through it, nor what is only true now.
    var isKept: Bool {
        switch verb {
        case "alive", "data", "end", "cut": false
        case "credit": optionalBytes("flow") == nil
        default: true
        }
    }
}
