import Testing

/// There is less memory than is wanted, or than anything can be done with.
@Suite(.gated) struct ShortMemoryTests {
    /// Lets our ends have so many KiB of address space, and the commands what they want.
    private func session(
        _ direction: Direction, _ way: Way, limit: Int, bytes: Int, options: Words = []
    ) -> Session {
        let free = "ulimit -S -v unlimited; "
        let sender = Words.sh("\(free) head -c \(bytes) /dev/zero")
        let reader = Words.sh("\(free) cksum")
        return Session(
            direction, from: sender, to: reader, way, options: options,
            wrapper: .sh("ulimit -S -v \(limit); exec \"$@\""))
    }

    @Test(.tries(.shortMemory), arguments: Direction.allCases)
    func `a buffer larger than memory is as large as can be`(
        direction: Direction
    ) async throws {
        let whole = try await shell("head -c 200000000 /dev/zero | cksum")
        for way in Way.each where way.route != .handOff {
            let ending = try await session(
                direction, way, limit: 100_000, bytes: 200_000_000,
                options: "--buffer 1G --start 100"
            ).run(within: .seconds(60))
            #expect(ending.status == 0, "\(way) \(ending)")
            #expect(ending.text == whole, "\(way)")
            // The other engines keep all of it in pipes.
            let warns = ending.error.contains("of the 1.07 GB asked for are available")
            #expect(warns || way.route.engine(at: direction.target) != .copy, "\(way) \(ending)")
        }
    }

    /// Halves its way to the least memory that suffices, past all the places where it gives out.
    @Test(.tries(.shortMemory), arguments: Direction.allCases, Way.each)
    func `memory that gives out is never a success with a byte missing`(
        direction: Direction, way: Way
    ) async throws {
        let whole = try await shell("head -c 3000000 /dev/zero | cksum")
        var tooLittle = 1_000
        var enough = 400_000
        while enough - tooLittle > 200 {
            let limit = (enough + tooLittle) / 2
            let ending = try await session(direction, way, limit: limit, bytes: 3_000_000)
                .run(within: .seconds(20))
            #expect(ending.exit != .overran, "\(limit) KiB")
            if ending.status == 0 {
                #expect(ending.text == whole, "\(limit) KiB")
                enough = limit
            } else {
                tooLittle = limit
            }
        }
        #expect(enough < 400_000)
    }
}
