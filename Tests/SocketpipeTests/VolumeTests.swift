import Foundation
import Testing

/// `--to` and `--from`: files of limited length in the place of tapes. `scripts/lab tape` has real ones.
@Suite(.gated) struct VolumeTests {
    static let schema = contents(of: "Sources/Plumbing/Plumbing.docc/volumes.schema.json")
        .flatMap { try? JSONDecoder().decode(JSONValue.self, from: $0) }
        .map { JSONSchema(root: $0) }

    let scratch: Scratch
    private let volume: String

    init() async throws {
        scratch = try Scratch()
        volume = scratch / "volume"
        try await shell("yes | head -c 2000003 >\"$1\"", scratch / "data")
    }

    /// A file may have 600 KiB (`ulimit`), which is a full volume.
    private func writer(_ options: Words) -> Words {
        .bash("ulimit -f 600; exec \"$@\"") + [Program.here, "--to", volume, "--record", "32k"]
            + options
    }

    /// Keeps each volume under its number.
    private var keeps: Words {
        .sh("mv \"$SOCKETPIPE_DEVICE\" \"$SOCKETPIPE_DEVICE.$((SOCKETPIPE_VOLUME - 1))\"")
    }

    private func write(_ options: Words) async throws -> Ending {
        let line = writer(options)
        let ending = try await Run(line, input: .file(scratch / "data")).ending()
        try? FileManager.default.moveItem(atPath: volume, toPath: volume + ".4")
        return ending
    }

    /// Brings the volumes back in the order of the numbers, as far as there are any.
    private func read(_ options: Words, first: Int = 1) async throws -> Ending {
        let brings = Words.sh("ln -sf \"$1.$SOCKETPIPE_VOLUME\" \"$1\" && test -e \"$1\"", volume)
        try await shell("ln -sf \"$1\" \"$2\"", "\(volume).\(first)", volume)
        let line: Words = [Program.here, "--from", volume]
        return try await Run(line + options + "--next-volume" + brings.braced).ending()
    }

    // A changer that is asked again and again would put empty files in the place of good ones.
    @Test(arguments: ["--record 1M --label home", "--record 600k --label home"])
    func `a volume that takes nothing ends the run`(options: String) async throws {
        let changer = Words.sh(
            "mv \"$SOCKETPIPE_DEVICE\" \"$SOCKETPIPE_DEVICE.$SOCKETPIPE_VOLUME\"; echo >>$1",
            scratch / "changes")
        let line: Words =
            .bash("ulimit -f 600; exec \"$@\"") + [Program.here, "--to", volume]
            + Words(stringLiteral: options) + "--next-volume" + changer.braced
        let ending = try await Run(line, input: .file(scratch / "data")).ending()
        #expect(ending.status == 125, "\(ending.testDescription)")
        #expect(ending.error.contains("File too large"), "\(ending.error)")
        #expect(!scratch.exists("changes"))
    }

    // The end label of volume 4 is whole: only the beginning of volume 3 tells.
    @Test func `a volume that was cut is missed by the next one`() async throws {
        _ = try await write("--label home" + ("--next-volume" + keeps.braced))
        try await shell("truncate -s -1 \"$1\"", volume + ".2")
        let back = try await read("--label home --volumes 2-3", first: 2)
        #expect(back.status == 121, "\(back.testDescription)")
        #expect(back.error.contains("but volume 2 ended with byte"), "\(back.error)")
    }

    @Test func `a volume whose end label is cut does not pass in silence`() async throws {
        _ = try await write("--label home" + ("--next-volume" + keeps.braced))
        let whole = try await read("--label home --volumes 4")
        #expect(whole.status == 0 && !whole.error.contains("label"), "\(whole.error)")
        try await shell("truncate -s -32k \"$1\"", volume + ".4")
        let back = try await read("--label home --volumes 4")
        #expect(back.error.contains("volume 4 has no end label"), "\(back.testDescription)")
        #expect(back.output == whole.output)
    }

