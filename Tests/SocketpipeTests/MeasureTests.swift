import Foundation
import Testing

/// `--measure` tells what a path is good for, whichever way the session goes.
@Suite(.gated, .withSSHServer) struct MeasureTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func line(
        _ login: Words = "env", _ options: Words = [], there: ThereEnd? = .remoteAlone,
        seconds: Words = "1"
    ) -> Words {
        let program = there.map { ["--there", $0.path] as Words } ?? []
        return [Program.here] + program + ["--measure"] + seconds + options + ["-l"]
            + login.braced
    }

    /// Measures, and checks what holds of every path.
    private func measure(_ line: Words) async throws -> Report.Measurement {
        let ending = try await Run(line, reports: true).ending()
        ending.expectSuccess()
        #expect(ending.text.contains("throughput") && ending.text.contains(" limit"))
        let measured = try #require(ending.report?.measurement, "\(ending.testDescription)")
        #expect(measured.idle.roundTrips > 3 && measured.idle.medianMicroseconds > 0)
        let names = measured.courses.map { "\($0.phase) \($0.direction)" }
        #expect(names == ["out out", "back back", "both out", "both back"])
        for course in measured.courses {
            #expect(course.bytes > 0 && course.bytesPerSecond > 0, "\(course)")
            #expect(course.processorHereSecondsPerGb ?? 0 > 0, "\(course)")
            #expect(course.processorThereSecondsPerGb ?? 0 > 0, "\(course)")
        }
        #expect(ending.text.contains(measured.advice))
        #expect(Set(measured.limits.keys) == ["out", "back"])
        #expect(ending.text.contains("\nlogin ") == (measured.loginBytesPerSecond != nil))
        return measured
    }

    @Test(arguments: ThereEnd.allCases)
    func `a table and a report tell of the path`(there: ThereEnd) async throws {
        let measured = try await measure(line(there: there))
        #expect(measured.loginBytesPerSecond ?? 0 > 10_000_000)
        for course in measured.courses {
            #expect(course.mtu == 65535 && course.segments ?? 0 > 0, "\(course)")
            #expect(course.sendBufferBytes ?? 0 > 0 && course.receiveBufferBytes ?? 0 > 0)
            // Faster than any link, and than this host copies memory would be a miscount.
            #expect((50_000_000..<100_000_000_000).contains(course.bytesPerSecond), "\(course)")
        }
    }

    @Test func `a program that was pushed measures, too`() async throws {
        _ = try await measure(line(try SSHServer.ofSuite.login, "--push", there: nil))
    }

    @Test(arguments: ["--encrypt", "--relay both", "--via login"] as [Words])
    func `where the program has no connection of its own, TCP's figures of it are unknown`(
        options: Words
    ) async throws {
        let measured = try await measure(line(try SSHServer.ofSuite.login, options))
        for course in measured.courses {
            #expect(course.retransmits == nil && course.roundTripMicroseconds == nil)
            #expect(course.phase == "both" || course.answerMicroseconds ?? 0 > 0)
        }
        #expect((measured.loginBytesPerSecond == nil) == options.text.hasSuffix("login"))
        if options.text.hasSuffix("login") {
            #expect(measured.limits == ["out": "login", "back": "login"])
        }
    }

    @Test func `--rate is known as the limit`() async throws {
        let measured = try await measure(line("env", "--rate 1M"))
        // A busy host may be the limit for a while.
        #expect(measured.limits.values.contains("rate"), "\(measured.limits)")
        // Each is short, and what a socket sends at once is a good part of it; loopback is 1,000 times
        // as fast.
        for course in measured.courses {
            #expect(course.bytesPerSecond < 2_000_000, "\(course)")
        }
    }

    @Test(.needsRoot, .needsShaping)
    func `a slow link is the limit, and its rate is what is measured`() async throws {
        try await Network.of(2) { hosts in
            for host in hosts {
                try await host.shell(
                    "tc qdisc add dev eth0 root tbf rate 80mbit burst 64kb latency 50ms")
            }
            let measured = try await measure(
                hosts[0].enter + line(hosts[1].enter, "--congestion cubic", seconds: "6"))
            #expect(measured.limits == ["out": "link", "back": "link"])
            for course in measured.courses.prefix(2) {
                // 80 Mbit/s with headers: 9.56 MB/s.
                #expect((8_800_000...9_800_000).contains(course.bytesPerSecond), "\(course)")
                #expect(course.mtu == 1500 && course.roundTripMicroseconds ?? 0 > 2000)
            }
        }
    }

    @Test(.needsRoot, .needsShaping)
    func `a window that is too small is the limit, and the option is named`() async throws {
        try await Network.of(3) { hosts in
            try await hosts[0].shell("sysctl -qw net.ipv4.tcp_congestion_control=reno")
            try await hosts[1].shell(
                "tc qdisc add dev eth1 root tbf rate 80mbit burst 64kb latency 50ms")
            try await hosts[2].shell("sysctl -qw net.ipv4.tcp_rmem='4096 65536 65536'")
            try await SSHServer.running(in: hosts[2]) { server in
                let measured = try await measure(
                    hosts[0].enter + line(server.login, seconds: "3"))
                #expect(measured.limits["out"] == "window there")
                #expect(measured.advice.contains("use --window "))
            }
        }
    }

    @Test(arguments: [
        ("0", ""), ("3601", ""), ("x", ""), ("1", "-i { cat }"), ("1", "-o -"),
        ("1", "-r { cat }"), ("1", "--record 256k"), ("1", "--buffer 1M"), ("1", "--dry-run"),
        ("1", "--legacy -h 127.0.0.1"), ("1", "--progress"), ("1", "--progress-fd 2"),
        ("1", "--strict"), ("1", "--allow-early-exit"),
    ])
    func `what it cannot be told is refused before the login`(
        seconds: String, others: String
    ) async throws {
        let login: Words = ["touch", scratch / "login"]
        let words = line(login, Words(stringLiteral: others), seconds: [seconds])
        let ending = try await Run(words).ending()
        #expect(ending.status == 125, "\(ending.testDescription)")
        let told = others.isEmpty ? "--measure" : "leave out \(others.prefix { $0 != " " })"
        #expect(ending.error.contains(told) && ending.error.contains("hint:"))
        #expect(!scratch.exists("login"))
    }

    @Test func `a full standard output is a failure in the report, too`() async throws {
        let words: Words = ["sh", "-c", "exec \"$@\" >/dev/full", "sh"] + line()
        let ending = try await Run(words, reports: true).ending()
        #expect(ending.status == 125, "\(ending.testDescription)")
        #expect(ending.error.contains("cannot write to standard output"))
        #expect(ending.report?.status == 125 && ending.report?.outcome == "output failed")
    }

    @Test func `an older end is refused`() async throws {
        let login = scratch.login(editing: "s/,measure//", towards: .here)
        let ending = try await Run(line(login)).ending()
        #expect(ending.status == 125)
        #expect(ending.error.contains("cannot measure (--measure)"), "\(ending.testDescription)")
        #expect(ending.text.isEmpty)
    }

    @Test func `a signal ends it at once, with no table`() async throws {
        let run = try Run(line(seconds: "600"), reports: true)
        let runs = try await eventually {
            run.mark.process { $0.contains("--measured-end") } != nil
        }
        #expect(runs)
        run.send(SIGINT)
        let ending = try await run.ending(within: .seconds(10))
        #expect(ending.exit == .signal(SIGINT), "\(ending.testDescription)")
        #expect(ending.text.isEmpty)
    }
}
