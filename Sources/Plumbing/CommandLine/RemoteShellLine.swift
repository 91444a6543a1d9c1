import LinuxSystem

/// What follows `--rsh`: options, a host and a command, as ssh takes them (`ssh(1)`).
package struct RemoteShellLine: Equatable, Sendable {
    package let login: [Word]
    package let remote: [Word]
    /// `-n`: the remote command reads nothing.
    package let hasNoInput: Bool
    /// Whether ssh itself is asked something, such as its version, and nothing is to be run.
    package let asksLogin: Bool

    private static let questions = [UInt8]("GOQV".utf8)

    package init(_ words: [Word]) throws(CommandLineError) {
        var rest = words[...]
        var options = OptionsOfSSH(before: &rest)
        let host = rest.popFirst()
        // Between host and command there may be options again.
        options.add(before: &rest)
        login = [Word("ssh")] + options.words + [host].compactMap { $0 }
        remote = RemoteShellLine.command([Word](rest))
        hasNoInput = options.letters.contains(UInt8(ascii: "n"))
        asksLogin = options.letters.contains(where: RemoteShellLine.questions.contains)
        guard !asksLogin else { return }
        guard let host else { throw .noHost }
        guard !rest.isEmpty else { throw .noRemoteCommand(host) }
    }

    /// As ssh does it: the words, joined by spaces, are a line for the user's shell there.
    private static func command(_ words: [Word]) -> [Word] {
        let line = [UInt8](words.map { $0.bytes }.joined(separator: [UInt8(ascii: " ")]))
        return [
            Word("sh"), Word("-c"), Word(#"exec "${SHELL:-/bin/sh}" -c "$1""#), Word("sh"),
            Word(line),
        ]
    }
}

/// The options in a command line of ssh, in the order in which they came.
private struct OptionsOfSSH {
    private(set) var words: [Word] = []
    private(set) var letters: [UInt8] = []

    /// Those that have a value, in the same word or the next.
    private static let valued = [UInt8]("BbcDEeFIiJLlmOopQRSWw".utf8)

    init(before rest: inout ArraySlice<Word>) {
        add(before: &rest)
    }

    /// Takes the options that stand first, but for `-n`: the login command needs its input.
    mutating func add(before rest: inout ArraySlice<Word>) {
        while let word = rest.first, word.bytes.count > 1, word.bytes[0] == UInt8(ascii: "-") {
            rest.removeFirst()
            if word == Word("--") { return }
            let option = SSHOption(word, valued: OptionsOfSSH.valued)
            letters += option.letters
            if let word = option.without(UInt8(ascii: "n")) { words.append(word) }
            if option.wantsNextWord, let value = rest.popFirst() { words.append(value) }
        }
    }
}

/// A word of options of one letter each, of which the last may have a value.
private struct SSHOption {
    private(set) var letters: [UInt8] = []
    /// The value that stands in the same word.
    private var value: [UInt8] = []
    private(set) var wantsNextWord = false

    init(_ word: Word, valued: [UInt8]) {
        var rest = word.bytes.dropFirst()
        while let letter = rest.popFirst() {
            letters.append(letter)
            guard valued.contains(letter) else { continue }
            value = [UInt8](rest)
            wantsNextWord = rest.isEmpty
            return
        }
    }

    /// The word again without a letter; `nil` when nothing is left of it.
    func without(_ letter: UInt8) -> Word? {
        let kept = letters.filter { $0 != letter }
        return kept.isEmpty ? nil : Word([UInt8(ascii: "-")] + kept + value)
    }
}
