import LinuxSystem

/// The addresses by which here reaches there, which there does not know (`--address`).
package struct Forwarding: Sendable {
    package let addresses: [Address]
    /// The first port here, and the first there that it leads to.
    private let ports: (here: UInt16, there: UInt16)?

    /// - Parameters:
    ///   - ports: As here reaches them.
    ///   - listening: As there listens; as many.
    package init(
        _ addresses: [Address], ports: ClosedRange<UInt16>?, listening: ClosedRange<UInt16>?
    ) {
        self.addresses = addresses
        self.ports = ports.flatMap { ports in
            listening.map { (ports.lowerBound, $0.lowerBound) }
        }
    }

    /// Where to dial for the places at which there listens.
    func endpoints(for listening: [Endpoint]) -> [Endpoint] {
        var dialled: [Endpoint] = []
        for address in addresses {
            for place in listening {
                let port = ports.map { place.port - $0.there + $0.here } ?? place.port
                let endpoint = Endpoint(address, port: port)
                if !dialled.contains(endpoint) { dialled.append(endpoint) }
            }
        }
        return dialled
    }
}
