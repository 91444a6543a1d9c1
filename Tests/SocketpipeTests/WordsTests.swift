import Foundation
import Testing

/// Words are bytes: they arrive as they were given, whatever lies in between.
@Suite(.gated, .withSSHServer) struct WordsTests {
    /// Prints every word it gets in brackets, one per line.
    static func printing(_ words: Words) -> Words { "printf [%s]\\n" + words }

    static func printed(_ words: Words) -> [UInt8] {
        words.bytes.flatMap { Array("[".utf8) + $0 + Array("]\n".utf8) }
    }

    static let oddWords: Words = [
        "", " ", "two words", "$HOME", "`id`", "a;b|c&d>e", "*", "~", "\"", "'", "\\", "\\n", "é",
        "{", "}", "{}", "\\{", "\\}", "\\\\{", "-i", "-r", "--remote-end", "%41", "a=b", "!", "#",
        "line\nbreak", "tab\t", "\r", "\u{1b}[2J",
    ]

    static let everyByte = Words(
        bytes: (UInt8(1)...255).map { [$0] } + [Array(UInt8(1)...255)])

    @Test(arguments: ThereEnd.allCases)
    func `the remote command gets odd words as they are`(there: ThereEnd) async throws {
        let session = Session(
            there: there, consumer: "cat", remote: Self.printing(Self.oddWords))
        let ending = try await session.run()
        #expect(ending.status == 0)
        #expect(Array(ending.output) == Self.printed(Self.oddWords))
    }

    @Test(arguments: ThereEnd.allCases)
    func `the remote command gets every byte but NUL, through a shell on the way`(
        there: ThereEnd
    ) async throws {
        let session = Session(
            there: there, consumer: "cat", login: try SSHServer.ofSuite.login,
            remote: Self.printing(Self.everyByte))
        let ending = try await session.run()
        #expect(ending.status == 0)
        #expect(Array(ending.output) == Self.printed(Self.everyByte))
    }

    @Test func `the producer gets every word as it is`() async throws {
        let words = Self.oddWords + Self.everyByte
        let ending = try await Session(producer: Self.printing(words), remote: "cat").run()
        #expect(ending.status == 0)
        #expect(Array(ending.output) == Self.printed(words))
    }

    @Test func `the consumer gets every word as it is`() async throws {
        let words = Self.oddWords + Self.everyByte
        let session = Session(consumer: Self.printing(words), remote: "true")
        let ending = try await session.run()
        #expect(ending.status == 0)
        #expect(Array(ending.output) == Self.printed(words))
    }

    @Test func `the login command gets every word as it is`() async throws {
        let script = Words.bash(
            "n=$1; shift; printf '[%s]\\n' \"${@:1:n}\" >&2; shift $n; exec \"$@\"")
        let words = script + ["\(Self.oddWords.bytes.count)"] + Self.oddWords
        let ending = try await Session(producer: "true", login: words, remote: "cat").run()
        #expect(ending.status == 0)
        #expect(Array(ending.error.utf8) == Self.printed(Self.oddWords))
    }

    @Test(arguments: ThereEnd.allCases)
    func `thousands of words arrive`(there: ThereEnd) async throws {
        let words = Words((0..<20_000).map { "word-\($0)" })
        let session = Session(
            there: there, producer: Self.printing(words), consumer: "cat",
            login: try SSHServer.ofSuite.login,
            remote: .sh("printf '[%s]\\n' \"$@\"; exec cat") + words)
        let ending = try await session.run()
        #expect(ending.status == 0)
        #expect(Array(ending.output) == Self.printed(words) + Self.printed(words))
    }

    @Test(arguments: ThereEnd.allCases)
    func `one word of 100,000 bytes arrives`(there: ThereEnd) async throws {
        let words: Words = [String(repeating: "x", count: 100_000)]
        let session = Session(there: there, consumer: "cat", remote: Self.printing(words))
        let ending = try await session.run()
        #expect(ending.status == 0)
        #expect(Array(ending.output) == Self.printed(words))
    }

    @Test func `blocks nest to any depth`() async throws {
        let depth = 200
        let nested =
            Words(Array(repeating: "{", count: depth) + ["x"])
            + Words(Array(repeating: "}", count: depth))
        let line: Words = [
            Program.here, "--there", Program.here, "-i", "{", "true", "}", "-l", "{", "env", "}",
        ]
        let ending = try await Run(line + "-r { printf [%s]\\n" + nested + "}").ending()
        #expect(ending.status == 0)
        #expect(Array(ending.output) == Self.printed(nested))
    }

    @Test func `a session runs inside a session`() async throws {
        let inner = Session(producer: "cat", remote: "tr a-z A-Z")
        var line = Session(producer: "echo hello", remote: "true").line
        line.bytes.removeLast(3)
        let ending = try await Run(line + "{" + inner.line + "}").ending()
        #expect(ending.status == 0)
        #expect(ending.text == "HELLO\n")
    }

    @Test func `options come in any order`() async throws {
        var order: [Words] = [
            "-i { echo hello }", "-o { cat }", "-l { env }", "-r { tr a-z A-Z }",
            ["--there", Program.here, "-t", "20"],
        ]
        var random = SeededGenerator()
        for _ in 0..<12 {
            order.shuffle(using: &random)
            let line = order.reduce([Program.here], +)
            let ending = try await Run(line).ending()
            #expect(ending.status == 0, "\(line.text)")
            #expect(ending.text == "HELLO\n", "\(line.text)")
        }
    }
}
