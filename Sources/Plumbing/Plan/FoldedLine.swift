import LinuxSystem

/// A command line with its `{ … }` blocks folded away, so that any parser can read the rest.
///
/// Each block becomes one word, which is an index into `blocks`. Braces nest, and nothing
/// interprets the words in a block. `\{` and `\}` at a block's own level stand for a single brace;
/// one more backslash in front makes them literal again.
package struct FoldedLine: Equatable, Sendable {
    /// The words outside blocks; each block is one word that begins with `marker`.
    package private(set) var words: [String] = []
    package private(set) var blocks: [[Word]] = []
    /// The words after the option that ends ours, as they are; `nil` without it.
    package private(set) var rest: [Word]?

    /// A command line cannot contain NUL, so no word of the user looks like this.
    package static let marker = "{\0"

    /// The word for our own standard input or output.
    package static let standard = "-"

    /// How options are spelled, as far as it matters before a parser sees them.
    package struct Grammar: Sendable {
        /// The options that take a block, in every spelling.
        package let blockOptions: [String]
        /// Those of them that take `-` instead, for our own standard input or output.
        package let standardOptions: [String]
        /// The option after which all words belong to another program.
        package let lastOption: String?
        /// The spellings of each option that has several.
        package let synonyms: [[String]]

        package init(
            blockOptions: [String], standardOptions: [String] = [], lastOption: String? = nil,
            synonyms: [[String]]
        ) {
            self.lastOption = lastOption
            self.blockOptions = blockOptions
            self.standardOptions = standardOptions
            self.synonyms = synonyms
        }

        /// The one spelling that stands for all of an option.
        package func spelling(of option: String) -> String {
            synonyms.first { $0.contains(option) }?.first ?? option
        }
    }

    /// - Parameter words: The command line without the program's own name.
    package init(_ words: [Word], _ grammar: Grammar) throws(CommandLineError) {
        var index = 0
        var given: [(spelling: String, position: Int)] = []
        while index < words.count {
            let word = try FoldedLine.text(words[index], at: index + 1)
            if word == "{" {
                throw .unexpectedBlock(
                    position: index + 1, after: try FoldedLine.last(words, index))
            }
            if word == "}" { throw .unopened(position: index + 1) }
            self.words.append(word)
            index += 1
            if word == grammar.lastOption {
                rest = [Word](words[index...])
                return
            }
            guard word.utf8.first == UInt8(ascii: "-"), word.utf8.count > 1 else { continue }
            let option = String(word.prefix { $0 != "=" })
            let spelling = grammar.spelling(of: option)
            if let first = given.first(where: { $0.spelling == spelling }) {
                throw .repeated(option: option, first: first.position, second: index)
            }
            given.append((spelling, index))
            guard grammar.blockOptions.contains(word) else { continue }
            if grammar.standardOptions.contains(word), index < words.count,
                words[index].bytes == FoldedLine.standard.utf8.map({ $0 })
            {
                self.words.append(FoldedLine.standard)
                index += 1
                continue
            }
            index = try fold(words, from: index, of: word)
        }
    }

    private static func last(_ words: [Word], _ index: Int) throws(CommandLineError) -> String? {
        index > 0 ? try text(words[index - 1], at: index) : nil
    }

    /// The block that a word stands for; `nil` for any other word.
    package static func blockIndex(_ word: String) -> Int? {
        word.hasPrefix(marker) ? Int(word.dropFirst(marker.unicodeScalars.count)) : nil
    }

    private mutating func fold(
        _ line: [Word], from start: Int, of option: String
    ) throws(CommandLineError) -> Int {
        guard start < line.count, line[start].bytes == FoldedLine.opening else {
            let found = start < line.count ? line[start] : nil
            throw .blockExpected(option: option, position: start + 1, found: found)
        }
        var block: [Word] = []
        var depth = 1
        var index = start + 1
        while index < line.count {
            let word = line[index].bytes
            if word == FoldedLine.opening { depth += 1 }
            if word == FoldedLine.closing { depth -= 1 }
            if depth == 0 {
                if block.isEmpty { throw .empty(option: option, position: start + 1) }
                words.append("\(FoldedLine.marker)\(blocks.count)")
                blocks.append(block)
                return index + 1
            }
            block.append(depth == 1 ? FoldedLine.unescaped(word) : line[index])
            index += 1
        }
        throw .unclosed(option: option, position: start + 1)
    }

    private static let opening = [UInt8(ascii: "{")]
    private static let closing = [UInt8(ascii: "}")]

    /// Removes one backslash from a word that consists of backslashes and a brace.
    private static func unescaped(_ word: [UInt8]) -> Word {
        let backslash = UInt8(ascii: "\\")
        guard word.first == backslash else { return Word(word) }
        let rest = word.drop { $0 == backslash }
        let isBrace = [UInt8](rest) == opening || [UInt8](rest) == closing
        return Word(isBrace ? [UInt8](word.dropFirst()) : word)
    }

    private static func text(_ word: Word, at position: Int) throws(CommandLineError) -> String {
        guard let text = String(validating: word.bytes, as: UTF8.self) else {
            throw .notText(position: position, word)
        }
        return text
    }
}

