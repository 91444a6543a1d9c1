import Foundation
import Testing

/// The secret is nowhere where anybody else could read it.
@Suite(.gated) struct SecretTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func secret() throws -> String {
        let control = try #require(scratch.text("control"))
        return String(try #require(control.firstMatch(of: /secret=([0-9a-f]{64})/)).1)
    }

    @Test(arguments: Way.each)
    func `the secret is in no argument, environment, file or message`(way: Way) async throws {
        try await shell("mkdir $1/home", scratch.path)
        let tap: Words = ["sh", "-c", "tee \"$0\" | \"$@\"", scratch / "control"]
        let run = try Session(
            there: way.there, route: way.route, producer: "cat", login: tap + "env",
            remote: .sh("touch \"$1\"; exec cat", scratch / "running"), options: "--verbose",
            input: .pipe, environment: ["HOME": scratch / "home", "TMPDIR": scratch / "home"]
        ).start()
        try #require(await eventually { scratch.exists("running") })
        let secret = try secret()
        let knows = Found.all { folder in
            ["/environ", "/cmdline"].contains {
                contents(of: folder + $0)?.range(of: Data(secret.utf8)) != nil
            }
        }
        #expect(knows.isEmpty, "\(knows)")
        let files = Set(run.mark.processes().flatMap { $0.files }).filter {
            $0.hasPrefix("/") && !$0.hasPrefix("/dev/") && $0 != scratch / "control"
        }
        for file in files { #expect(contents(of: file)?.range(of: Data(secret.utf8)) == nil) }
        run.closeInput()
        let ending = try await run.ending()
        #expect(ending.status == 0)
        #expect(!ending.error.contains(secret))
        #expect(run.reportText?.contains(secret) == false)
        #expect(try await shell("ls -A $1", scratch / "home").isEmpty)
    }

    @Test(arguments: ThereEnd.allCases)
    func `an end that holds the secret leaves no core file, and its commands may`(
        there: ThereEnd
    ) async throws {
        let limit = "ulimit -S -c $(ulimit -H -c); "
        let run = try Session(
            there: there, producer: .sh("ulimit -S -c"), login: held + "env", remote: "cat",
            options: "--listen here" + ListeningSocket.ownPorts(),
            wrapper: .sh(limit + "exec \"$@\"")
        ).start()
        let isHeld = try await eventually { !ListeningSocket.all(of: run).isEmpty }
        #expect(isHeld, "\(run.errorSoFar)")
        #expect(coreLimit(of: run.pid) == "0")
        try scratch.write("", to: "go")
        let ending = try await run.ending()
        #expect(ending.status == 0)
        #expect(ending.text == (try await shell(limit + "ulimit -S -c")))
    }

    @Test(.needsOtherUser, arguments: ThereEnd.allCases)
    func `no process of the same user may inspect an end that holds the secret`(
        there: ThereEnd
    ) async throws {
        let user = try await OtherUser()
        // The there-end has the secret and calls somebody who never answers.
        let deaf = try Stranger.recorder(to: scratch / "message")
        try #require(await eventually { !deaf.outputSoFar.isEmpty })
        let port = String(decoding: deaf.outputSoFar, as: UTF8.self).dropLast()
        let divert = "sed -u 's/dial=[^ ]*/dial=127.0.0.1:\(port)/g'"
        let run = try Session(
            there: there, producer: "echo hi", login: .sh("\(divert) | \"$@\"") + "env",
            remote: "cat", options: "--listen here -t 4", wrapper: user.enter, copies: user.copies
        ).start(reports: false)
        var ends: [Found] = []
        let isHeld = try await eventually {
            guard
                let here = run.mark.process(where: { $0.contains("--there") && $0.first != "sh" }),
                let thereEnd = run.mark.thereEnd(), !ListeningSocket.all(of: here.pid).isEmpty
            else { return false }
            ends = [here, thereEnd]
            return ends.allSatisfy { owner(of: $0.pid) == 0 }
        }
        #expect(isHeld, "\(ends.map { owner(of: $0.pid) }) \(run.errorSoFar)")
        for end in ends { #expect(coreLimit(of: end.pid) == "0") }
        #expect(try await run.ending().status == 124)
        deaf.send(SIGKILL)
        _ = try await deaf.ending()
    }

    /// Keeps the rendezvous open until the test has made the file `go`.
    private var held: Words {
        .sh("exec 3<&0; { \(scratch.until("go")); cat <&3; } | \"$@\"")
    }

    /// What of a process cannot be dumped belongs to root.
    private func owner(of pid: pid_t) -> Int? {
        let facts = try? FileManager.default.attributesOfItem(atPath: "/proc/\(pid)/environ")
        return (facts?[.ownerAccountID] as? NSNumber)?.intValue
    }

    private func coreLimit(of pid: pid_t) -> String? {
        let limits = contents(of: "/proc/\(pid)/limits").map { String(decoding: $0, as: UTF8.self) }
        let line = limits?.split(separator: "\n").first { $0.hasPrefix("Max core file size") }
        return line?.split(separator: " ").dropFirst(4).first.map(String.init)
    }
}
