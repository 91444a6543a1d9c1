import LinuxSystem
import Testing

@testable import Relaying

/// What was given to a connection is kept until the peer has it, and no longer.
@Suite struct KeeperTests {
    private static let through = Pump<KeptKernel>.Shape.through(reader: 200, writer: 201)

    @Test(arguments: [through, .copy])
    func `every byte comes once and in order, whenever a connection is lost`(
        shape: Pump<KeptKernel>.Shape
    ) {
        for seed in 0..<300 as Range<UInt64> {
            if let complaint = complaint(shape, seed) {
                Issue.record("seed \(seed): \(complaint)")
                return
            }
        }
    }

    private func complaint(_ shape: Pump<KeptKernel>.Shape, _ seed: UInt64) -> String? {
        let world = KeptWorld(seed: seed)
        var kernel = KeptKernel(world: world)
        let keeper = Keeper(mostPipes: 1 + world.random.below(6), pipeCapacity: KeptWorld.capacity)
        { _ in world.acknowledged }
        var pump = Pump<KeptKernel>(
            from: KeptWorld.source, to: KeptWorld.target, shape, .toConnection, keeping: keeper)
        var turns = 0
        while pump.progress.isRunning || !world.isThrough || world.got.count < world.content.count {
            turns += 1
            if turns > 100_000 { return "waits for what never comes: \(pump.progress)" }
            world.tick()
            pump.advance(&kernel)
            if pump.progress.refusal != nil {
                _ = pump.surrender(&kernel)
                pump = Pump(
                    from: KeptWorld.source, to: KeptWorld.target, .copy, .toConnection,
                    after: pump.progress, keeping: keeper)
            }
            if pump.progress.target != .open { return "fails: \(pump.progress)" }
            if !world.isOrdered { return "gives other bytes than it took" }
            // What was given since it asked, in one call more, and too little to let go of.
            let mayStay = 3 * KeptWorld.capacity / 2
            if pump.progress.given - keeper.start > world.room + mayStay {
                return "keeps \(keeper.count) bytes"
            }
            guard pump.isCut || !world.isConnected && world.random.below(4) == 0 else { continue }
            pump.leaveTarget()
            do throws(Errno) {
                try pump.rewind(to: world.connect(), keeper, &kernel)
            } catch {
                return "cannot go on: \(error)"
            }
            pump.goOn(to: KeptWorld.target)
        }
        return world.got == world.content ? nil : "loses bytes at the end"
    }
}
