import LinuxSystem
import Testing

@testable import Plumbing

@Suite struct BottleneckTests {
    private func bottleneck(
        busy: Int64?, limited: Int64?, sendLimited: Int64? = nil, ahead: Int64? = nil,
        backlog: Int64? = nil, of microseconds: Int64 = 1_000_000
    ) -> Bottleneck? {
        var (sender, receiver) = (
            FlowFacts(.finished, byteCount: 1), FlowFacts(.finished, byteCount: 1)
        )
        sender.path.busyMicroseconds = busy
        sender.path.receiverLimitedMicroseconds = limited
        sender.path.sendBufferLimitedMicroseconds = sendLimited
        sender.path.backlogMicroseconds = ahead
        receiver.path.backlogMicroseconds = backlog
        return Bottleneck(
            FlowVerdict(.out, sender: sender, receiver: receiver), microseconds: microseconds)
    }

    @Test(
        arguments: [
            (100_000, 0, [900, 100, 0], "producer"), (1_000_000, 0, [0, 1000, 0], "network"),
            (1_000_000, 900_000, [0, 100, 900], "consumer"),
            (600_000, 200_000, [400, 400, 200], "producer"),
            (800_000, 400_000, [200, 400, 400], "network"), (0, 0, [1000, 0, 0], "producer"),
            (3, 1, [1000, 0, 0], "producer"),
        ] as [(Int64, Int64, [Int64], String)])
    func `the time is the producer's, the network's or the consumer's`(
        busy: Int64, limited: Int64, shares: [Int64], who: String
    ) throws {
        let found = try #require(bottleneck(busy: busy, limited: limited))
        #expect([found.producer, found.network, found.consumer] == shares)
        #expect(found.who.rawValue == who)
        #expect(found.share == shares.max())
    }

    @Test(
        arguments: [(0, 0), (200_000, 200), (500_000, 500), (900_000, 600)] as [(Int64, Int64)])
    func `the consumer's is the time in which bytes waited to be read`(
        backlog: Int64, share: Int64
    ) throws {
        let found = try #require(bottleneck(busy: 600_000, limited: 300_000, backlog: backlog))
        #expect([found.producer, found.network, found.consumer] == [400, 600 - share, share])
    }

    @Test(
        arguments: [(0, [1000, 0, 0]), (500_000, [500, 300, 200]), (900_000, [200, 600, 200])]
            as [(Int64, [Int64])])
    func `the producer's is the time in which little waited to be sent`(
        ahead: Int64, shares: [Int64]
    ) throws {
        let found = try #require(
            bottleneck(busy: 800_000, limited: 0, ahead: ahead, backlog: 200_000))
        #expect([found.producer, found.network, found.consumer] == shares)
    }

    @Test(
        arguments: [
            (0, 0, 0, [0, 0]), (700_000, 0, 0, [700, 0]), (700_000, 0, 200_000, [500, 0]),
            (200_000, 0, 700_000, [0, 0]), (0, 600_000, 0, [0, 600]),
            (300_000, 600_000, 100_000, [200, 500]), (900_000, 900_000, 0, [800, 0]),
        ] as [(Int64, Int64, Int64, [Int64])])
    func `a window that closed with nothing to read, or a full send buffer, is the network's`(
        limited: Int64, sendLimited: Int64, backlog: Int64, buffers: [Int64]
    ) throws {
        let found = try #require(
            bottleneck(busy: 800_000, limited: limited, sendLimited: sendLimited, backlog: backlog))
        #expect([found.receiveBuffer, found.sendBuffer] == buffers)
        #expect(found.receiveBuffer + found.sendBuffer <= found.network)
    }

    @Test func `shares add up to the whole, whatever was measured`() throws {
        var random = SeededGenerator(seed: 14)
        for _ in 0..<2_000 {
            let most: Int64 = random.chance(2) ? 10_000_000 : .max
            let found = try #require(
                bottleneck(
                    busy: Int64.random(in: 0...most, using: &random),
                    limited: Int64.random(in: 0...most, using: &random),
                    sendLimited: Int64.random(in: 0...most, using: &random),
                    ahead: Int64.random(in: 0...most, using: &random),
                    backlog: Int64.random(in: 0...most, using: &random),
                    of: Int64.random(in: 1...10_000_000, using: &random)))
            let shares = [found.producer, found.network, found.consumer]
            #expect(shares.reduce(0, +) == 1000)
            #expect(shares.allSatisfy { (0...1000).contains($0) })
            let buffers = [found.receiveBuffer, found.sendBuffer]
            #expect(buffers.reduce(0, +) <= found.network)
            #expect(buffers.allSatisfy { $0 >= 0 })
        }
    }

    @Test func `a kernel that does not tell, or no time at all, gives no bottleneck`() {
        #expect(bottleneck(busy: nil, limited: 0) == nil)
        #expect(bottleneck(busy: 0, limited: nil) == nil)
        #expect(bottleneck(busy: 1, limited: 1, of: 0) == nil)
        #expect(bottleneck(busy: 1, limited: 1, of: -5) == nil)
    }

    /// A verdict of a flow in a second, 0.6 of it busy and 0.2 limited by the window.
    private func verdict(source: Int64?, target: Int64?) throws -> FlowVerdict {
        func facts(_ name: String, _ waited: Int64?) throws -> FlowFacts {
            var facts = FlowFacts(.finished, byteCount: 1)
            guard let waited else { return facts }
            let waits = ["source-wait", "target-wait"].map { ($0, $0 == name ? waited : 0) }
            let line = waits.reduce(ControlLine("counts").with("engine", "splice")) {
                $0.with($1.0, $1.1)
            }
            facts.relay = try RelayFacts(line)
            return facts
        }
        var sender = try facts("source-wait", source)
        sender.path.busyMicroseconds = 600_000
        sender.path.receiverLimitedMicroseconds = 200_000
        return FlowVerdict(.out, sender: sender, receiver: try facts("target-wait", target))
    }

    @Test(
        arguments: [
            (nil, nil, [400, 400, 200]), (900_000, nil, [900, 0, 100]),
            (100_000, nil, [100, 700, 200]), (nil, 500_000, [400, 100, 500]),
            (nil, 900_000, [400, 0, 600]), (0, 0, [0, 1000, 0]), (5_000_000, 7, [1000, 0, 0]),
            (.max, .max, [1000, 0, 0]), (0, .max, [0, 0, 1000]),
        ] as [(Int64?, Int64?, [Int64])])
    func `what a relay waited for stands for its command's share`(
        source: Int64?, target: Int64?, shares: [Int64]
    ) throws {
        let found = try #require(
            Bottleneck(try verdict(source: source, target: target), microseconds: 1_000_000))
        #expect([found.producer, found.network, found.consumer] == shares)
    }

    @Test func `shares add up to the whole, whatever relays waited`() throws {
        var random = SeededGenerator(seed: 15)
        for _ in 0..<2_000 {
            let most: Int64 = random.chance(3) ? .max : 3_000_000
            func any() -> Int64? {
                random.chance(4) ? nil : Int64.random(in: 0...most, using: &random)
            }
            let found = try #require(
                Bottleneck(
                    try verdict(source: any(), target: any()),
                    microseconds: Int64.random(in: 1...3_000_000, using: &random)))
            let shares = [found.producer, found.network, found.consumer]
            #expect(shares.reduce(0, +) == 1000)
            #expect(shares.allSatisfy { (0...1000).contains($0) })
        }
    }
}
