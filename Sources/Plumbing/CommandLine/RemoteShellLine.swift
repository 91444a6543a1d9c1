import LinuxSystem

/// What follows `--rsh`: options, a host and a command, as ssh takes them (`ssh(1)`).
package struct RemoteShellLine: Equatable, Sendable {
    package let login: [Word]
    package let remote: [Word]
    /// `-n`: the remote command reads nothing.
    package private(set) var hasNoInput = false
    /// Whether ssh itself is asked something, such as its version, and nothing is to be run.
    package private(set) var asksLogin = false

    /// Options of ssh that have a value, in the same word or the next.
    private static let valued = [UInt8]("BbcDEeFIiJLlmOopQRSWw".utf8)
    private static let questions = [UInt8]("GOQV".utf8)
    private static let noInput = UInt8(ascii: "n")

    package init(_ words: [Word]) throws(CommandLineError) {
        var options: [Word] = []
        var rest = words[...]
        while let word = rest.first, word.bytes.count > 1, word.bytes[0] == UInt8(ascii: "-") {
            rest.removeFirst()
            if word == Word("--") { break }
            let option = SSHOption(word, valued: RemoteShellLine.valued)
            if option.letters.contains(RemoteShellLine.noInput) { hasNoInput = true }
            if option.letters.contains(where: RemoteShellLine.questions.contains) {
                asksLogin = true
            }
            if let word = option.without(RemoteShellLine.noInput) { options.append(word) }
            if option.wantsNextWord, let value = rest.popFirst() { options.append(value) }
        }
        login = [Word("ssh")] + options + rest.prefix(1)
        remote = RemoteShellLine.command([Word](rest.dropFirst()))
        guard !asksLogin else { return }
        guard let host = rest.first else { throw .noHost }
        guard rest.count > 1 else { throw .noRemoteCommand(host) }
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
