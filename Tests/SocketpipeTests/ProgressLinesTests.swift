import Foundation
import Testing

/// `--progress=json` and `--progress-fd` tell a program how far a session is.
@Suite(.gated) struct ProgressLinesTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// The lines of JSON among others, each as the schema says.
    private func events(_ text: String) throws -> [JSONValue] {
        try text.split(separator: "\n").filter { $0.hasPrefix("{") }.map { line in
            let violations = try JSONSchema.ofProgress?.violations(in: Data(line.utf8)) ?? []
            #expect(violations == [], "\(line)")
            return try JSONDecoder().decode(JSONValue.self, from: Data(line.utf8))
        }
    }

    private func expectWhole(_ events: [JSONValue], moved: Double, size: JSONValue) {
        #expect(events.first?["event"] == .text("start"))
        #expect(events.first?["data"]?["flows"]?.items.first?["size"] == size)
        #expect(events.last?["event"] == .text("end"))
        #expect(events.last?["data"]?["status"] == .number(0))
        #expect(events.last?["data"]?["flows"]?.items.first?["bytes"] == .number(moved))
        let intervals = events.dropFirst().dropLast()
        #expect(intervals.allSatisfy { $0["event"] == .text("interval") })
        #expect(intervals.count >= 2, "\(events)")
    }

    private static let slow = Words.sh(
        "for i in 1 2 3 4 5 6 7; do head -c 100000 /dev/zero; sleep .5; done")

    @Test(arguments: Way.few)
    func `lines of JSON tell it each second, on standard error`(way: Way) async throws {
        let ending = try await Session(
            there: way.there, route: way.route, producer: Self.slow,
            remote: .sh("cat >/dev/null"), options: "--progress=json --size 1400000"
        ).run()
        #expect(ending.status == 0)
        let events = try events(ending.error)
        expectWhole(events, moved: 700_000, size: .number(1_400_000))
        #expect(events.count == ending.error.split(separator: "\n").count, "no line for a person")
        let flow = events.dropLast().last?["data"]?["flows"]?.items.first
        guard case (.number(let bytes), .number(let percent)) = (flow?["bytes"], flow?["percent"])
        else { return #expect(Bool(false), "\(events)") }
        #expect(abs(percent - bytes / 14_000) < 0.01)
    }

    @Test func `a session that fails before its start has an end as well`() async throws {
        let ending = try await Session(
            producer: ["/nowhere/program"], remote: "cat", options: "--progress=json"
        ).run()
        #expect(ending.status == 127)
        let last = ending.error.split(separator: "\n").last { $0.hasPrefix("{") }.map(String.init)
        let event = try #require(try events(last ?? "").first)
        #expect(event["event"] == .text("end"))
        #expect(event["data"]?["status"] == .number(127))
    }

    @Test func `another descriptor has them, and a person has the line`() async throws {
        let ending = try await Session(
            producer: Self.slow, remote: .sh("cat >/dev/null"),
            options: "--progress --progress-fd 7",
            wrapper: .sh("exec 7>\(scratch / "lines"); exec \"$@\"")
        ).run()
        #expect(ending.status == 0)
        try expectWhole(events(scratch.text("lines") ?? ""), moved: 700_000, size: .null)
        #expect(ending.error.contains("/s (mean"))
        #expect(!ending.error.contains("{"))
    }

    @Test func `no command gets that descriptor`() async throws {
        let look = Words.sh("ls /proc/self/fd/7 >/dev/null 2>&1 && touch \(scratch / "leak"); true")
        let ending = try await Session(
            producer: look,
            login: .sh("ls /proc/self/fd/7 2>/dev/null && touch \(scratch / "leak"); exec \"$@\""),
            remote: look, options: "--progress-fd 7",
            wrapper: .sh("exec 7<>\(scratch / "lines"); exec \"$@\"")
        ).run()
        #expect(ending.status == 0)
        #expect(!scratch.exists("leak"))
    }

    /// A pipe of one page, full before the session begins: nobody reads it, and it stays open.
    @Test(arguments: Way.few)
    func `a reader that does not read keeps nothing waiting, and gets no half line`(
        way: Way
    ) async throws {
        let script = """
            import fcntl, os, subprocess, sys
            r, w = os.pipe()
            fcntl.fcntl(w, 1031, 4096)
            os.write(w, b"x" * 3500 + b"\\n")
            os.dup2(w, 7)
            os.close(w)
            status = subprocess.call(sys.argv[2:], pass_fds=[7])
            os.close(7)
            with open(sys.argv[1], "wb") as f: f.write(os.read(r, 65536))
            sys.exit(status)
            """
        let ending = try await Session(
            there: way.there, route: way.route, producer: Self.slow, remote: "cksum",
            options: "--progress-fd 7",
            wrapper: ["python3", "-c", script] + [scratch / "lines"]
        ).run()
        #expect(ending.status == 0, "\(ending.testDescription)")
        let sum = try await shell("head -c 700000 /dev/zero | cksum")
        #expect(ending.text == sum)
        let text = try #require(scratch.text("lines"))
        #expect(text.hasSuffix("\n"))
        #expect(try events(text).count >= 1)
    }

    @Test func `a session that fails early has an end, too`() async throws {
        let ending = try await Session(
            producer: "true", login: "false", remote: "true", options: "--progress=json"
        ).run()
        #expect(ending.status == 255)
        let events = try events(ending.error)
        #expect(events.map { $0["event"] } == [.text("end")])
        #expect(events.first?["data"]?["status"] == .number(255))
    }

    /// Where our input is a file, its size is known under `--rsh`, too.
    @Test func `--rsh tells the share of a file`() async throws {
        try scratch.write("#!/bin/sh\nshift; exec sh -c \"$*\"\n", to: "ssh")
        try await shell(
            "chmod +x $1; head -c 700000 /dev/zero >$2", scratch / "ssh", scratch / "in")
        let words: Words =
            [Program.here, "--there", Program.here, "--rate", "out=300k", "--progress=json"]
            + ["--rsh", "host", "cat >/dev/null"]
        let ending = try await Run(
            words, input: .file(scratch / "in"),
            environment: ["PATH": "\(scratch.path):/usr/bin:/bin", "SHELL": "/bin/sh"]
        ).ending()
        #expect(ending.status == 0, "\(ending.testDescription)")
        let flows = try events(ending.error).first?["data"]?["flows"]?.items ?? []
        #expect(flows.map { $0["size"] } == [.number(700_000), .null])
    }

    @Test(arguments: [
        ("7>&-", "--progress-fd 7", "descriptor 7: it is not open for writing"),
        ("7</dev/null", "--progress-fd 7", "descriptor 7: it is not open for writing"),
        ("", "--progress-fd 1", "2 or more"), ("", "--progress-fd x", "2 or more"),
        ("", "--progress=xml", "line or json"),
        ("", "--progress=json --quiet", "exclude each other"),
    ])
    func `a descriptor that cannot be written is refused before anything runs`(
        opening: String, options: String, reason: String
    ) async throws {
        let ending = try await Session(
            producer: "true", login: .sh("touch \(scratch / "in")"), remote: "true",
            options: Words(options.split(separator: " ").map(String.init)),
            wrapper: .sh("exec \(opening); exec \"$@\"")
        ).run()
        #expect(ending.status == 125)
        #expect(ending.error.contains(reason), "\(ending.error)")
        #expect(!scratch.exists("in"))
    }
}
