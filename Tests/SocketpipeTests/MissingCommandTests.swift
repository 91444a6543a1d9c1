import Foundation
import Testing

/// A command that is not there, or cannot run, harms nobody's file and is told with its cure.
@Suite(.gated) struct MissingCommandTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// What cannot be executed, with its status and a part of what is said of it.
    private func wrong() throws -> [(words: Words, status: Int32, said: [String])] {
        let windows = try scratch.write(
            "#!/bin/sh\r\ncat\r\n", to: "windows", executable: true)
        let plain = try scratch.write("#!/bin/sh\n", to: "plain")
        return [
            ("tarr cf - /srv", 127, ["'tarr'", "not found", "PATH"]),
            (["gzip > /tmp/x"], 127, ["not found", "without quotes"]),
            ("cd /srv", 127, ["not found", "sh -c 'cd /srv"]),
            ("LC_ALL=C sort", 127, ["not found", "env LC_ALL=C sort"]),
            ([windows], 126, ["cannot execute", "'/bin/sh\\x0d'", "carriage return"]),
            ([plain], 126, ["cannot execute", "denied"]),
            ([scratch / "none"], 127, ["not found", "path"]),
        ]
    }

    @Test(arguments: ["\"$@\" <&-", "\"$@\" </", "\"$@\" 0>$0", "\"$@\" >&-", "\"$@\" 1</dev/null"])
    func `an input or output that cannot be used leaves it alone, too`(place: String) async throws {
        try scratch.write("precious", to: "file")
        let isInput = !place.contains(">&") && !place.contains("1<")
        let session = Session(
            producer: isInput ? "-" : "echo hi", consumer: isInput ? nil : "-",
            remote: .sh("cat >\(scratch / "file")"),
            wrapper: Words(["sh", "-c", place, scratch / "other"]))
        let ending = try await session.run()
        #expect(ending.status == 125, "\(ending.testDescription)")
        #expect(ending.error.contains(isInput ? "hint: -i - sends" : "hint: -o - writes"))
        #expect(scratch.text("file") == "precious")
    }

    /// How the command that is for another processor is named.
    @Test(arguments: [Role.producer, .consumer, .remote], ThereEnd.allCases)
    func `a program for another processor is no script`(
        role: Role, there: ThereEnd
    ) async throws {
        try scratch.foreignProgram("foreign")
        // By name where it is looked for, else by path.
        let words: Words = there == .socketpipe ? [scratch / "foreign"] : ["foreign"]
        var session = Session(there: there, producer: "echo hi", remote: "cat")
        switch role {
        case .producer: session.producer = words
        case .consumer: (session.producer, session.consumer) = (nil, words)
        case .remote: session.remote = words
        }
        session.environment = ["PATH": "/nonexistent:\(scratch.path):/usr/bin:/bin"]
        let ending = try await session.run()
        #expect(ending.status == 126, "\(ending.testDescription)")
        #expect(ending.error.contains("cannot execute"))
        #expect(ending.error.contains("Exec format error"))
        #expect(ending.error.contains("hint: it is a program for another processor"))
    }

    @Test(arguments: [false, true], ThereEnd.allCases)
    func `a script that names no interpreter is the shell's`(
        isHere: Bool, there: ThereEnd
    ) async throws {
        let script = try scratch.write("cat; echo \"$0 $*\"\n", to: "script", executable: true)
        let words: Words = [script, "a  b", ""]
        let session = Session(
            there: there, consumer: isHere ? words : "-", remote: isHere ? "echo hi" : words)
        let ending = try await session.run()
        #expect(ending.status == 0, "\(ending.testDescription)")
        #expect(ending.text == (isHere ? "hi\n" : "") + "\(script) a  b \n")
    }

    enum Role { case producer, consumer, remote }

    @Test(arguments: [false, true])
    func `a wrong command here leaves the other end's file alone`(asConsumer: Bool) async throws {
        for (words, status, said) in try wrong() {
            try scratch.write("precious", to: "file")
            var session = Session(
                producer: words, login: .sh("touch \(scratch / "login"); exec \"$@\""),
                remote: .sh("cat >\(scratch / "file")"))
            if asConsumer { (session.producer, session.consumer) = ("echo hi", words) }
            for options in ["", "--dry-run"] as [Words] {
                session.options = options
                let ending = try await session.run()
                #expect(ending.status == status, "\(words.text): \(ending.testDescription)")
                for part in said {
                    #expect(ending.error.contains(part), "\(words.text): \(ending.error)")
                }
            }
            #expect(scratch.text("file") == "precious")
            #expect(!scratch.exists("login"), "nobody logged in")
        }
    }

    @Test(arguments: ThereEnd.allCases)
    func `a wrong command there is told as exactly`(there: ThereEnd) async throws {
        for (words, status, said) in try wrong() {
            for options in ["", "--dry-run"] as [Words] {
                let ending = try await Session(
                    there: there, producer: "echo hi", remote: words, options: options
                ).run()
                #expect(ending.status == status, "\(words.text): \(ending.testDescription)")
                #expect(ending.error.contains("there"))
                for part in said {
                    #expect(ending.error.contains(part), "\(words.text): \(ending.error)")
                }
            }
        }
    }

    /// Zeros in the midst of the data, with status 0, would be the worst of all.
    @Test func `dd that would put zeros into the data is refused`() async throws {
        for (options, remote, isRefused) in [
            ("", "dd ibs=10k obs=10k conv=sync", true), ("", "dd bs=10k conv=sync", true),
            ("--buffer 1M", "dd bs=10k conv=sync,noerror", true),
            ("--record 10k", "dd ibs=10k obs=10k conv=sync", false),
            ("", "dd bs=10k conv=sync iflag=fullblock", false),
        ] {
            let session = Session(
                producer: "seq 30000", remote: Words(stringLiteral: remote) + ["status=none"],
                options: Words(stringLiteral: options))
            let ending = try await session.run()
            #expect(ending.status == (isRefused ? 125 : 0), "\(remote) \(ending.testDescription)")
            #expect(ending.error.contains("iflag=fullblock") == isRefused)
            guard !isRefused else { continue }
            let wanted = (1...30000).map { "\($0)\n" }.joined()
            #expect(ending.text.hasPrefix(wanted))
            #expect(ending.text.utf8.count == (wanted.utf8.count + 10239) / 10240 * 10240)
        }
    }
}
