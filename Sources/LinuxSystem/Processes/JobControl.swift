import CLinux

/// What a terminal does to a background job of ours that reads or writes it: it stops, as any other.
///
/// We ignore those signals all the time, for a command of ours may cause them; here they hold.
package struct JobControl: Sendable {
    private let stops: SignalSet

    /// - Parameter ignored: What was inherited as ignored, and stays so.
    package init(ignoring ignored: SignalSet) {
        stops = SignalSet(Signal.forTerminal).subtracting(ignored)
    }

    /// Nothing stops us.
    package static let none = JobControl(ignoring: SignalSet(Signal.forTerminal))

    /// Reads from a terminal: in the background the whole job stops, to read when it goes on.
    package func reading(
        _ number: CInt, _ read: () throws(Errno) -> Int
    ) throws(Errno) -> Int {
        do throws(Errno) { return try read() } catch .inputOutput
            where stops.contains(SIGTTIN) && Descriptor.isTerminal(number)
        {
            linux_default_signal(SIGTTIN)
            defer { linux_ignore_signal(SIGTTIN) }
            return try read()
        }
    }

    /// Writes to a terminal: with `stty tostop` the whole job stops in the background.
    package func writing(_ write: () throws(Errno) -> Int) throws(Errno) -> Int {
        guard stops.contains(SIGTTOU) else { return try write() }
        linux_default_signal(SIGTTOU)
        defer { linux_ignore_signal(SIGTTOU) }
        return try write()
    }
}
