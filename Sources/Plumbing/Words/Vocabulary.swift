import LinuxSystem

/// One of the two ends: the one that the user started, or the one that the login command started.
package enum End: String, Sendable {
    case here, there

    package var peer: End { self == .here ? .there : .here }
}

/// One direction of bytes.
package enum Flow: String, CaseIterable, Sendable {
    /// Here to there: from the producer to the remote command.
    case out
    /// There to here: from the remote command to the consumer.
    case back

    /// The end whose command writes into this flow.
    package var sender: End { self == .out ? .here : .there }
}

/// A command's part in the session.
package enum Role: String, Sendable {
    case login, producer, remote, consumer

    package var end: End { self == .remote ? .there : .here }
}

/// Names a command among those that its end has started.
package struct CommandID: Equatable, Sendable {
    package let number: Int

    package init(_ number: Int) { self.number = number }
}

/// A command that was started, and how it ended.
package struct Command: Sendable {
    package var id = CommandID(0)
    package let role: Role
    package let words: [Word]
    package let pid: CInt
    package let started: Instant
    package var ended: Instant?
    package var status: ExitStatus?
    /// Whether its flows were unbroken when it ended: only then can it be the cause of a failure.
    package var wasIntact = true

    package init(role: Role, words: [Word], pid: CInt, started: Instant) {
        self.role = role
        self.words = words
        self.pid = pid
        self.started = started
    }

    /// Whether the command reads from the flow.
    package func reads(_ flow: Flow) -> Bool {
        flow == .out ? role == .remote : role == .consumer
    }

    /// Its process, while it runs.
    package var running: CInt? { status == nil ? pid : nil }

    /// Whether the command writes into the flow or reads from it.
    package func uses(_ flow: Flow) -> Bool {
        role == .remote || (role == .producer && flow == .out)
            || (role == .consumer && flow == .back)
    }
}

/// What an end may or may not be able to do: a program of another version says less.
package enum Capability: String, CaseIterable, Sendable {
    case window, congestion, dscp
    /// Flows may go through the login.
    case login
    /// Flows may be sealed.
    case seal
    /// The rate of a flow may change while it runs.
    case pace
    /// It has a program to measure with.
    case measure
    /// A flow may go on by another connection, and the session by another login.
    case again
}

/// How much to say on standard error.
package enum Verbosity: Sendable { case quiet, normal, verbose }
