import LinuxSystem

/// The network that the data must take (`--network`).
package struct Network: Sendable {
    /// What to call it.
    package let text: String
    private let subnets: [Subnet]
    /// The only interface here to use, if the user named one.
    private let interface: String?

    /// - Parameter interfaces: What this host has.
    /// - Returns: `nil` if it has no such interface.
    package init?(_ choice: Plan.NetworkChoice, _ interfaces: [InterfaceAddress]) {
        switch choice {
        case .subnet(let subnet):
            (text, subnets, interface) = (subnet.description, [subnet], nil)
        case .interface(let name):
            let all = interfaces.filter { $0.interface == name }
            // Every link has the same link-local network.
            let wide = all.filter { !$0.address.isLinkLocal }
            let found = (wide.isEmpty ? all : wide).map { $0.subnet }
            let unique = found.reduce(into: [Subnet]()) { if !$0.contains($1) { $0.append($1) } }
            guard !unique.isEmpty else { return nil }
            (subnets, interface) = (unique, name)
            text = "\(name) (\(unique.map { $0.description }.joined(separator: ", ")))"
        }
    }

    package func contains(_ address: Address) -> Bool { subnets.contains { $0.contains(address) } }

    /// Whether an address of this host is on it.
    func contains(_ place: InterfaceAddress) -> Bool {
        contains(place.address) && interface.map { $0 == place.interface } != false
    }
}
