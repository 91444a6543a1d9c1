import FoundationEssentials

/// What socketpipe's own report tells of a run.
struct SessionReport: Codable {
    var routeHere: String?
    var routeThere: String?
    var congestionControl: String?
    var bottleneck: String?
    /// The share of the time that the size of a socket buffer took.
    var receiveBuffer: Double?
    var sendBuffer: Double?

    /// Reads the report of the last run's first flow; nil if none was written.
    init?(at path: String) {
        guard let json = text(of: path),
            let report = try? JSONDecoder().decode(Document.self, from: Data(json.utf8)),
            let flow = report.flows.first
        else { return nil }
        routeHere = flow.routeHere
        routeThere = flow.routeThere
        congestionControl = flow.congestionControl
        bottleneck = flow.bottleneck?.who
        receiveBuffer = flow.bottleneck?.receiveBuffer
        sendBuffer = flow.bottleneck?.sendBuffer
    }

    private struct Document: Decodable {
        let flows: [Flow]
    }

    private struct Flow: Decodable {
        let routeHere: String?
        let routeThere: String?
        let congestionControl: String?
        let bottleneck: Bottleneck?

        enum CodingKeys: String, CodingKey {
            case routeHere = "route_here"
            case routeThere = "route_there"
            case congestionControl = "congestion_control"
            case bottleneck
        }
    }

    private struct Bottleneck: Decodable {
        let who: String
        let receiveBuffer: Double?
        let sendBuffer: Double?

        enum CodingKeys: String, CodingKey {
            case who
            case receiveBuffer = "receive_buffer"
            case sendBuffer = "send_buffer"
        }
    }
}
