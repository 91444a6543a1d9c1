/// What goes through the login in place of a flow's own connection.
package enum Frame: Equatable, Sendable {
    /// Bytes of the flow, from its sender; never none.
    case data(Chunk)
    /// The flow's FIN, from its sender, behind the last byte.
    case end
    /// A reset, from either end.
    case cut
    /// The receiver's end took so many bytes: as many more may come.
    case credit(byteCount: Int)

    /// The most bytes that one `data` may announce: messages wait behind them.
    package static let maximumByteCount = 256 * 1024
    /// The most bytes of a flow that may be under way.
    package static let window = 4 << 20
}

/// Bytes of a flow, in memory or where they need no copy.
package enum Chunk: Equatable, Sendable {
    case bytes([UInt8])
    /// In a pipe: the bridge's if they go out, the control channel's if they came in.
    case inPipe(byteCount: Int)

    package var count: Int {
        switch self {
        case .bytes(let bytes): bytes.count
        case .inPipe(let byteCount): byteCount
        }
    }

    /// Whether its sender is at work: a few bytes may be lines, in the place of bytes that were lost.
    package var showsLife: Bool { count >= 256 }
}
