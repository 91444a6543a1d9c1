import Foundation
import Testing

/// A producer that is killed, and whose descriptors are gone long before it is (faults 12).
@Suite(.gated) struct SlowDeathTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test(
        .tries(.killedProducer, .slowDeath), .needsRoot, .needsCompiler,
        arguments: Direction.allCases, Way.usual)
    func `a killed producer that is slow to die breaks the stream`(
        direction: Direction, way: Way
    ) async throws {
        let program = try await HolderProgram(in: scratch)
        // The stream at a low and at a high number: a relay sees its end before or after the rest.
        for number in ["1", "500"] {
            let reader = Words.sh("cat >$1; echo $? >$2", scratch / "bytes", scratch / "status")
            let ending = try await Session(
                direction, from: program.words("slow", number), to: reader, way
            ).run()
            #expect(ending.status == 137, "\(ending.testDescription)")
            way.route.expectBroken(scratch.text("status"), at: direction.target, "fd \(number)")
            try await shell("rm -f $1/bytes $1/status", scratch.path)
        }
    }
}
