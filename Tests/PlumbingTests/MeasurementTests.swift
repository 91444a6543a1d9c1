import LinuxSystem
import Testing

@testable import Plumbing

/// What `--measure` makes of the figures of both ends.
@Suite struct MeasurementTests {
    @Test func `a message arrives as it was, and other bytes are none`() throws {
        let message = MeasuringMessage(.figures, [1, -1, .max, .min])
        let bytes = message.bytes
        #expect(bytes.count == MeasuringMessage.byteCount)
        let read = try #require(MeasuringMessage(bytes[...]))
        #expect(read.kind == .figures && read.numbers.prefix(4) == [1, -1, .max, .min])
        #expect(MeasuringMessage(bytes.dropLast()) == nil)
        #expect(MeasuringMessage([99] + bytes.dropFirst()) == nil)
    }

    @Test func `a message has room for all figures`() {
        #expect(MeasuredFigures.Figure.allCases.count <= MeasuringMessage.numberCount)
    }

    @Test(arguments: [Int64.max, 1 << 62, 1 << 48, 1 << 50, .min])
    func `no number of the other end makes this end fail`(number: Int64) throws {
        let honest = MeasuredFigures([Int64](repeating: 1, count: MeasuringMessage.numberCount))
        for lie in MeasuredFigures.Figure.allCases + [nil] {
            var numbers = honest.numbers
            for place in numbers.indices where place == (lie?.rawValue ?? place) {
                numbers[place] = number
            }
            let figures = MeasuredFigures(numbers)
            for figure in MeasuredFigures.Figure.allCases {
                #expect((0...1 << 48).contains(figures[figure] ?? 0))
            }
            var report = report { $0 = figures }
            report.measurement?.phases.append(
                Measurement.Phase(.back, here: honest, there: figures))
            report.measurement?.phases.append(
                Measurement.Phase(.both, here: figures, there: figures))
            #expect(report.table != nil && report.measured != nil)
        }
    }

    /// A path of 20 ms on which a second of sending took 100 MB through.
    private func report(
        _ change: (inout MeasuredFigures) -> Void, isBridged: Bool = false, rate: Int64? = nil,
        idle: Int64 = 20_000_000, readBuffer: Int64? = nil
    ) -> Report {
        var sender = MeasuredFigures()
        var receiver = MeasuredFigures()
        (receiver[.received], receiver[.receivingTime]) = (100_000_000, 1_000_000_000)
        receiver[.receivedInAll] = 200_000_000
        (sender[.elapsed], receiver[.elapsed]) = (2_000_000_000, 2_000_000_000)
        (sender[.ownProcessor], sender[.endProcessor]) = (100_000_000, 0)
        (receiver[.ownProcessor], receiver[.endProcessor]) = (40_000_000, 20_000_000)
        (sender[.busy], sender[.receiverLimited], sender[.bufferLimited]) = (1_000_000, 0, 0)
        (sender[.roundTrip], sender[.segments], sender[.retransmits]) = (21_000, 100_000, 0)
        (receiver[.receiveBuffer], receiver[.largestReceiveBuffer]) = (readBuffer, readBuffer)
        change(&sender)
        let facts = FlowFacts(.finished, byteCount: 200_000_000)
        let verdict = FlowVerdict(.out, sender: facts, receiver: facts, isBridged: isBridged)
        var report = Report(Outcome(0, "complete", ""), started: .now, ended: .now)
        report.flows = [
            FlowReport(
                verdict, caller: .here, here: nil, there: nil, duration: .seconds(2), rate: rate)
        ]
        report.measurement = Measurement(
            idle: Measurement.RoundTrips(count: 9, median: idle, slow: 30_000_000),
            phases: [Measurement.Phase(.out, here: sender, there: receiver)])
        return report
    }

    @Test func `throughput and processor time are those of the figures`() throws {
        let course = try #require(report { _ in }.courses.first)
        #expect(course.bytesPerSecond == 100_000_000)
        #expect([course.processor(at: .here), course.processor(at: .there)] == [500, 300])
        let lines = try #require(report { _ in }.table).split(separator: "\n")
        #expect(lines[1].hasSuffix("20.00 ms"))
        #expect(
            lines[2].split(separator: " ").joined(separator: " ")
                == "out 100 MB/s 21.00 ms 0 0.50 / 0.30 s/GB")
    }

    @Test func `each limit is told by its sign, and names its option`() {
        func advice(_ change: (inout MeasuredFigures) -> Void) -> String? {
            report(change).adviceSentence
        }
        #expect(advice { _ in } == "probably the link is the limit: no option helps")
        #expect(
            advice { $0[.receiverLimited] = 300_000 }
                == "the receive buffer there is the limit: use --window 8M")
        #expect(
            advice { $0[.bufferLimited] = 300_000 }
                == "the send buffer here is the limit: use --window 8M")
        #expect(
            advice { $0[.retransmits] = 11 }
                == "lost packets are the limit: use --congestion bbr")
        // Over a short path the reader is slow.
        #expect(
            report({ $0[.receiverLimited] = 300_000 }, idle: 900_000).adviceSentence
                == "the processor there is the limit: no option helps")
        #expect(
            report(
                { $0[.receiverLimited] = 300_000 }, idle: 900_000, readBuffer: 1 << 19
            ).adviceSentence == "the receive buffer there is the limit: use --window 1M")
        // A path that holds as much as the send buffer ever will.
        for (largest, bound) in [(2_800_000, PathAdvice.Bound.window(.here)), (3_000_000, .link)] {
            let full = report {
                $0[.sendBuffer] = Int64(largest)
                $0[.largestSendBuffer] = Int64(largest)
            }
            #expect(full.advice.first?.advice.bound == bound)
        }
        #expect(advice { $0[.retransmits] = 9 }?.contains("link") == true)
        // A queue that is full loses packets, too.
        #expect(
            advice { ($0[.retransmits], $0[.roundTrip]) = (11, 60_000) }?.contains("link") == true)
        #expect(
            advice { $0[.ownProcessor] = 1_800_000_000 }
                == "the processor here is the limit: no option helps")
        #expect(
            report({ _ in }, rate: 101_000_000).adviceSentence == "--rate is the limit")
        #expect(report({ _ in }, isBridged: true).advice.first?.advice.bound == .login)
    }
}