    @Test(arguments: [false, true])
    func `a set comes back, and is what its report says`(hasLabel: Bool) async throws {
        let label: Words = hasLabel ? "--label home" : ""
        let report: Words = ["--report", scratch / "report"]
        let written = try await write(label + report + "--next-volume" + keeps.braced)
        #expect(written.status == 0, "\(written.testDescription)")
        let text = try #require(scratch.text("report"))
        #expect(try Self.schema?.violations(in: Data(text.utf8)) ?? [] == [])
        let way: Words = hasLabel ? label : "--volumes 4"
        let back = try await read(way)
        #expect(back.status == 0, "\(back.testDescription)")
        #expect(back.output == contents(of: scratch / "data"))
        let second = ["--verify", scratch / "report", "--volumes", "2-2"] as Words
        #expect(try await !read(label + second, first: 2).error.contains("end label"))
        let verified = try await read(label + ["--verify", scratch / "report"])
        #expect(verified.status == 0, "\(verified.testDescription)")
        #expect(verified.output.isEmpty)
        try await shell(
            "printf x | dd of=\"$1\" bs=1 seek=400000 conv=notrunc status=none", volume + ".2")
        let changed = try await read(label + ["--verify", scratch / "report"])
        #expect(changed.status == 121)
        #expect(changed.error.contains("volume 2 does not hold the bytes"), "\(changed.error)")
    }

