import LinuxSystem

/// A meeting for a flow whose connection is lost.
package struct MeetingOrder: Sendable {
    package var flow: Flow
    /// Numbers the meetings of a session after its first.
    package var round: Int64
    package var secret: Secret
    /// Where here listens, for there to dial.
    package var endpoints: [Endpoint]
    /// Where there must listen, for here to dial.
    package var listenOn: [Address]

    package init(
        _ flow: Flow, round: Int64, secret: Secret, endpoints: [Endpoint], listenOn: [Address]
    ) {
        self.flow = flow
        self.round = round
        self.secret = secret
        self.endpoints = endpoints
        self.listenOn = listenOn
    }

    var line: ControlLine {
        let line = ControlLine("again").with("flow", flow.rawValue).with("round", round)
            .with("secret", secret.text)
        let dialing = endpoints.reduce(line) { $0.with("dial", $1.description) }
        return listenOn.reduce(dialing) { $0.with("listen", $1.description) }
    }

    init(_ line: ControlLine) throws(ControlError) {
        flow = try line.flow()
        round = try line.integer("round")
        guard let secret = Secret(text: try line.bytes("secret")) else {
            // Do not quote the secret, not even a broken one.
            throw .malformed([UInt8]("again".utf8))
        }
        self.secret = secret
        endpoints = try line.endpoints("dial")
        listenOn = line.all("listen").compactMap { Address(String(decoding: $0, as: UTF8.self)) }
    }
}
