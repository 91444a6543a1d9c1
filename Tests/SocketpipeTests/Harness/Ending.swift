import Foundation
import Testing

/// How a run ended, and what it said.
struct Ending: Sendable, CustomTestStringConvertible {
    /// How a process ends.
    enum Exit: Equatable, Sendable {
        case status(Int32)
        case signal(Int32)
        /// It had to be ended by the test.
        case overran
    }

    var exit: Exit
    var output: Data
    var error: String
    var elapsed: Duration
    var report: Report?

    /// The exit status, if there is one.
    var status: Int32? {
        if case .status(let status) = exit { status } else { nil }
    }

    var text: String { String(decoding: output, as: UTF8.self) }

    /// What of standard error is ours: other commands write there at the same time, some of them a
    /// line in several pieces, so ours may begin behind one of those.
    var complaints: [String] {
        error.split(whereSeparator: \.isNewline).compactMap { line in
            line.range(of: "socketpipe: ").map { String(line[$0.lowerBound...]) }
        }
    }

    var testDescription: String {
        let said = error.count > 2000 ? "\(error.prefix(1000)) … \(error.suffix(1000))" : error
        return """
            (\(exit) after \(elapsed); \(output.count) bytes of output; standard error:
            \(said.isEmpty ? "(nothing)" : said))
            """
    }
}

extension Ending {
    /// Checks that all went well, without a word.
    func expectSuccess(sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(status == 0, "\(testDescription)", sourceLocation: sourceLocation)
        #expect(error.isEmpty, sourceLocation: sourceLocation)
    }
}

/// What `--report` wrote, as far as the tests look at it.
struct Report: Decodable, Sendable {
    struct Command: Decodable, Sendable {
        var end: String?
        var role: String?
        var pid: Int32?
        var status: Int32?
        var signal: Int32?
    }

    struct Relay: Decodable, Sendable {
        var engine: String?
        var reason: String?
        var blake2b: String?
    }

    struct Bottleneck: Decodable, Sendable {
        var who: String?
        var producer: Double?
        var network: Double?
        var consumer: Double?
        var receiveBuffer: Double?
    }

    struct Flow: Decodable, Sendable {
        var direction: String?
        var bytesSent: Int64?
        var bytesReceived: Int64?
        var unread: Int64?
        var padding: Int64?
        var complete: Bool?
        var dialledFrom: String?
        var endpointHere: String?
        var endpointThere: String?
        var segmentSize: Int?
        var seconds: Double?
        var relayHere: Relay?
        var relayThere: Relay?
        var bottleneck: Bottleneck?

        func port(of end: String) -> Int? {
            (end == "here" ? endpointHere : endpointThere)?
                .split(separator: ":").last.flatMap { Int($0) }
        }
    }

    var status: Int32?
    var outcome: String?
    var sentence: String?
    var commands: [Command]?
    var flows: [Flow]?

    init?(contentsOf path: String) {
        guard let data = contents(of: path) else { return nil }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let report = try? decoder.decode(Report.self, from: data) else { return nil }
        self = report
    }

    /// Checks what holds in every session: no count is negative, and a success is of streams whose
    /// every byte arrived and was read.
    func checkCounts(sourceLocation: SourceLocation) {
        for flow in flows ?? [] {
            let counts = [flow.bytesSent, flow.bytesReceived, flow.unread, flow.padding]
            #expect(counts.allSatisfy { $0 ?? 0 >= 0 }, sourceLocation: sourceLocation)
            guard outcome == "complete" else { continue }
            #expect(flow.bytesSent == flow.bytesReceived, sourceLocation: sourceLocation)
            #expect(flow.unread == 0 && flow.complete == true, sourceLocation: sourceLocation)
        }
    }

    func command(_ role: String) -> Command? { commands?.first { $0.role == role } }

    func flow(_ direction: String) -> Flow? { flows?.first { $0.direction == direction } }
}
