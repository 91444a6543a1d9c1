import Foundation
import Testing

/// `--progress` and SIGUSR1 tell how far a session is, and spoil nothing.
@Suite(.gated) struct ProgressTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// What a line of progress looks like: total, rates, time.
    private var line: Regex<Substring> { /[\d.]+ [kMGT]?B  .*\/s \(mean .*\/s\)  \d+:\d\d/ }

    @Test(arguments: Way.few)
    func `at a terminal one line is redrawn, not too often, and finished`(
        way: Way
    ) async throws {
        let terminal = try Terminal()
        let run = try Session(
            there: way.there, route: way.route,
            producer: .sh(
                "for i in 1 2 3 4 5 6 7 8 9 10; do head -c 100000 /dev/zero; sleep .3; done"),
            remote: .sh("cat >/dev/null"), options: "--progress", input: .terminal(terminal)
        ).start()
        let ending = try await run.ending()
        #expect(ending.status == 0)
        let draws = terminal.text.components(separatedBy: "\r").filter { $0.contains("/s") }
        #expect(draws.count > 4, "\(terminal.text)")
        #expect(Double(draws.count) <= 2 + 10 * ending.elapsed.seconds, "\(terminal.text)")
        let screen = terminal.lines
        #expect(screen.count == 1, "\(screen)")
        #expect(screen.first?.hasPrefix("socketpipe: ") == true)
        #expect(screen.first?.contains(line) == true, "\(screen)")
    }

    @Test(arguments: Way.few)
    func `other messages have lines of their own`(way: Way) async throws {
        let terminal = try Terminal()
        // Who keeps its output open for 2 s is told while the line is redrawn.
        let run = try Session(
            there: way.there, route: way.route,
            producer: .sh("head -c 100000 /dev/zero; (\(scratch.until("go"))) &"),
            remote: .sh("cat >/dev/null"), options: "--progress --verbose",
            input: .terminal(terminal)
        ).start()
        try #require(await terminal.shows("waiting for process"))
        let drawn = terminal.text.count
        try #require(await eventually { terminal.text.count > drawn + 100 })
        try scratch.write("", to: "go")
        #expect(try await run.ending().status == 0)
        let lines = terminal.lines
        #expect(lines.count > 5)
        #expect(lines.allSatisfy { $0.hasPrefix("socketpipe: ") }, "\(lines)")
        #expect(lines.count { $0.contains("/s (mean") } == 1, "\(lines)")
        #expect(lines.count { $0.contains("waiting for process") && !$0.contains("/s") } == 1)
    }

    @Test(arguments: Way.few)
    func `without a terminal there are plain lines, and few`(way: Way) async throws {
        let session = Session(
            there: way.there, route: way.route,
            producer: .sh("head -c 100000 /dev/zero; sleep 10.5"), remote: .sh("cat >/dev/null"),
            options: "--progress")
        let ending = try await session.run()
        #expect(ending.status == 0)
        let lines = ending.error.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        #expect(lines.count == 2, "\(ending.error)")
        for text in lines {
            #expect(text.hasPrefix("socketpipe: "))
            #expect(text.contains(line))
        }
    }

    @Test(arguments: Way.few)
    func `SIGUSR1 has it told once, and harms nothing`(way: Way) async throws {
        let run = try Session(
            there: way.there, route: way.route,
            producer: .sh("head -c 5000000 /dev/zero; \(scratch.until("go"))"),
            remote: .sh("head -c 5000000 >/dev/null; touch \(scratch / "read"); cat")
        ).start()
        try #require(await eventually { scratch.exists("read") })
        // What was read may not be acknowledged yet.
        var asked = 0
        let toldAll = try await eventually {
            run.send(SIGUSR1)
            asked += 1
            let told = try await eventually { run.errorSoFar.split(separator: "\n").count >= asked }
            return !told || run.errorSoFar.contains(" 5.00 MB ")
        }
        #expect(toldAll, "\(run.errorSoFar)")
        try scratch.write("", to: "go")
        let ending = try await run.ending()
        #expect(ending.status == 0)
        #expect(ending.complaints.count == asked)
        #expect(ending.complaints.allSatisfy { $0.contains(line) })
    }

    @Test func `SIGUSR1 before there is anything to tell harms nothing`() async throws {
        let run = try Session(
            producer: "echo hi",
            login: .sh("touch \(scratch / "in"); \(scratch.until("go")); exec \"$@\""),
            remote: "cat"
        ).start()
        try #require(await eventually { scratch.exists("in") })
        run.send(SIGUSR1)
        try scratch.write("", to: "go")
        let ending = try await run.ending()
        #expect(ending.status == 0)
        #expect(ending.text == "hi\n")
    }

    @Test(arguments: Way.few)
    func `with --size the time that is left is told`(way: Way) async throws {
        let run = try Session(
            there: way.there, route: way.route,
            producer: .sh(
                "head -c 1048576 /dev/zero; \(scratch.until("go")); head -c 3145728 /dev/zero"),
            remote: .sh("head -c 1048576 >/dev/null; touch \(scratch / "read"); cat >/dev/null"),
            options: "--size 4M"
        ).start()
        try #require(await eventually { scratch.exists("read") })
        run.send(SIGUSR1)
        try #require(await eventually { run.errorSoFar.contains("ETA") })
        // A quarter was read; some of it may not be acknowledged yet.
        let told = try #require(run.errorSoFar.firstMatch(of: /(\d+) %  ETA \d+:\d\d/))
        #expect((10...25).contains(Int(told.1) ?? 0), "\(run.errorSoFar)")
        try scratch.write("", to: "go")
        #expect(try await run.ending().status == 0)
    }

    /// A line that fills the row would wrap, and `\r` would go back to its last row only.
    @Test(arguments: ["--size 3G --record 4k --buffer 1M --start 50", "--size 3G", ""])
    func `no line is wider than the terminal, however it is resized meanwhile`(
        options: String
    ) async throws {
        let terminal = try Terminal()
        terminal.resize(columns: 120)
        let run = try Session(
            producer: .sh(
                "while [ ! -e \(scratch / "go") ]; do head -c 300000 /dev/zero; sleep .1; done"),
            consumer: .sh("cat >/dev/null"), remote: "cat", options: "--progress \(options)",
            input: .terminal(terminal)
        ).start()
        try #require(await terminal.shows("/s"))
        for columns in [200, 150, 80, 60, 45, 40, 39, 25, 12, 41, 100] as [UInt16] {
            let before = terminal.text.components(separatedBy: "\u{1b}[K").count
            terminal.resize(columns: columns)
            // The first one may have been on its way.
            try #require(
                await eventually {
                    terminal.text.components(separatedBy: "\u{1b}[K").count > before + 2
                })
            let drawn = terminal.text.components(separatedBy: "\u{1b}[K").dropFirst(before + 1)
                .map { $0.split { $0 == "\r" || $0 == "\n" || $0 == "\r\n" }.last ?? "" }
            for line in drawn { #expect(line.count < columns, "\(columns): \(line)") }
            if columns >= 25 {
                #expect(
                    drawn.contains { $0.contains(/^out [\d.]+ [kMGT]?B/) }, "\(columns): \(drawn)")
            }
        }
        try scratch.write("", to: "go")
        #expect(try await run.ending().status == 0)
        #expect(terminal.lines.last.map { $0.count < 100 } == true, "\(terminal.lines)")
    }

    /// The share of a file that is passed on as it is, from where it is read.
    @Test(arguments: ["-", ["cat"]] as [Words])
    func `the time that is left of a file is told without --size`(
        producer: Words
    ) async throws {
        try scratch.write(String(repeating: "x", count: 5_000_000), to: "file")
        let remote = """
            head -c 1000000 >/dev/null; touch \(scratch / "read"); \(scratch.until("go"))
            cat >/dev/null
            """
        let run = try Session(
            producer: producer, remote: .sh(remote), options: "--rate 1M",
            wrapper: .sh("head -c 1000000 >/dev/null; exec \"$@\""),
            input: .file(scratch / "file")
        ).start()
        try #require(await eventually { scratch.exists("read") })
        run.send(SIGUSR1)
        try #require(await eventually { run.errorSoFar.contains("ETA") })
        let told = try #require(run.errorSoFar.firstMatch(of: /(\d+) %  ETA \d+:\d\d/))
        // A quarter was read; what the sockets hold is acknowledged, too.
        #expect((15...99).contains(Int(told.1) ?? 0), "\(run.errorSoFar)")
        try scratch.write("", to: "go")
        #expect(try await run.ending().status == 0)
        #expect(!run.errorSoFar.contains("promised"))
    }

    @Test func `of a producer that may write anything no share is told`() async throws {
        try scratch.write(String(repeating: "x", count: 1_000_000), to: "file")
        let run = try Session(
            producer: .sh("cat; \(scratch.until("go"))"),
            remote: .sh("head -c 1000 >/dev/null; touch \(scratch / "read"); cat >/dev/null"),
            input: .file(scratch / "file")
        ).start()
        try #require(await eventually { scratch.exists("read") })
        run.send(SIGUSR1)
        try #require(await eventually { run.errorSoFar.contains("/s (mean") })
        #expect(!run.errorSoFar.contains("%") && !run.errorSoFar.contains("ETA"))
        try scratch.write("", to: "go")
        #expect(try await run.ending().status == 0)
    }

    /// Where less came than --size said, the last line says so.
    @Test func `a size that was not reached is told`() async throws {
        let session = Session(
            producer: "head -c 1000000 /dev/zero", remote: .sh("cat >/dev/null"),
            options: "--progress --size 4M", input: .terminal(try Terminal()))
        guard case .terminal(let terminal) = session.input else { return }
        #expect(try await session.run().status == 0)
        #expect(terminal.text.contains("of the 4.19 MB that --size promised"), "\(terminal.text)")
    }

    @Test func `--progress and --quiet exclude each other`() async throws {
        let session = Session(producer: "true", remote: "true", options: "--progress --quiet")
        let ending = try await session.run()
        #expect(ending.status == 125)
        #expect(ending.error.contains("exclude each other"))
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
