import Foundation
import Testing

/// How a run ended, and what it said.
struct Ending: Sendable, CustomTestStringConvertible {
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

extension Report {
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
}
