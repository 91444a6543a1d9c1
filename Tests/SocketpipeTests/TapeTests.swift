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

    private func session(
        _ flow: String, _ producer: Words, _ reader: Words, _ options: Words, _ there: ThereEnd
    ) -> Session {
        flow == "out"
            ? Session(there: there, producer: producer, remote: reader, options: options)
            : Session(there: there, consumer: reader, remote: producer, options: options)
    }

    @Test(
        arguments: [512, 10_240, 32_768, 262_144, 1 << 20], ["out", "back"])
    func `every record but the last is whole`(record: Int, flow: String) async throws {
        let count = min(20_000_003, record * 5_000 + 3)
        let ending = try await session(
            flow, .sh("head -c \(count) /dev/zero | dd bs=1448 status=none"),
            Words([Self.drive, "\(record)", "min=1", "max=1e12", "buffer=1e12"]),
            Words(["--record", "\(record)"]), .remoteAlone
        ).run()
        #expect(ending.status == 0)
        let told = try told(ending)
        #expect(told.bytes == count)
        #expect(told.records == count / record + 1)
        #expect(told.short == 1)
    }

    @Test(arguments: ThereEnd.allCases)
    func `dd with a block size alone writes whole records`(there: ThereEnd) async throws {
        let ending = try await session(
            "out", .sh("head -c 9830403 /dev/zero | dd bs=1000 status=none"),
            "dd of=/dev/null bs=32k", ["--record", "32k", "--pad"], there
        ).run()
        #expect(ending.status == 0)
        #expect(ending.error.contains("301+0 "), "\(ending.testDescription)")
    }

    @Test func `a drive fed in bursts stops less often behind a buffer`() async throws {
        // 20 bursts of 0.5 MB, 0.2 s apart: 2.5 MB/s for a drive that wants 5 and gets 4 MB ahead,
        // which it has after 1.6 s and which last for 1.6 s more.
        let bursts: Words = .sh(
            "for i in $(seq 20); do head -c 500000 /dev/zero; sleep 0.2; done")
        let drive = Words([
            Self.drive, "65536", "min=5e6", "max=6e6", "buffer=2e6", "stop=0.05",
        ])
        let bare = try await session("out", bursts, drive, ["--record", "64k"], .remoteAlone).run()
        let buffered = try await session(
            "out", bursts, drive,
            ["--record", "64k", "--buffer", "8M", "--start", "50", "--resume", "50"], .remoteAlone
        ).run()
        #expect(bare.status == 0)
        #expect(buffered.status == 0)
        let (many, few) = (try told(bare), try told(buffered))
        #expect(many.stops >= 5, "\(bare.testDescription)")
        #expect(few.stops <= 2, "\(buffered.testDescription)")
        #expect(few.bytes == 10_000_000)
        #expect(few.short <= 1)
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
        #expect(ending.error.contains(/using a buffer of [45][0-9.]* MB: there is no memory/))
        #expect(ending.text == (try await shell("yes | head -c 200000000 | cksum")))
    }

    @Test(arguments: ThereEnd.allCases)
    func `the fill of a buffer there is told here`(there: ThereEnd) async throws {
        let scratch = try Scratch()
        let hold = "until [ -e \(scratch / "go") ]; do sleep .02; done"
        let run = try Session(
            there: there, producer: .sh("head -c 4500000 /dev/zero; \(hold)"),
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

    @Test func `a full tape is told with what it took`() async throws {
        let ending = try await session(
            "out", "cat /dev/zero",
            Words([Self.drive, "32768", "min=1", "max=1e12", "buffer=1e12", "capacity=4000000"]),
            ["--record", "32k", "--buffer", "8M"], .socketpipe
        ).run()
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