extension CommandLineError {
    /// What to write instead.
    package var hint: String {
        let help = "; --help tells more"
        return switch self {
        case .unclosed, .unopened:
            "put a space on both sides of each brace; your shell interprets | > ; & itself: write "
                + "{ sh -c '…' }" + help
        case .blockExpected(_, _, let found?) where found.bytes.contains(UInt8(ascii: "{")):
            "write each brace as a word of its own, without quotes; \\{ and \\} work in every shell"
                + help
        case .blockExpected(let option, _, _) where option == "-l" || option == "--login":
            "as in -l { ssh HOST }" + help
        case .noHost, .hostLikeOption: "as in --rsh backup1 ls -l" + help
        case .notText: "are all words of the command inside its braces?" + help
        case .repeated: "give each option once" + help
        case .unexpectedBlock, .empty, .blockExpected: CommandLineError.example + help
        }
    }

    /// A correct line.
    package static let example =
        "as in -i { tar cf - /srv } -l { ssh HOST } -r { tar xf - }"
}

/// What is wrong with a command line, and at which word.
package enum CommandLineError: Error, Equatable, Sendable {
    case unclosed(option: String, position: Int)
    case unopened(position: Int)
    case unexpectedBlock(position: Int, after: String?)
    case empty(option: String, position: Int)
    case blockExpected(option: String, position: Int, found: Word?)
    case repeated(option: String, first: Int, second: Int)
    case notText(position: Int, Word)
    case noHost
    case hostLikeOption(Word)

    package var sentence: String {
        switch self {
        case .unclosed(let option, let position):
            "the '{' after \(option) (word \(position)) is never closed: a ' }' is missing"
        case .unopened(let position):
            "word \(position) is a '}' that closes nothing; inside a block, write a lone brace as "
                + "'\\}'"
        case .unexpectedBlock(let position, let after):
            "word \(position) opens a block\(after.map { " after \(Text.quoted($0))" } ?? ""), "
                + "but only -i, -o, -l, -r and --next-volume take one"
        case .empty(let option, let position):
            "the block after \(option) (word \(position)) is empty: expected a command"
        case .blockExpected(let option, let position, let found):
            found.map {
                "expected '{' as a word of its own after \(option) (word \(position)), found "
                    + Text.quoted($0.bytes)
            } ?? "expected '{' and a command after \(option), found the end of the line"
        case .repeated(let option, let first, let second):
            "option \(Text.escaped(option.utf8)) is given twice (words \(first) and \(second))"
        case .noHost: "expected a host after --rsh, as in: --rsh [ssh options] HOST command"
        case .hostLikeOption(let host):
            "the host \(Text.quoted(host.bytes)) begins with '-': it could be taken for an option"
        case .notText(let position, let word):
            "word \(position), \(Text.quoted(word.bytes)), is not UTF-8; only words in blocks may "
                + "contain other bytes"
        }
    }
}
