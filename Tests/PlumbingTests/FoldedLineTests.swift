import LinuxSystem
import Plumbing
import Testing

@Suite struct FoldedLineTests {
    private let options = ["-i", "--input", "-o", "-l", "-r"]
    private var grammar: FoldedLine.Grammar { .init(blockOptions: options, synonyms: []) }

    private func fold(_ words: [String]) throws(CommandLineError) -> FoldedLine {
        try FoldedLine(words.map { Word($0) }, grammar)
    }

    /// The blocks of a line whose words have spaces between them.
    private func blocks(_ line: String) throws(CommandLineError) -> [[String]] {
        let words = line.split(separator: " ").map { String($0) }
        return try fold(words).blocks.map { $0.map { String(decoding: $0.bytes, as: UTF8.self) } }
    }

    @Test func `each block becomes one word that only blocks can read`() throws {
        let line = try fold([
            "-b", "-i", "{", "tar", "cf", "-", "}", "-t", "5", "-l", "{", "ssh", "host", "}",
        ])
        let marker = FoldedLine.marker
        #expect(line.words == ["-b", "-i", "\(marker)0", "-t", "5", "-l", "\(marker)1"])
        #expect(line.blocks == [["tar", "cf", "-"], ["ssh", "host"]].map { $0.map { Word($0) } })
        #expect(line.words.map { FoldedLine.blockIndex($0) } == [nil, nil, 0, nil, nil, nil, 1])
    }

    @Test func `a line without blocks is what it was`() throws {
        let words = ["--help", "x", "", "-", "--", "a b", "{}", "{x", "x}"]
        #expect(try fold(words).words == words)
        #expect(try fold([]).words == [])
    }

    @Test(
        arguments: [
            ("-i { a { b } c }", ["a", "{", "b", "}", "c"]),
            ("-i { { } }", ["{", "}"]),
            ("-i { { { } { } } }", ["{", "{", "}", "{", "}", "}"]),
            (
                "-i { socketpipe -i { x } -l { y } }",
                [
                    "socketpipe", "-i", "{", "x", "}", "-l", "{", "y", "}",
                ]
            ),
        ])
    func `blocks nest`(line: String, block: [String]) throws {
        #expect(try blocks(line) == [block])
    }

