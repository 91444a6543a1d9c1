import LinuxSystem
import Plumbing
import Testing

/// Each thing that can be wrong with a command line, and where.
@Suite struct CommandLineErrorTests {
    private let grammar = FoldedLine.Grammar(
        blockOptions: ["-i", "--input", "-l"],
        synonyms: [["-i", "--input"], ["-t", "--timeout"], ["-b", "--batch"]])

    private func error(_ line: String) -> CommandLineError? {
        error(line.split(separator: " ").map { Word(String($0)) })
    }

    private func error(_ words: [Word]) -> CommandLineError? {
        do throws(CommandLineError) {
            _ = try FoldedLine(words, grammar)
            return nil
        } catch {
            return error
        }
    }

    @Test(
        arguments: [
            ("-i {", .unclosed(option: "-i", position: 2)),
            ("-b -i { a", .unclosed(option: "-i", position: 3)),
            ("-i { a { b }", .unclosed(option: "-i", position: 2)),
            (#"-i { a \}"#, .unclosed(option: "-i", position: 2)),
            ("-i { a b} -l", .unclosed(option: "-i", position: 2)),
        ] as [(String, CommandLineError)])
    func `a block that is never closed is named by its brace`(
        line: String, wanted: CommandLineError
    ) {
        #expect(error(line) == wanted)
    }

    @Test(
        arguments: [
            ("}", .unopened(position: 1)), ("-i { a } }", .unopened(position: 5)),
            ("-i { a } b }", .unopened(position: 6)), ("-i { a { } } }", .unopened(position: 7)),
        ] as [(String, CommandLineError)])
    func `a brace that closes nothing is named by its place`(line: String, wanted: CommandLineError)
    {
        #expect(error(line) == wanted)
    }

    @Test(
        arguments: [
            ("{ a }", .unexpectedBlock(position: 1, after: nil)),
            ("-b { a }", .unexpectedBlock(position: 2, after: "-b")),
            ("--inputs { a }", .unexpectedBlock(position: 2, after: "--inputs")),
            ("-i= { a }", .unexpectedBlock(position: 2, after: "-i=")),
            ("-i { a } { b }", .unexpectedBlock(position: 5, after: "}")),
        ] as [(String, CommandLineError)])
    func `a block where none is expected is named by what is before it`(
        line: String, wanted: CommandLineError
    ) {
        #expect(error(line) == wanted)
    }

    @Test func `an empty block is told from a missing one`() {
        #expect(error("-i { }") == .empty(option: "-i", position: 2))
        #expect(error("-i") == .blockExpected(option: "-i", position: 2, found: nil))
        #expect(error("-i cat") == .blockExpected(option: "-i", position: 2, found: Word("cat")))
        #expect(error("-i }") == .blockExpected(option: "-i", position: 2, found: Word("}")))
        #expect(
            error("-i -l { a }") == .blockExpected(option: "-i", position: 2, found: Word("-l")))
        let odd = Word([0xff])
        #expect(
            error([Word("-i"), odd]) == .blockExpected(option: "-i", position: 2, found: odd))
    }

    @Test(
        arguments: [
            ("-i { a } -i { b }", .repeated(option: "-i", first: 1, second: 5)),
            ("-b -b", .repeated(option: "-b", first: 1, second: 2)),
            ("--port 1 --port=2", .repeated(option: "--port", first: 1, second: 3)),
            ("--port=1 x --port=2", .repeated(option: "--port", first: 1, second: 3)),
            ("-i { a } --input { b }", .repeated(option: "--input", first: 1, second: 5)),
            ("--timeout=5 -t 6", .repeated(option: "-t", first: 1, second: 2)),
        ] as [(String, CommandLineError)])
    func `an option given twice is named by both places`(line: String, wanted: CommandLineError) {
        #expect(error(line) == wanted)
    }

    @Test func `a word outside blocks must be UTF-8`() {
        let odd = Word([0x61, 0xff])
        #expect(error([Word("-b"), odd]) == .notText(position: 2, odd))
        #expect(error([Word("-i"), Word("{"), odd, Word("}")]) == nil)
    }

    @Test(
        arguments: [
            (.unclosed(option: "-i", position: 2), ["'{' after -i", "word 2", "never closed"]),
            (.unopened(position: 4), ["word 4", "closes nothing", #"'\}'"#]),
            (
                .unexpectedBlock(position: 3, after: "-b"),
                ["word 3", "'-b'", "-i, -o, -l, -r and --next-volume"]
            ),
            (.unexpectedBlock(position: 1, after: nil), ["word 1", "opens a block,"]),
            (.empty(option: "-r", position: 9), ["-r", "word 9", "empty"]),
            (.blockExpected(option: "-i", position: 2, found: Word("cat")), ["'cat'", "word 2"]),
            (.blockExpected(option: "-i", position: 2, found: nil), ["-i", "end of the line"]),
            (.repeated(option: "-t", first: 1, second: 7), ["-t", "twice", "words 1 and 7"]),
            (.repeated(option: "-\u{1b}[", first: 1, second: 2), [#"option -\x1b[ is"#]),
            (.notText(position: 5, Word([0x1b, 0x5b])), ["word 5", #"'\x1b['"#, "UTF-8"]),
        ] as [(CommandLineError, [String])])
    func `each error's sentence says what is wrong and where`(
        error: CommandLineError, parts: [String]
    ) {
        for part in parts { #expect(error.sentence.contains(part)) }
        #expect(!error.sentence.hasSuffix("."))
        #expect(!error.sentence.utf8.contains { $0 < 32 })
    }
}
