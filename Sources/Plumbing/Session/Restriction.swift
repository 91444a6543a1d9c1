/// Where alone the user lets the ends meet: no other place will do.
package enum Restriction: Equatable, Sendable {
    /// The network of `--network`, as it is told.
    case network(String)
    /// The options that name an address.
    case addresses([String])

    /// Where the ends did not meet.
    var place: String {
        switch self {
        case .network(let text): " over the network \(text)"
        case .addresses(let options): " at the address of \(options.joined(separator: " or "))"
        }
    }

    var hint: String {
        switch self {
        case .network:
            "is a firewall between the ends? open a port and name it with --port, or let the other "
                + "side listen with --listen; without --network all addresses are tried"
        case .addresses(let options):
            "does it lead to the right host, and is its port open (--port)? without "
                + "\(options.joined(separator: " and ")) all addresses are tried"
        }
    }
}
