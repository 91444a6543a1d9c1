import LinuxSystem
import Plumbing

/// The command line: the input's lines are its words.
struct BracesFuzzer {
    private static let grammar = FoldedLine.Grammar(
        blockOptions: ["-i", "--input", "-o", "-l", "-r"],
        standardOptions: ["-i", "--input", "-o"],
        lastOption: "--rsh", synonyms: [["-i", "--input"]])

    private let words: [Word]

    init(_ input: [UInt8]) {
        // A NUL ends a word wherever it comes from.
        words = input.split(omittingEmptySubsequences: false) { $0 == 0 || $0 == 10 }
            .map { Word([UInt8]($0)) }
    }

    func run() {
        do throws(CommandLineError) {
            let line = try FoldedLine(words, BracesFuzzer.grammar)
            check(line)
            let again = try FoldedLine(unfolded(line), BracesFuzzer.grammar)
            require(again == line, "what was folded does not fold again to the same")
            for block in line.blocks { warn(block) }
            if let rest = line.rest {
                check(try RemoteShellLine(rest) { rest.count % 2 == 0 }, rest)
            }
        } catch {
            requireHarmless(error.sentence)
        }
    }

    private func check(_ line: FoldedLine) {
        let references = line.words.compactMap { FoldedLine.blockIndex($0) }
        require(references == [Int](line.blocks.indices), "a block that no word stands for")
        require(line.blocks.allSatisfy { !$0.isEmpty }, "an empty block")
        require(!line.words.contains("{") && !line.words.contains("}"), "a brace is left")
        let count = line.rest?.count ?? 0
        require(line.rest.map { $0 == [Word](words.suffix(count)) } ?? true, "another rest")
    }

    /// The line as somebody could have written it.
    private func unfolded(_ line: FoldedLine) -> [Word] {
        let own = line.words.flatMap { word in
            FoldedLine.blockIndex(word).map { index in
                [Word("{")] + line.blocks[index].map { escaped($0) } + [Word("}")]
            } ?? [Word(word)]
        }
        return own + (line.rest ?? [])
    }

    private func escaped(_ word: Word) -> Word {
        let rest = word.bytes.drop { $0 == UInt8(ascii: "\\") }
        let isBrace = rest.elementsEqual("{".utf8) || rest.elementsEqual("}".utf8)
        return isBrace ? Word([UInt8(ascii: "\\")] + word.bytes) : word
    }

    private func warn(_ block: [Word]) {
        let warnings = [
            CommandWarning.ofWords(block),
            CommandWarning.ofPlace(block, record: nil) { _ in block.count % 2 == 0 },
        ]
        for warning in warnings.compactMap({ $0 }) {
            requireHarmless(warning.sentence + warning.hint)
        }
    }

    private func check(_ line: RemoteShellLine, _ words: [Word]) {
        require(line.login.first == Word("ssh"), "another login command than ssh")
        // Options and host are some of the words before the command, which is the last of them.
        let command = line.remote.last?.bytes ?? []
        let all = words.map { $0.bytes }.joined(separator: [UInt8(ascii: " ")])
        require([UInt8](all).suffix(command.count) == command[...], "another remote command")
    }
}
