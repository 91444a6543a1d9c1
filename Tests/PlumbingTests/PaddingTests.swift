import LinuxSystem
import Plumbing
import Testing

/// What a consumer leaves unread: zeros after an archive's end, or bytes it should have read.
@Suite struct PaddingTests {
    private let most = ReceivingRules.maximumPadding

    private func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }

    /// What becomes of bytes that are there when the command leaves with 0, and then the FIN.
    private func ending(_ unread: [UInt8], after read: Int64 = 10_240) throws -> (
        step: ReceivingRules.Step, scene: ReceivingScene
    ) {
        let scene = ReceivingScene.lingering()
        scene.seen.endIsReceived = true
        scene.seen.received = read + Int64(unread.count)
        var stream = unread
        return (scene.steps(reading: &stream), scene)
    }

    @Test(arguments: [512, 10_240, 65_536, 66_048, 1 << 20])
    func `whole blocks of zeros up to 1 MiB and the end of stream are padding`(
        count: Int
    ) throws {
        let (step, scene) = try ending(zeros(count))
        #expect(step == .finish(.finished))
        #expect(scene.rules.padding == count)
        #expect(scene.rules.rejected == 0)
    }

    @Test(
        arguments: [
            (1, 512), (511, 512), (900, 124), (513, 0), (65_537, 1024), (512, 1), (1024, 513),
            (899_900, 1_000_100),
        ] as [(Int, Int64)])
    func `zeros that are not whole blocks behind whole blocks were left`(
        count: Int, read: Int64
    ) throws {
        let (step, scene) = try ending(zeros(count), after: read)
        #expect(step == .finish(.left))
        #expect(scene.rules.padding == 0)
        #expect(scene.rules.rejected == count)
    }

    @Test(arguments: [(1, 511), (511, 513), (388, 124)] as [(Int, Int64)])
    func `zeros that a read of a part left of the last block are padding`(
        count: Int, read: Int64
    ) throws {
        #expect(try ending(zeros(count), after: read).step == .finish(.finished))
    }

    @Test func `one zero more than 1 MiB was left`() throws {
        #expect(most == 1 << 20)
        #expect(try ending(zeros(most + 1)).step == .finish(.left))
        #expect(try ending(zeros(3 * most)).step == .finish(.left))
    }

    @Test(arguments: [0, 1, 65_535, 65_536, 200_000])
    func `one byte that is no zero was left, wherever it stands`(place: Int) throws {
        var bytes = zeros(200_001)
        bytes[place] = 1
        let (step, scene) = try ending(bytes)
        #expect(step == .finish(.left))
        #expect(scene.rules.rejected > 0)
        #expect(scene.rules.padding + scene.rules.rejected <= bytes.count)
    }

    @Test func `a reset after padding is a reset`() throws {
        let scene = ReceivingScene.lingering()
        var stream = zeros(512)
        #expect(scene.steps(reading: &stream) == .wait)
        scene.seen.isClosed = true
        #expect(scene.step() == .finish(.reset))
    }

    @Test func `zeros without an end of stream after them were left, 200 ms after the last`() throws
    {
        let scene = ReceivingScene.lingering()
        var stream = zeros(512)
        #expect(scene.steps(reading: &stream) == .wait)
        scene.now = scene.now + .milliseconds(150)
        stream = zeros(512)
        #expect(scene.steps(reading: &stream) == .wait)
        #expect(scene.step(after: .milliseconds(150)) == .wait)
        #expect(scene.step(after: .milliseconds(50)) == .finish(.left))
        #expect(scene.rules.padding == 0)
        #expect(scene.rules.rejected == 1024)
    }

    @Test func `zeros that a failed consumer left are no padding`() throws {
        let scene = ReceivingScene()
        scene.command = .exited(2)
        scene.isHeld = false
        scene.seen.unread = 512
        scene.seen.endIsReceived = true
        #expect(scene.step() == .finish(.left))
        #expect(scene.rules.padding == 0)
    }

    @Test func `zeros that come forever are not waited for`() throws {
        let scene = ReceivingScene.lingering()
        // One record every 150 ms: each is waited for, all together are not.
        for round in 1...10_000 {
            var stream = zeros(10_240)
            let step = scene.steps(reading: &stream)
            scene.now = scene.now + .milliseconds(150)
            if step == .wait { continue }
            #expect(step == .finish(.left))
            #expect(round == 103)
            return
        }
        Issue.record("it waits still")
    }

    @Test func `nothing is read as long as the consumer may read`() throws {
        let scene = ReceivingScene()
        scene.command = .exited(0)
        scene.seen.unread = 512
        for _ in 0..<10 { #expect(scene.step(after: .seconds(1)) == .wait) }
    }
}
