import CLinux

/// Reads and writes of a terminal that stop us in a background job, as they stop any program.
///
/// We ignore the two signals otherwise, because a command of ours may cause them; here they act.
package struct JobControl: Sendable {
    private let stops: SignalSet

    /// - Parameter ignored: The signals that we inherited as ignored, which stay so.
    package init(ignoring ignored: SignalSet) {
        stops = SignalSet(Signal.forTerminal).subtracting(ignored)
    }

    /// No signal stops us.
    package static let none = JobControl(ignoring: SignalSet(Signal.forTerminal))

    /// Reads from a terminal: in the background the whole job stops, and reads after it continues.
    ///
    /// - Returns: The result of `read`.
    /// - Throws: The error of `read`.
    package func reading(
        _ descriptor: Descriptor, _ read: () throws(Errno) -> Int
    ) throws(Errno) -> Int {
        do throws(Errno) { return try read() } catch .inputOutput
            where stops.contains(SIGTTIN) && descriptor.isTerminal
        {
            linux_default_signal(SIGTTIN)
            defer { linux_ignore_signal(SIGTTIN) }
            return try read()
        }
    }

    /// Writes to a terminal: with `stty tostop` the whole job stops in the background.
    ///
    /// - Returns: The result of `write`.
    /// - Throws: The error of `write`.
    package func writing(_ write: () throws(Errno) -> Int) throws(Errno) -> Int {
        guard stops.contains(SIGTTOU) else { return try write() }
        linux_default_signal(SIGTTOU)
        defer { linux_ignore_signal(SIGTTOU) }
        return try write()
    }
}
