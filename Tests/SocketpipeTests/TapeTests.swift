import Foundation
import Testing

/// Readers of records, and drives that must not stop.
@Suite(.gated) struct TapeTests {
    private struct Told: Decodable {
        let records: Int
        let short: Int
        let bytes: Int
        let stops: Int
    }

    private static let drive = Program.built("tape-drive")

    private func told(_ ending: Ending) throws -> Told {
        try JSONDecoder().decode(Told.self, from: ending.output)
    }

    @Test(
        arguments: [512, 10_240, 32_768, 262_144, 1 << 20], Direction.allCases)
    func `every record but the last is whole`(
        record: Int, direction: Direction
    ) async throws {
        let count = min(20_000_003, record * 5_000 + 3)
        let ending = try await Session(
            direction, from: .sh("head -c \(count) /dev/zero | dd bs=1448 status=none"),
            to: [Self.drive, "\(record)", "min=1", "max=1e12", "buffer=1e12"],
            Way(there: .remoteAlone, route: .handOff),
            options: ["--record", "\(record)"]
        ).run()
        #expect(ending.status == 0)
        let told = try told(ending)
        #expect(told.bytes == count)
        #expect(told.records == count / record + 1)
        #expect(told.short == 1)
    }

    @Test(arguments: ThereEnd.allCases)
    func `dd with a block size alone writes whole records`(there: ThereEnd) async throws {
        let session = Session(
            there: there, producer: .sh("head -c 9830403 /dev/zero | dd bs=1000 status=none"),
            remote: "dd of=/dev/null bs=32k", options: "--record 32k --pad")
        let ending = try await session.run()
        #expect(ending.status == 0)
        #expect(ending.error.contains("301+0 "), "\(ending.testDescription)")
    }

    @Test(.alone)
    func `a drive fed in bursts stops only as often as its buffer runs out`() async throws {
        let bare = try await fedInBursts("--record 64k")
        let buffered = try await fedInBursts("--record 64k --buffer 8M --start 50 --resume 50")
        let stops = Bursts.stops(behind: 4_194_304, sourceSeconds: buffered.sourceSeconds)
        #expect(bare.told.stops >= 24)
        #expect(abs(buffered.told.stops - stops) <= 1, "\(buffered), not \(stops)")
    }

    /// Half of what a drive wants, in bursts.
    private enum Bursts {
        static let count = 50
        static let size = 500_000
        /// Bytes a second, and bytes.
        static let driveRate = 1e7
        static let driveBuffer = 1.5e6

        /// How often a drive stops that is fed when so many bytes have gathered.
        ///
        /// They last as long as they cover what the source lacks, but for those that the drive
        /// takes at once into its own buffer, on which it runs a little longer.
        static func stops(behind watermark: Double, sourceSeconds: Double) -> Int {
            let deficit = driveRate - Double(count * size) / sourceSeconds
            let run = (watermark - driveBuffer) / deficit + driveBuffer / driveRate
            return Int(Double(count * size) / (driveRate * run))
        }
    }

    private func fedInBursts(
        _ options: Words
    ) async throws -> (told: Told, sourceSeconds: Double) {
        let scratch = try Scratch()
        let source = """
            date +%s%N >\(scratch / "times")
            for i in $(seq \(Bursts.count)); do head -c \(Bursts.size) /dev/zero; sleep 0.1; done
            date +%s%N >>\(scratch / "times")
            """
        let drive: Words = [
            Self.drive, "65536", "min=\(Bursts.driveRate)", "max=\(Bursts.driveRate)",
            "buffer=\(Bursts.driveBuffer)", "stop=0.03",
        ]
        let session = Session(
            there: .remoteAlone, producer: .sh(source), remote: drive, options: options)
        let ending = try await session.run()
        #expect(ending.status == 0, "\(ending.testDescription)")
        let times = (scratch.text("times") ?? "").split(separator: "\n").compactMap { Double($0) }
        try #require(times.count == 2)
        let told = try told(ending)
        #expect(told.bytes == Bursts.count * Bursts.size)
        #expect(told.short <= 1)
        return (told, (times[1] - times[0]) / 1e9)
    }

