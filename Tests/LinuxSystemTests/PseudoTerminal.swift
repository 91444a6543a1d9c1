import Glibc
import LinuxSystem

/// Both sides of a pseudo-terminal, which is nobody's controlling terminal.
struct PseudoTerminal: ~Copyable {
    let master: OwnedDescriptor
    let terminal: OwnedDescriptor

    init() throws {
        var ends: (CInt, CInt) = (-1, -1)
        guard unsafe openpty(&ends.0, &ends.1, nil, nil, nil) == 0 else { throw Errno.current }
        master = OwnedDescriptor(owning: ends.0)
        terminal = OwnedDescriptor(owning: ends.1)
    }
}