    @Test func `the same bytes in another set are not what the report tells of`() async throws {
        for report in ["report", "other"] {
            try await shell("rm -f \"$1\"*", volume)
            let written = try await write(
                "--label home" + ["--report", scratch / report] + "--next-volume" + keeps.braced)
            #expect(written.status == 0, "\(written.testDescription)")
        }
        let verified = try await read("--label home" + ["--verify", scratch / "report"])
        #expect(verified.status == 125)
        #expect(
            verified.error.contains("holds a volume of another set, 'home'"), "\(verified.error)")
        let right = try await read("--label home" + ["--verify", scratch / "other"])
        #expect(right.status == 0, "\(right.testDescription)")
    }

    @Test func `dd skips a label`() async throws {
        #expect(try await write("--label home" + ("--next-volume" + keeps.braced)).status == 0)
        try await shell(
            "dd if=\"$1\" bs=32k skip=1 status=none | cmp -n 500000 - \"$2\"", volume + ".1",
            scratch / "data")
    }

    @Test func `volumes in the wrong order, or of another set, are refused`() async throws {
        #expect(try await write("--label home" + ("--next-volume" + keeps.braced)).status == 0)
        let late = try await read("--label home", first: 2)
        #expect(late.status == 0, "it is asked for the right one: \(late.testDescription)")
        #expect(late.error.contains("holds volume 2, but volume 1"))
        let other = try await Run([Program.here, "--from", volume + ".1", "--label", "work"])
            .ending()
        #expect(other.status == 125)
        #expect(other.error.contains("another set, 'home'"), "\(other.error)")
    }

    @Test func `a set without its last volume is told to be incomplete`() async throws {
        #expect(try await write("--label home" + ("--next-volume" + keeps.braced)).status == 0)
        try FileManager.default.removeItem(atPath: volume + ".4")
        let back = try await read("--label home")
        #expect(back.status == 1)
        #expect(back.error.contains("asked for volume 4, exited with status 1"), "\(back.error)")
        #expect(contents(of: scratch / "data")?.starts(with: back.output) == true)
    }

    @Test func `a changer that fails is told, with what is on which volume`() async throws {
        let ending = try await write("--next-volume" + Words.sh("exit 7").braced)
        #expect(ending.status == 7)
        #expect(
            ending.error.contains("asked for volume 2, exited with status 7"), "\(ending.error)")
        #expect(ending.error.contains("volume 1: 614,400 bytes"))
        #expect(
            ending.error.contains(
                "1,385,603 bytes more were read from standard input and are on no volume"))
        #expect(contents(of: volume + ".4")?.count == 614_400)
    }

    @Test func `a changer that changes nothing does not get the volume overwritten`() async throws {
        let ending = try await write("--next-volume { true }")
        #expect(ending.status == 125)
        #expect(
            ending.error.contains("brought no right volume 2 in 100 attempts"), "\(ending.error)")
        #expect(contents(of: volume + ".4")?.count == 614_400)
    }

    @Test func `without a changer and a terminal it says so`() async throws {
        let ending = try await write("")
        #expect(ending.status == 125)
        #expect(ending.error.contains("volume 1 is full: volume 2 is needed"), "\(ending.error)")
        #expect(ending.error.contains("hint: --next-volume"))
    }

    @Test func `you are asked at the terminal, and may give up`() async throws {
        let terminal = try Terminal()
        let run = try Run(
            ["bash", "-c", "exec \"$@\" <\"$0\"", scratch / "data"] + writer(""),
            input: .terminal(terminal))
        try #require(await terminal.shows("put volume 2 into"))
        try FileManager.default.moveItem(atPath: volume, toPath: volume + ".1")
        terminal.type("\n")
        try #require(await terminal.shows("put volume 3 into"))
        terminal.type("q\n")
        #expect(try await run.ending().status == 125)
        #expect(terminal.text.contains("nobody put in volume 3"))
        #expect(terminal.text.contains("volume 2: 614,400 bytes"))
    }

    @Test(arguments: ThereEnd.allCases)
    func `it takes a socket, and gives to one`(there: ThereEnd) async throws {
        let to: Words = [Program.here, "--to", volume, "--record", "32k", "--label", "home"]
        let session = Session(
            there: there, producer: ["cat", scratch / "data"], remote: to)
        #expect(try await session.run().status == 0)
        let from: Words = [Program.here, "--from", volume, "--label", "home"]
        let back = try await Session(there: there, consumer: "cksum", remote: from).run()
        #expect(back.status == 0)
        #expect(back.text == (try await shell("cksum <\"$1\"", scratch / "data")))
    }

    @Test func `a killed writer's volume is readable, and told to be incomplete`() async throws {
        let run = try Run(
            [Program.here, "--to", volume, "--record", "32k", "--label", "home"], input: .pipe)
        run.write(String(repeating: "y\n", count: 100_000))
        try #require(await eventually { contents(of: volume)?.count ?? 0 == 7 * 32768 })
        run.send(SIGKILL)
        _ = try await run.ending()
        let back = try await Run([Program.here, "--from", volume, "--label", "home"]).ending()
        #expect(back.status == 125)
        #expect(back.error.contains("volume 1 is read: volume 2"), "\(back.error)")
        #expect(back.output.count == 6 * 32768)
    }

    @Test func `it says how far it is`() async throws {
        let run = try Run([Program.here, "--to", volume, "--record", "32k"], input: .pipe)
        run.write(String(repeating: "y\n", count: 100_000))
        try #require(await eventually { contents(of: volume)?.count ?? 0 == 6 * 32768 })
        // The file has its records a little before the program knows.
        let isTold = try await eventually {
            run.send(SIGUSR1)
            return run.errorSoFar.contains("volume 1: 196,608 bytes in 6")
        }
        #expect(isTold)
        run.closeInput()
        #expect(try await run.ending().status == 0)
    }

    /// A line that is refused, and what the answer says.
    struct Refused: CustomTestStringConvertible, Sendable {
        let line: Words
        let sentence: String
        var testDescription: String { line.text }
    }

    static let refused = [
        Refused(line: "--to /dev/no-such-tape", sentence: "cannot open '/dev/no-such-tape'"),
        Refused(line: "--to /etc", sentence: "cannot open '/etc'"),
        Refused(line: "--to /etc/passwd", sentence: "holds"),
        Refused(line: "--to /dev/null --label home", sentence: "only those have labels"),
        Refused(line: "--to x --from y", sentence: "--to and --from exclude each other"),
        Refused(line: "--to x -l { env }", sentence: "-l is for a session"),
        Refused(line: "--to x --encrypt", sentence: "--encrypt is for a session"),
        Refused(line: "--from x --buffer 1M", sentence: "--buffer is for a reader that is fed"),
        Refused(line: "--to x --verify y", sentence: "--verify needs --from"),
        Refused(line: "--label x -i { a } -l { b } -r { c }", sentence: "--label needs --to"),
        Refused(line: "--to x --label a/b", sentence: "1 to 60 letters"),
        Refused(line: "--to x --label a --record 100", sentence: "a label does not fit"),
        Refused(line: "--from x --volumes 3-2", sentence: "a number of volumes"),
        Refused(line: "--from x --next-volume { true }", sentence: "needs --label or --volumes"),
        Refused(line: "--from x --verify /dev/null", sentence: "is no report of volumes"),
        Refused(line: "--to x --start 50", sentence: "--start and --resume need --buffer"),
    ]

    @Test(arguments: refused)
    func `what cannot be done is said before anything starts`(refused: Refused) async throws {
        let ending = try await Run([Program.here] + refused.line).ending()
        #expect(ending.status == 125)
        #expect(ending.error.contains(refused.sentence), "\(ending.error)")
        #expect(!FileManager.default.fileExists(atPath: "/dev/no-such-tape"))
    }

    @Test func `a pipe is refused, and nothing waits for its reader`() async throws {
        try await shell("mkfifo \"$1\"", volume)
        let ending = try await write("")
        #expect(ending.status == 125)
        #expect(ending.error.contains("is neither a tape drive nor a disk nor a file"))
    }
}
