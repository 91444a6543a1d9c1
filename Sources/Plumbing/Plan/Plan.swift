import LinuxSystem

/// What the user asked for.
package struct Plan: Sendable {
    /// Which end waits for the other's connections.
    package enum Listening: String, CaseIterable, Sendable { case here, there, auto }

    package var producer: [Word]?
    package var consumer: [Word]?
    package var login: [Word]
    package var remote: [Word]
    /// The program that the login command is to start.
    package var there = "socketpipe"
    package var keepsTerminalFromLogin = false

    package var host: String?
    package var listening = Listening.auto
    package var ports: ClosedRange<UInt16>?
    package var maximumSegment: Int?
    /// Bounds the rendezvous, from `hello` on; `nil` waits for ever.
    package var rendezvousLimit: Instant.Span? = .seconds(30)
    /// How long everything must be silent before the peer is taken for dead.
    package var stallLimit = Instant.Span.seconds(300)

    /// Whether any failure of a producer breaks its stream.
    package var isStrict = false
    package var allowsEarlyExit = false
    package var isDryRun = false
    package var report: Path?
    package var verbosity = Diagnostics.Verbosity.normal

    package init(login: [Word], remote: [Word]) {
        self.login = login
        self.remote = remote
    }

    package var flows: [Flow] {
        (producer == nil ? [] : [.out]) + (consumer == nil ? [] : [.back])
    }

    /// What the login command is given to start: shell-safe words only.
    package var loginWords: [Word] {
        login + [Word(there), Word("--remote-end")]
    }
}
