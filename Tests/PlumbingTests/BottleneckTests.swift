import Plumbing
import Testing

@Suite struct BottleneckTests {
    private func bottleneck(
        busy: Int64?, limited: Int64?, of microseconds: Int64 = 1_000_000
    ) -> Bottleneck? {
        var path = PathStatistics()
        path.busyMicroseconds = busy
        path.receiverLimitedMicroseconds = limited
        return Bottleneck(path, microseconds: microseconds)
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

    @Test func `shares add up to the whole, whatever was measured`() throws {
        var random = SeededGenerator(seed: 14)
        for _ in 0..<2_000 {
            let most: Int64 = random.chance(2) ? 10_000_000 : .max
            let found = try #require(
                bottleneck(
                    busy: Int64.random(in: 0...most, using: &random),
                    limited: Int64.random(in: 0...most, using: &random),
                    of: Int64.random(in: 1...10_000_000, using: &random)))
            let shares = [found.producer, found.network, found.consumer]
            #expect(shares.reduce(0, +) == 1000)
            #expect(shares.allSatisfy { (0...1000).contains($0) })
        }
    }

    @Test func `a kernel that does not tell, or no time at all, gives no bottleneck`() {
        #expect(bottleneck(busy: nil, limited: 0) == nil)
        #expect(bottleneck(busy: 0, limited: nil) == nil)
        #expect(bottleneck(busy: 1, limited: 1, of: 0) == nil)
        #expect(bottleneck(busy: 1, limited: 1, of: -5) == nil)
    }
}
