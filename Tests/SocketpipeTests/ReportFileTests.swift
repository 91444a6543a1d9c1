import Foundation
import Testing

/// `--report` is written whole or not at all, for its owner, wherever it goes.
@Suite(.gated) struct ReportFileTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func session(_ place: String, producer: Words = "echo hi") -> Session {
        Session(producer: producer, remote: "cat", options: ["--report", place])
    }

    private func mode(_ name: String) throws -> Int? {
        let facts = try FileManager.default.attributesOfItem(atPath: scratch / name)
        return facts[.posixPermissions] as? Int
    }

    @Test(arguments: [
        ("\"status\": 0", "\"status\": \"0\""), ("\"unread\": 0", "\"unread\": -1"),
        ("\"seconds\"", "\"second\""), ("\"out\"", "\"sideways\""), ("true", "1"),
        ("\"version\": 1,", "\"version\": 2,"),
    ])
    func `what is not as the schema says is seen`(good: String, bad: String) async throws {
        let schema = try #require(JSONSchema.ofReports)
        #expect(try await session(scratch / "report").start(reports: false).ending().status == 0)
        let report = try #require(scratch.text("report"))
        #expect(try schema.violations(in: Data(report.utf8)) == [])
        let changed = report.replacing(good, with: bad, maxReplacements: 1)
        #expect(changed != report)
        #expect((try? schema.violations(in: Data(changed.utf8))) != [])
    }

    @Test func `the last report stays until the next is whole`() async throws {
        let place = try scratch.write("{\"last\":1}\n", to: "report")
        let producer = Words.sh("touch $1; \(scratch.until("go"))", scratch / "running")
        let run = try session(place, producer: producer).start(reports: false)
        try #require(await eventually { scratch.exists("running") })
        #expect(scratch.text("report") == "{\"last\":1}\n")
        try scratch.write("", to: "go")
        #expect(try await run.ending().status == 0)
        #expect(scratch.text("report")?.contains("\"outcome\": \"complete\"") == true)
        #expect(try mode("report") == 0o600)
    }

    @Test func `a session that is killed leaves the last report, and nothing beside it`()
        async throws
    {
        let place = try scratch.write("{\"last\":1}\n", to: "report")
        let producer = Words.sh("touch $1; exec sleep 1000", scratch / "running")
        let run = try session(place, producer: producer).start(reports: false)
        try #require(await eventually { scratch.exists("running") })
        run.send(SIGKILL)
        _ = try await run.ending()
        #expect(scratch.text("report") == "{\"last\":1}\n")
        let names = try FileManager.default.contentsOfDirectory(atPath: scratch.path)
        #expect(names.sorted() == ["report", "running"])
    }

    @Test func `a link stays one`() async throws {
        try FileManager.default.createSymbolicLink(
            atPath: scratch / "link", withDestinationPath: "target")
        try scratch.write("old", to: "target")
        #expect(try await session(scratch / "link").start(reports: false).ending().status == 0)
        #expect(scratch.text("target")?.contains("complete") == true)
        let kind = try FileManager.default.attributesOfItem(atPath: scratch / "link")[.type]
        #expect(kind as? FileAttributeType == .typeSymbolicLink)
    }

    @Test func `what a link names is made, though it is not there yet`() async throws {
        try await shell(
            "mkdir $1/folder; ln -s folder/second $1/link; ln -s ../target $1/folder/second",
            scratch.path)
        #expect(try await session(scratch / "link").start(reports: false).ending().status == 0)
        #expect(scratch.text("target")?.contains("complete") == true)
        let left = try await shell("readlink $1/link $1/folder/second", scratch.path)
        #expect(left == "folder/second\n../target\n")
    }

    @Test func `links that lead nowhere are refused, and stay`() async throws {
        try await shell("ln -s link $1/link", scratch.path)
        let session = session(
            scratch / "link", producer: .sh("touch \(scratch / "started")"))
        let ending = try await session.start(reports: false).ending()
        #expect(ending.status == 125)
        #expect(ending.error.contains("Too many levels of symbolic links"))
        #expect(try await shell("readlink $1/link", scratch.path) == "link\n")
        #expect(!scratch.exists("started"))
    }

    @Test func `a pipe without a reader is refused before the login`() async throws {
        try await shell("mkfifo \"$1\"", scratch / "fifo")
        let session = session(
            scratch / "fifo", producer: .sh("touch \(scratch / "started")"))
        let ending = try await session.start(reports: false).ending(within: .seconds(20))
        #expect(ending.status == 125)
        #expect(ending.error.contains("nothing reads the pipe"))
        #expect(!scratch.exists("started"))
    }

    @Test func `a pipe with a reader gets the report`() async throws {
        try await shell("mkfifo \"$1\"", scratch / "fifo")
        let reader = try Run(["cat", scratch / "fifo"])
        try #require(await eventually { Found(pid: reader.pid)?.words.first == "cat" })
        try await Task.sleep(for: .milliseconds(200))
        #expect(try await session(scratch / "fifo").start(reports: false).ending().status == 0)
        #expect(try await reader.ending().text.contains("\"outcome\": \"complete\""))
    }

    @Test(arguments: ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
    func `our standard output takes the report behind the rest`(place: String) async throws {
        // A file opened again would be written from its start.
        let ending = try await session(place).start(reports: false).ending()
        #expect(ending.status == 0)
        #expect(ending.text.hasPrefix("hi\n{"), "\(ending.text)")
        #expect(ending.text.contains("\"outcome\": \"complete\""))
    }

    @Test func `a descriptor of the shell takes it`() async throws {
        let wrapped = Session(
            producer: "echo hi", remote: "cat", options: "--report /dev/fd/7",
            wrapper: .bash("\"$@\" 7>\"$REPORT\""), environment: ["REPORT": scratch / "report"])
        #expect(try await wrapped.start(reports: false).ending().status == 0)
        #expect(scratch.text("report")?.contains("\"outcome\": \"complete\"") == true)
    }

    @Test func `a report that cannot be written at the end is told apart from the stream`()
        async throws
    {
        let ending = try await session("/dev/full").start(reports: false).ending()
        #expect(ending.status == 125)
        #expect(ending.error.contains("cannot write the report '/dev/full': No space left"))
        #expect(ending.error.contains("only the report is missing: complete"))
        #expect(ending.text == "hi\n")
    }

    @Test(arguments: ["/no/such/folder/report", "/"])
    func `a report that can go nowhere is told before the login`(place: String) async throws {
        let session = session(place, producer: .sh("touch \(scratch / "started")"))
        let ending = try await session.start(reports: false).ending()
        #expect(ending.status == 125)
        #expect(!scratch.exists("started"))
    }

    /// What `getent` knows is what a name is, whatever `/etc/nsswitch.conf` says.
    @Test func `a name is looked up by getent, and where there is none, in our files`()
        async throws
    {
        let marker = scratch / "asked"
        try scratch.write(
            "#!/bin/sh\n: >\(marker)\n[ \"$2\" = box.invalid ] || exit 2\n"
                + "echo 127.0.0.1 STREAM box\n", to: "getent", executable: true)
        let folder = URL(fileURLWithPath: marker).deletingLastPathComponent().path
        let session = Session(
            producer: "echo hi", remote: "cat", options: "--listen here -h box.invalid",
            environment: ["PATH": "\(folder):/usr/bin:/bin"])
        let ending = try await session.run()
        #expect(ending.status == 0, "\(ending.error)")
        #expect(ending.text == "hi\n")
        #expect(scratch.exists("asked"))
    }

    @Test func `a signal ends us while a name is looked up`() async throws {
        try scratch.write(
            "#!/bin/sh\n: >\(scratch / "asked")\nexec sleep 1000\n", to: "getent",
            executable: true)
        let run = try Session(
            producer: "echo hi", remote: "cat", options: "-h box.invalid",
            environment: ["PATH": "\(scratch.path):/usr/bin:/bin"]
        ).start()
        try #require(await eventually { scratch.exists("asked") })
        run.send(SIGINT)
        #expect(try await run.ending(within: .seconds(15)).exit == .signal(SIGINT))
    }
}
