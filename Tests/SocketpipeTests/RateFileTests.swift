import Foundation
import Testing

/// `--rate-file`: the rate comes from a file, and follows it while the session runs.
@Suite(.gated) struct RateFileTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private var options: Words { ["--rate-file", scratch / "rate"] }

    /// 64 MiB at 1 MiB/s would take a minute.
    @Test(
        arguments: Direction.allCases,
        [
            Way(there: .remoteAlone, route: .handOff), Way(there: .socketpipe, route: .sealed),
            Way(there: .socketpipe, route: .login),
            Way(there: .remoteAlone, route: .relay(.both, .splice)),
        ])
    func `a limit is lifted while the bytes move`(
        direction: Direction, way: Way
    ) async throws {
        try scratch.write("\(direction)=1M\n", to: "rate")
        let reader = "head -c 200000 >/dev/null; touch \(scratch / "read"); cat | wc -c"
        let run = try Session(
            direction, from: .sh("head -c 64M /dev/zero"), to: .sh(reader), way, options: options
        ).start()
        try #require(await eventually { scratch.exists("read") })
        try scratch.write("\(direction)=0\n", to: "rate")
        let ending = try await run.ending(within: .seconds(30))
        #expect(ending.status == 0)
        #expect(ending.error == "socketpipe: the rate limit is now off\n")
        // A limit that was lifted is not what the flow waited for.
        #expect(ending.report?.flows?.first?.bottleneck?.who != "rate")
    }

    @Test(arguments: Direction.allCases)
    func `a limit is set while the bytes move, by a file in the place of the first`(
        direction: Direction
    ) async throws {
        try scratch.write("0", to: "rate")
        let run = try Session(
            direction,
            from: .sh("until [ -e \(scratch / "go") ]; do head -c 4M /dev/zero; done"),
            to: .sh("head -c 9000000 >/dev/null; touch \(scratch / "read"); cat >/dev/null"),
            Way(there: .remoteAlone, route: .handOff), options: options
        ).start()
        try #require(await eventually { scratch.exists("read") })
        try scratch.write("1M", to: "rate.new")
        try await shell("mv $1.new $1", scratch / "rate")
        // What is told is the rate of the last two seconds.
        let isSlow = try await eventually(within: .seconds(25)) {
            run.send(SIGUSR1)
            try await Task.sleep(for: .milliseconds(300))
            let rates = run.errorSoFar.matches(of: /([\d.]+ [kMG]?B)\/s \(mean/)
            return rates.last.map { $0.1.hasPrefix("1.") && $0.1.hasSuffix(" MB") } == true
        }
        #expect(isSlow, "\(run.errorSoFar)")
        try scratch.write("", to: "go")
        try scratch.write("0", to: "rate")
        #expect(try await run.ending().status == 0)
    }

    @Test func `what the file says amiss leaves the rate as it was`() async throws {
        try scratch.write("5M", to: "rate")
        let run = try Session(
            producer: .sh("\(scratch.until("go"))"),
            remote: .sh("touch \(scratch / "runs"); cat"), options: options
        ).start()
        try #require(await eventually { scratch.exists("runs") })
        let stays = "the rate limit stays 5.24 MB/s: '\(scratch / "rate")': "
        try scratch.write("fast\n", to: "rate")
        try #require(await eventually { run.errorSoFar.contains(stays + "expected a rate such") })
        try await shell("echo 1M >$1.new; chmod 666 $1.new; mv $1.new $1", scratch / "rate")
        try #require(await eventually { run.errorSoFar.contains(stays + "others than its owner") })
        try await shell("rm $1; mkfifo $1.new; mv $1.new $1", scratch / "rate")
        try #require(await eventually { run.errorSoFar.contains(stays + "it is no regular file") })
        try await shell("rm $1; ln -s nowhere $1.new; mv $1.new $1", scratch / "rate")
        try #require(
            await eventually { run.errorSoFar.contains(stays + "No such file or directory") })
        try await shell("echo 7M >$1.new; mv $1.new $1", scratch / "rate")
        try #require(await eventually { run.errorSoFar.contains("limit is now 7.34 MB/s") })
        try scratch.write("", to: "go")
        #expect(try await run.ending().status == 0)
    }

    @Test(arguments: [
        ("rm $1", "No such file or directory"), ("echo 5X >$1", "expected a rate such as 20M"),
        ("chmod g+w $1", "others than its owner may write it"),
        ("rm $1; mkfifo $1", "it is no regular file"), (": >$1", "expected a rate such as 20M"),
    ])
    func `a file that says no rate is refused before anything runs`(
        spoil: String, reason: String
    ) async throws {
        try scratch.write("5M", to: "rate")
        try await shell(spoil, scratch / "rate")
        let ending = try await Session(
            producer: "true", login: .sh("touch \(scratch / "in")"), remote: "true",
            options: options
        ).run()
        #expect(ending.status == 125)
        let sentence = "cannot take the rate from '\(scratch / "rate")': \(reason)"
        #expect(ending.error.contains(sentence), "\(ending.error)")
        #expect(!scratch.exists("in"))
    }

    @Test func `each direction has its own rate`() async throws {
        let ending = try await Session(
            producer: .sh("head -c 3M /dev/zero"), consumer: .sh("cat >/dev/null"),
            remote: .sh("cat >/dev/null; head -c 3M /dev/zero"), options: "--rate back=1M"
        ).run()
        ending.expectSuccess()
        let flows = try #require(ending.report?.flows)
        #expect(flows.first { $0.direction == "back" }?.bottleneck?.who == "rate")
        #expect(flows.first { $0.direction == "out" }?.bottleneck?.who != "rate")
    }
}
