import LinuxSystem
import Testing

@testable import Plumbing
@testable import Relaying

/// What is said of relays on the control channel.
@Suite struct RelayMessageTests {
    private func line(_ text: String) throws -> ControlLine {
        try ControlLine(parsing: [UInt8](text.utf8)[...])
    }

    private func isMalformed(_ parse: () throws -> Void) -> Bool {
        do {
            try parse()
            return false
        } catch {
            if let error = error as? ControlError, case .malformed = error { return true }
            return false
        }
    }

    @Test func `every order of a relay comes back from its line`() throws {
        for engine in RelayEngine.allCases.map({ Optional($0) }) + [nil] {
            for hasChecksum in [false, true] {
                for rate in [nil, 1, .max] as [Int64?] {
                    var order = RunOrder(wordCount: 7, isStrict: true, credit: 9)
                    order.relay = RelayOrder(engine: engine, hasChecksum: hasChecksum)
                    order.rate = rate
                    #expect(try RunOrder(line(text(order.line))) == order)
                }
            }
        }
    }

    private func text(_ line: ControlLine) -> String {
        String(decoding: line.encoded.dropLast(), as: UTF8.self)
    }

    @Test func `an order without a relay says nothing of engines`() throws {
        let order = RunOrder(wordCount: 1, isStrict: false, credit: 0)
        #expect(!text(order.line).contains("engine"))
        #expect(try RunOrder(line("run words=1 credit=0")).relay == nil)
    }

    @Test(
        arguments: [
            "engine=", "engine=Splice", "engine=warp", "engine=ring%20", "engine=auto rate=-1",
            "engine=copy rate=x", "rate=",
        ])
    func `an order with an unknown relay is malformed`(fields: String) {
        #expect(isMalformed { _ = try RunOrder(line("run words=1 strict=no credit=0 \(fields)")) })
    }

    private let hash = [UInt8](0..<32)

    @Test func `a relay's facts come back from their line`() throws {
        for engine in RelayEngine.allCases {
            for (reason, hash) in [(nil, nil), ("why % not\n=?", hash)] as [(String?, [UInt8]?)] {
                var told = ControlLine("counts").with("engine", engine.rawValue)
                    .with("source-wait", Int64.max).with("target-wait", 0)
                if let reason { told = told.with("reason", reason) }
                if let hash { told = told.with("hash", Hex.encode(hash)) }
                let facts = try #require(try RelayFacts(line(text(told))))
                #expect(facts.engine == engine)
                #expect(facts.reason == reason)
                #expect(facts.checksum == hash)
                #expect(facts.waitedForSourceMicroseconds == .max)
                #expect(facts.waitedForTargetMicroseconds == 0)
                #expect(try RelayFacts(facts.fields(on: ControlLine("counts"))) == facts)
            }
        }
    }

    @Test func `a flow by hand-off reports no relay`() throws {
        #expect(try RelayFacts(line("counts source-wait=1 target-wait=1")) == nil)
    }

    @Test(
        arguments: [
            "engine=warp source-wait=1 target-wait=1", "engine=copy", "engine=copy source-wait=1",
            "engine=copy target-wait=1", "engine=copy source-wait=-1 target-wait=1",
            "engine=copy source-wait=9223372036854775808 target-wait=1",
            "engine=copy source-wait=1 target-wait=1 hash=",
            "engine=copy source-wait=1 target-wait=1 hash=00",
            "engine=copy source-wait=1 target-wait=1 hash=zz",
        ])
    func `facts of a relay with a field missing or out of bounds are malformed`(fields: String) {
        #expect(isMalformed { _ = try RelayFacts(line("counts \(fields)")) })
    }

    @Test func `a flow with different hashes is not complete, one alone proves nothing`() throws {
        func facts(_ hash: UInt8?) throws -> FlowFacts {
            var facts = FlowFacts(.finished, byteCount: 3)
            var told = ControlLine("counts").with("engine", "copy").with("source-wait", 0)
                .with("target-wait", 0)
            if let hash {
                told = told.with("hash", Hex.encode([UInt8](repeating: hash, count: 32)))
            }
            facts.relay = try RelayFacts(told)
            return facts
        }
        func isComplete(_ sender: UInt8?, _ receiver: UInt8?) throws -> Bool {
            FlowVerdict(.out, sender: try facts(sender), receiver: try facts(receiver)).isComplete
        }
        #expect(try isComplete(1, 1))
        #expect(try !isComplete(1, 2))
        #expect(try isComplete(1, nil) && isComplete(nil, 2))
    }
}
