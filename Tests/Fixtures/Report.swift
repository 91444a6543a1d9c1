import FoundationEssentials

/// What `--report` wrote, as far as anybody here looks at it.
package struct Report: Decodable, Sendable {
    package struct Command: Decodable, Sendable {
        package var end: String?
        package var role: String?
        package var pid: Int32?
        package var status: Int32?
        package var signal: Int32?
    }

    package struct Relay: Decodable, Sendable {
        package var engine: String?
        package var reason: String?
        package var blake2b: String?
    }

    package struct Encryption: Decodable, Sendable {
        package var cipher: String?
        package var here: String?
        package var there: String?
    }

    package struct Bottleneck: Decodable, Sendable {
        package var who: String?
        package var producer: Double?
        package var network: Double?
        package var consumer: Double?
        package var receiveBuffer: Double?
        package var sendBuffer: Double?
    }

    package struct Flow: Decodable, Sendable {
        package var direction: String?
        package var via: String?
        package var routeHere: String?
        package var routeThere: String?
        package var congestionControl: String?
        package var congestionControlThere: String?
        package var sendBufferBytes: Int?
        package var receiveBufferBytes: Int?
        package var dscp: String?
        package var bytesSent: Int64?
        package var bytesReceived: Int64?
        package var unread: Int64?
        package var padding: Int64?
        package var complete: Bool?
        package var dialledFrom: String?
        package var endpointHere: String?
        package var endpointThere: String?
        package var segmentSize: Int?
        package var seconds: Double?
        package var relayHere: Relay?
        package var relayThere: Relay?
        package var bottleneck: Bottleneck?

        package func port(of end: String) -> Int? {
            (end == "here" ? endpointHere : endpointThere)?
                .split(separator: ":").last.flatMap { Int($0) }
        }
    }

    package struct Reconnect: Decodable, Sendable {
        package var at: Double
        package var flow: String?
        package var login: Bool?
        package var bytes: Int64?
        package var after: Double
        package var resent: Int64?
        package var tries: Int
    }

    package struct Measurement: Decodable, Sendable {
        package struct Idle: Decodable, Sendable {
            package var roundTrips: Int
            package var medianMicroseconds: Int
        }

        package struct Course: Decodable, Sendable {
            package var phase: String
            package var direction: String
            package var bytes: Int
            package var bytesPerSecond: Int
            package var roundTripMicroseconds: Int?
            package var answerMicroseconds: Int?
            package var segments: Int?
            package var retransmits: Int?
            package var mtu: Int?
            package var sendBufferBytes: Int?
            package var receiveBufferBytes: Int?
            package var processorHereSecondsPerGb: Double?
            package var processorThereSecondsPerGb: Double?
        }

        package var idle: Idle
        package var courses: [Course]
        package var loginBytesPerSecond: Int?
        package var limits: [String: String]
        package var advice: String
    }

    package var status: Int32?
    package var outcome: String?
    package var sentence: String?
    package var encryption: Encryption?
    package var commands: [Command]?
    package var flows: [Flow]?
    package var reconnects: [Reconnect]?
    package var measurement: Measurement?

    package init?(contentsOf path: String) {
        guard let data = contents(of: path) else { return nil }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let report = try? decoder.decode(Report.self, from: data) else { return nil }
        self = report
    }

    package func command(_ role: String) -> Command? { commands?.first { $0.role == role } }

    package func flow(_ direction: String) -> Flow? {
        flows?.first { $0.direction == direction }
    }
}
