import Fixtures

/// What socketpipe's own report tells of a run.
struct SessionReport: Codable {
    var routeHere: String?
    var routeThere: String?
    var cipher: String?
    var congestionControl: String?
    var bottleneck: String?
    /// The share of the time that the size of a socket buffer took.
    var receiveBuffer: Double?
    var sendBuffer: Double?

    /// Reads the report of the last run's first flow; nil if none was written.
    init?(at path: String) {
        guard let report = Report(contentsOf: path), let flow = report.flows?.first else {
            return nil
        }
        cipher = report.encryption?.cipher
        routeHere = flow.routeHere
        routeThere = flow.routeThere
        congestionControl = flow.congestionControl
        bottleneck = flow.bottleneck?.who
        receiveBuffer = flow.bottleneck?.receiveBuffer
        sendBuffer = flow.bottleneck?.sendBuffer
    }
}
