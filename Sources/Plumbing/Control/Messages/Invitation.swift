import LinuxSystem
import Sealing

/// The endpoints to try and the secret, sent after `hello` over the login's standard input.
package struct Invitation: Sendable {
    package var protocolVersion: Int64
    package var secret: Secret
    package var flows: [Flow]
    /// Where here listens, for there to dial.
    package var endpoints: [Endpoint]
    /// Where there must listen, for here to dial.
    package var listenOn: [Address]
    package var ports: ClosedRange<UInt16>?
    package var sockets: SocketOrder
    /// What seals the flows; `nil` lets them go in clear.
    package var cipher: Cipher?
    /// What lets the session survive a loss; `nil` ends it.
    package var keep: KeepOrder?
    package var stallSeconds: Int64
    package var rendezvousSeconds: Int64
    /// The command to look for in a dry run.
    package var sought: [UInt8]?

    package init(
        protocolVersion: Int64, secret: Secret, endpoints: [Endpoint], listenOn: [Address],
        plan: Plan
    ) {
        self.protocolVersion = protocolVersion
        self.secret = secret
        self.endpoints = endpoints
        self.listenOn = listenOn
        flows = plan.flows
        ports = plan.ports
        sockets = plan.sockets
        stallSeconds = plan.stallLimit.seconds
        rendezvousSeconds = plan.rendezvousLimit?.seconds ?? 0
        sought = plan.isDryRun ? plan.remote.first?.bytes : nil
    }

    var line: ControlLine {
        var line = ControlLine("invite").with("protocol", protocolVersion)
            .with("secret", secret.text).with("stall", stallSeconds)
            .with("deadline", rendezvousSeconds).with("sought", sought)
            .with("seal", cipher.map { [UInt8]($0.rawValue.utf8) })
            .with("keep", keep?.seconds).with("session", keep.map { [UInt8]($0.session.text.utf8) })
        line = sockets.fields(on: line)
        if let ports { line = line.with("ports", "\(ports.lowerBound)-\(ports.upperBound)") }
        line = flows.reduce(line) { $0.with("flow", $1.rawValue) }
        line = endpoints.reduce(line) { $0.with("dial", $1.description) }
        return listenOn.reduce(line) { $0.with("listen", $1.description) }
    }

    init(_ line: ControlLine) throws(ControlError) {
        protocolVersion = try line.integer("protocol")
        guard let secret = Secret(text: try line.bytes("secret")) else {
            // Do not quote the secret, not even a broken one.
            throw .malformed([UInt8]("invite".utf8))
        }
        self.secret = secret
        flows = line.all("flow").compactMap { Flow(rawValue: String(decoding: $0, as: UTF8.self)) }
        endpoints = try line.endpoints("dial")
        listenOn = line.all("listen").compactMap {
            Address(String(decoding: $0, as: UTF8.self))
        }
        ports = Invitation.range(line.optionalBytes("ports"))
        sockets = try SocketOrder(line)
        stallSeconds = min(max(try line.integer("stall"), 1), 1_000_000_000)
        rendezvousSeconds = min(try line.integer("deadline"), 1_000_000_000)
        sought = line.optionalBytes("sought")
        cipher = try line.cipher("seal")
        keep = try KeepOrder(line)
    }

    private static func range(_ text: [UInt8]?) -> ClosedRange<UInt16>? {
        guard let text else { return nil }
        let ends = text.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
            .map { UInt16(String(decoding: $0, as: UTF8.self)) }
        guard ends.count == 2, let low = ends[0], let high = ends[1], low <= high else {
            return nil
        }
        return low...high
    }
}

extension ControlLine {
    /// - Throws: `malformed` for a cipher that we do not know: nothing is to go in clear for that.
    fileprivate func cipher(_ key: String) throws(ControlError) -> Cipher? {
        guard optionalBytes(key) != nil else { return nil }
        guard let cipher = Cipher(rawValue: try text(key)) else {
            throw .malformed([UInt8]("invite".utf8))
        }
        return cipher
    }
}

extension SocketOrder {
    fileprivate func fields(on line: ControlLine) -> ControlLine {
        line.with("mss", maximumSegment).with("window", window)
            .with("congestion", congestionControl.map { [UInt8]($0.utf8) })
            .with("dscp", codePoint?.number)
    }

    fileprivate init(_ line: ControlLine) throws(ControlError) {
        self.init()
        maximumSegment = try line.optionalInteger("mss").map { Int($0) }
        window = try line.optionalInteger("window").map { Int($0) }
        if line.optionalBytes("congestion") != nil {
            congestionControl = try line.text("congestion")
        }
        let number = try line.optionalInteger("dscp")
        codePoint = number.flatMap { CodePoint($0) }
        guard maximumSegment.map({ SocketOrder.segments.contains($0) }) ?? true,
            window.map({ SocketOrder.windows.contains($0) }) ?? true,
            congestionControl.map({ $0.utf8.count <= SocketOrder.longestName }) ?? true,
            (number == nil) == (codePoint == nil)
        else { throw .malformed(line.encoded) }
    }
}
