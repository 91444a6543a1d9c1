import LinuxSystem

/// What the connections of a session must have, at both ends.
package struct SocketOrder: Equatable, Sendable {
    /// What the kernel takes, in bytes: it doubles them, and TCP cannot announce more.
    package static let windows = 4096...(65535 << 14)
    package static let segments = 88...32767
    /// The longest name of a congestion control, in bytes (`TCP_CA_NAME_MAX`).
    package static let longestName = 15

    package var maximumSegment: Int?
    /// How many bytes may be on their way; `nil` lets the kernel adjust it.
    package var window: Int?
    package var congestionControl: String?
    package var codePoint: CodePoint?

    package init() {}

    /// What the other end must be able to do.
    package var needs: [Capability] {
        (window == nil ? [] : [.window]) + (congestionControl == nil ? [] : [.congestion])
            + (codePoint == nil ? [] : [.dscp])
    }

    /// The options that the user gave for it.
    package var optionNames: [String] {
        (maximumSegment == nil ? [] : ["--mss"]) + needs.map { "--\($0.rawValue)" }
    }

    /// What the sockets of an end are told. One buffer of a connection is enough: its data goes one
    /// way.
    package func options(at end: End, _ flows: [Flow]) -> SocketOptions {
        var options = SocketOptions()
        options.maximumSegment = maximumSegment
        options.window = window
        options.buffers = SocketOptions.Buffer.allCases.filter { buffer in
            flows.contains { ($0.sender == end) == (buffer == .send) }
        }
        options.congestionControl = congestionControl
        options.codePoint = codePoint
        return options
    }
}