    @Test(.tries(.shortMemory), .needsMemoryGroups, arguments: ["copy", "splice"])
    func `a buffer larger than its control group is as large as can be`(
        engine: String
    ) async throws {
        let session = Session(
            consumer: "cksum", remote: .sh("yes | head -c 200000000"),
            options: ["--buffer", "1G", "--start", "100", "--engine", engine],
            wrapper: .inMemoryGroup)
        let ending = try await session.run(within: .seconds(60))
        #expect(ending.status == 0, "\(ending.testDescription)")
        #expect(ending.error.contains(/only [45][0-9.]* MB of the 1.07 GB asked for/))
        #expect(ending.text == (try await shell("yes | head -c 200000000 | cksum")))
    }

    @Test(arguments: ThereEnd.allCases)
    func `the fill of a buffer there is told here`(there: ThereEnd) async throws {
        let scratch = try Scratch()
        let run = try Session(
            there: there, producer: .sh("head -c 4500000 /dev/zero; \(scratch.until("go"))"),
            remote: .sh("exec cat >/dev/null"), options: "--buffer 10M --start 90"
        ).start()
        try #require(await eventually { run.mark.process("cat") != nil })
        let isTold = try await eventually {
            run.send(SIGUSR1)
            return run.errorSoFar.contains("buffer 4") && run.errorSoFar.contains("0 stops")
        }
        #expect(isTold, "\(run.errorSoFar)")
        try scratch.write("", to: "go")
        #expect(try await run.ending().status == 0)
    }

    @Test(arguments: ThereEnd.allCases)
    func `a reader that waited only for the end did not stop`(there: ThereEnd) async throws {
        let scratch = try Scratch()
        // So few come all at once: it cannot run dry between them.
        let run = try Session(
            there: there, producer: .sh("head -c 1000 /dev/zero; \(scratch.until("go"))"),
            remote: .sh("exec cat >/dev/null"), options: "--verbose --buffer 10M"
        ).start()
        try #require(await eventually { run.mark.process("cat") != nil })
        let isDry = try await eventually {
            run.send(SIGUSR1)
            return run.errorSoFar.contains("1 stop")
        }
        #expect(isDry, "\(run.errorSoFar)")
        try scratch.write("", to: "go")
        let ending = try await run.ending()
        #expect(ending.status == 0)
        #expect(ending.error.contains(", 0 stops, stopped for"), "\(ending.testDescription)")
    }

    @Test func `a full tape is told with what it took`() async throws {
        let session = Session(
            producer: "cat /dev/zero",
            remote: [
                Self.drive, "32768", "min=1", "max=1e12", "buffer=1e12", "capacity=4000000",
            ],
            options: "--record 32k --buffer 8M")
        let ending = try await session.run()
        #expect(ending.status == 1)
        #expect(ending.error.contains("No space left on device"))
        #expect(ending.error.contains("it had read "), "\(ending.testDescription)")
    }
}

extension Words {
    /// Runs a command in a control group of 64 MiB of memory.
    fileprivate static var inMemoryGroup: Words {
        let script = """
            mount -t tmpfs none /sys/fs/cgroup && mkdir /sys/fs/cgroup/memory &&
                mount -t cgroup -o memory none /sys/fs/cgroup/memory || exit 9
            own=/sys/fs/cgroup/memory$(sed -n 's/^[0-9]*:memory://p' /proc/self/cgroup)
            group=$own/socketpipe-$$
            mkdir "$group" && echo 64M >"$group/memory.limit_in_bytes" || exit 9
            echo $$ >"$group/cgroup.procs"; "$@"; status=$?
            echo $$ >"$own/cgroup.procs"; rmdir "$group"; exit $status
            """
        return "unshare -m" + .bash(script)
    }
}

extension Trait where Self == ConditionTrait {
    fileprivate static var needsMemoryGroups: ConditionTrait {
        .enabled("memory groups need root and version 1 of the control groups") {
            guard Program.isRoot else { return false }
            return try await Run(Words.inMemoryGroup + "true").ending().status == 0
        }
    }
}