    @Test(
        arguments: [
            (#"-i { \{ }"#, ["{"]), (#"-i { \} }"#, ["}"]),
            (#"-i { \\{ \\\} }"#, [#"\{"#, #"\\}"#]),
            (#"-i { \ \\ \x {} \{} }"#, [#"\"#, #"\\"#, #"\x"#, "{}", #"\{}"#]),
            (#"-i { a { \{ \\} } }"#, ["a", "{", #"\{"#, #"\\}"#, "}"]),
        ])
    func `a backslash makes a brace a word, at the block's own level`(
        line: String, block: [String]
    ) throws {
        #expect(try blocks(line) == [block])
    }

    @Test func `words in a block are no options of ours`() throws {
        let line = "-i { -i -o --help -l -- -l } -o { -i }"
        #expect(try blocks(line) == [["-i", "-o", "--help", "-l", "--", "-l"], ["-i"]])
    }

    @Test func `words in a block are bytes`() throws {
        let odd = Word([0xff, 0xfe, 0x0a, 0x20])
        let line = try FoldedLine(
            [Word("-i"), Word("{"), odd, Word(""), Word("}")], grammar)
        #expect(line.blocks == [[odd, Word("")]])
    }

    @Test(arguments: ["", "{", "{0", "-i", "x\(FoldedLine.marker)0", "\(FoldedLine.marker)x"])
    func `no word of a user's stands for a block`(word: String) {
        #expect(FoldedLine.blockIndex(word) == nil)
    }

    /// Words of the kinds that matter to folding.
    private func randomWord(_ random: inout SeededGenerator) -> [UInt8] {
        let brace: [UInt8] = random.chance(2) ? [0x7b] : [0x7d]
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
            return [UInt8](repeating: 0x5c, count: Int.random(in: 0..<4, using: &random)) + brace
        case 1:
            return [UInt8](["-i", "-o", "--input", "--", ""].randomElement(using: &random)!.utf8)
        case 2: return brace + [0x5c] + brace
        default: return random.bytes(Int.random(in: 0..<5, using: &random)).map { max(1, $0) }
        }
    }

    /// A word as it is written at a block's own level to be taken literally.
    private func escaped(_ word: [UInt8]) -> [UInt8] {
        let rest = word.drop { $0 == 0x5c }
        return rest.elementsEqual([0x7b]) || rest.elementsEqual([0x7d]) ? [0x5c] + word : word
    }

    @Test func `what was escaped into a block comes out of it`() throws {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<3_000 {
            var line: [Word] = []
            var wanted: [[Word]] = []
            for option in options where random.chance(2) {
                let block = (0...Int.random(in: 0..<6, using: &random)).map { _ in
                    randomWord(&random)
                }
                wanted.append(block.map { Word($0) })
                line += [Word(option), Word("{")] + block.map { Word(escaped($0)) } + [Word("}")]
                if random.chance(3) { line.append(Word("word")) }
            }
            let folded = try FoldedLine(line, grammar)
            #expect(folded.blocks == wanted)
        }
    }

    @Test func `any line is folded or refused, and its blocks are all there`() {
        var random = SeededGenerator(seed: 2)
        let kinds = ["{", "}", "-i", "-o", #"\{"#, #"\\}"#, "x", "--input", "--x=1", "{}", ""]
        var foldedCount = 0
        for _ in 0..<20_000 {
            let count = Int.random(in: 0..<10, using: &random)
            let words = (0..<count).map { _ in kinds.randomElement(using: &random)! }
            guard let line = try? fold(words) else { continue }
            foldedCount += 1
            let references = line.words.compactMap { FoldedLine.blockIndex($0) }
            #expect(references == [Int](line.blocks.indices))
            #expect(line.blocks.allSatisfy { !$0.isEmpty })
            #expect(!line.words.contains("{") && !line.words.contains("}"))
        }
        #expect(foldedCount > 1_000)
    }

    private func foldStandard(_ words: [String]) throws(CommandLineError) -> FoldedLine {
        let grammar = FoldedLine.Grammar(
            blockOptions: options, standardOptions: ["-i", "--input", "-o"],
            synonyms: [["-i", "--input"]])
        return try FoldedLine(words.map { Word($0) }, grammar)
    }

    @Test(arguments: ["-i", "--input", "-o"])
    func `a dash stands for our own input or output`(option: String) throws {
        let line = try foldStandard([option, "-", "-l", "{", "x", "}"])
        #expect(line.words == [option, "-", "-l", "\(FoldedLine.marker)0"])
        #expect(line.blocks == [[Word("x")]])
    }

    @Test func `both may be our own`() throws {
        #expect(try foldStandard(["-i", "-", "-o", "-"]).words == ["-i", "-", "-o", "-"])
    }

    @Test(arguments: ["-l", "-r"])
    func `a dash stands for no other command`(option: String) {
        #expect(
            throws: CommandLineError.blockExpected(option: option, position: 2, found: Word("-"))
        ) {
            try foldStandard([option, "-"])
        }
    }

    @Test(arguments: ["--", "-x", "", "{-", "- "])
    func `only a dash alone stands for our own`(word: String) {
        #expect(
            throws: CommandLineError.blockExpected(option: "-i", position: 2, found: Word(word))
        ) {
            try foldStandard(["-i", word])
        }
    }

    @Test func `a dash in a block is a word of the command, and given twice it is refused`() throws
    {
        #expect(try foldStandard(["-i", "{", "-", "}"]).blocks == [[Word("-")]])
        #expect(throws: CommandLineError.repeated(option: "--input", first: 1, second: 3)) {
            try foldStandard(["-i", "-", "--input", "-"])
        }
        #expect(throws: CommandLineError.blockExpected(option: "-i", position: 2, found: nil)) {
            try foldStandard(["-i"])
        }
    }
}
