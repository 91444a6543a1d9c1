import LinuxSystem

/// The options in a command line of ssh, in their order.
struct OptionsOfSSH {
    private(set) var words: [Word] = []
    private(set) var letters: [UInt8] = []
    /// The values of `-o`.
    private var settings: [[UInt8]] = []

    private static let end = Word("--")
    /// Those that have a value, in the same word or the next.
    private static let valued = [UInt8]("BbcDEeFIiJLlmOopQRSWw".utf8)
    private static let bare = [UInt8]("1246AaCfGgKkMNnPqsTtVvXxYy".utf8)
    /// Options that ask ssh itself something, run no command, or want a subsystem or the
    /// background.
    private static let alone = [UInt8]("fGNOQsVW".utf8)

    /// Takes the options in front, without `-n`: the login command needs its input.
    ///
    /// - Returns: Whether ssh accepts no more options after the next word, the host.
    mutating func add(before rest: inout ArraySlice<Word>, _ tagsHaveValues: () -> Bool) -> Bool {
        var last: Word?
        while let word = rest.first, word.bytes.count > 1, word.bytes[0] == UInt8(ascii: "-") {
            rest.removeFirst()
            last = word
            if word == OptionsOfSSH.end { break }
            let option = SSHOption(word) {
                OptionsOfSSH.valued.contains($0) || ($0 == UInt8(ascii: "P") && tagsHaveValues())
            }
            letters += option.letters
            if let word = option.without(UInt8(ascii: "n")) { words.append(word) }
            var value = option.value
            if option.wantsNextWord, let next = rest.popFirst() {
                words.append(next)
                (last, value) = (next, next.bytes)
            }
            if option.letters.last == UInt8(ascii: "o") { settings.append(value) }
        }
        return last == OptionsOfSSH.end
    }

    /// Keeps `--`: without it ssh could take a host for an option.
    mutating func keepEnd() {
        if words.last != OptionsOfSSH.end { words.append(OptionsOfSSH.end) }
    }

    /// Whether the line has no data for a connection of ours, or an option that we do not know: ssh
    /// explains that better.
    var isForLoginAlone: Bool {
        let known = OptionsOfSSH.valued + OptionsOfSSH.bare
        return letters.contains { OptionsOfSSH.alone.contains($0) || !known.contains($0) }
            || letters.last { [UInt8]("tT".utf8).contains($0) } == UInt8(ascii: "t")
            || settings.contains(where: OptionsOfSSH.setsAlone)
    }

    /// The same, as `NAME=VALUE` or `NAME VALUE` of `ssh_config(5)`.
    private static func setsAlone(_ setting: [UInt8]) -> Bool {
        let parts = setting.split { [UInt8]("= \t\"".utf8).contains($0) }
            .map { part in String(decoding: part.map { lowercase($0) }, as: UTF8.self) }
        guard let name = parts.first, let value = parts.dropFirst().first else { return false }
        return switch name {
        case "stdinnull", "forkafterauthentication": value == "yes" || value == "true"
        case "requesttty": !["no", "false", "auto"].contains(value)
        case "sessiontype": value != "default"
        case "remotecommand": value != "none"
        default: false
        }
    }

    private static func lowercase(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}

/// A word of one-letter options; the last may have a value.
private struct SSHOption {
    private(set) var letters: [UInt8] = []
    /// The value in the same word.
    private(set) var value: [UInt8] = []
    private(set) var wantsNextWord = false

    init(_ word: Word, isValued: (UInt8) -> Bool) {
        var rest = word.bytes.dropFirst()
        while let letter = rest.popFirst() {
            letters.append(letter)
            guard isValued(letter) else { continue }
            value = [UInt8](rest)
            wantsNextWord = rest.isEmpty
            return
        }
    }

    /// The word without a letter; `nil` if nothing is left.
    func without(_ letter: UInt8) -> Word? {
        let kept = letters.filter { $0 != letter }
        return kept.isEmpty ? nil : Word([UInt8(ascii: "-")] + kept + value)
    }
}
