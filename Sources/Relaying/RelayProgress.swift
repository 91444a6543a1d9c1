import LinuxSystem

/// How far a relay has come, and what it waits for.
package struct RelayProgress: Equatable, Sendable {
    package enum Source: Equatable, Sendable {
        case open, ended
        case failed(Errno)
    }

    package enum Target: Equatable, Sendable {
        case open
        /// Nobody takes the bytes any more, or the file cannot.
        case failed(Errno)
    }

    /// Which end must be ready before anything can be moved.
    package struct Waits: OptionSet, Sendable {
        package let rawValue: UInt8
        package static let source = Waits(rawValue: 1)
        package static let target = Waits(rawValue: 2)

        /// A set of ends.
        package init(rawValue: UInt8) { self.rawValue = rawValue }
    }

    package var source = Source.open
    package var target = Target.open
    /// Bytes that the target took.
    package var given: Int64 = 0
    /// Bytes taken from the source that the target has not taken yet.
    package var held = 0
    /// Bytes that came from the source.
    var taken: Int64 { given + Int64(held) }
    /// Whether the target is still to get the record that ends a sealed stream.
    package var owesEnd = false
    package var waits: Waits = []
    /// Why the kernel does not move bytes between these two in this way; nothing is lost by it.
    package var refusal: Errno?

    /// The progress of a relay that has not begun.
    package init() {}

    /// Nothing more will come, and the target has everything.
    package var hasDelivered: Bool {
        source != .open && held == 0 && target == .open && !(owesEnd && source == .ended)
    }

    /// Whether there is anything left to do in this way.
    package var isRunning: Bool { target == .open && !hasDelivered && refusal == nil }

    /// Why the bytes cannot go on, where neither the connection's end nor a reader that left says it;
    /// `nil` where there is no such reason.
    ///
    /// - Parameter isConnected: Whether the connection is still there: it takes its errors with it.
    package func failure(_ direction: RelayDirection, isConnected: Bool) -> RelayFailure? {
        switch (direction, source, target) {
        case (.toConnection, .failed(let error), _): .ofEnd(error)
        case (.toConnection, _, .failed(let error)) where isConnected: .ofConnection(error)
        case (.fromConnection, .failed(let error), _) where isConnected || error == .forged:
            .ofConnection(error)
        case (.fromConnection, _, .failed(let error)) where !error.endsConnection: .ofEnd(error)
        default: nil
        }
    }

    /// Notes an error of moving from end to end in one call, which does not say where it was.
    ///
    /// - Parameter direction: Tells which end is the connection, whose errors are known.
    mutating func fail(_ error: Errno, _ direction: RelayDirection) {
        switch direction {
        case .toConnection where error.endsConnection: target = .failed(error)
        case .toConnection: source = .failed(error)
        case .fromConnection where error.endsConnection && error != .brokenPipe:
            source = .failed(error)
        case .fromConnection: target = .failed(error)
        }
    }
}

/// At which of its two files a relay failed.
package enum RelayFailure: Error, Equatable, Sendable {
    case ofConnection(Errno)
    /// The command's link, or our own standard input or output.
    case ofEnd(Errno)
}

/// Which end of a relay is the connection.
package enum RelayDirection: Sendable {
    case toConnection, fromConnection
}
