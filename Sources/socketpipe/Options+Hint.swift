import LinuxSystem
import Plumbing

/// What somebody meant whose line cannot be read.
extension Options {
    /// A mistake that the words show by themselves, whatever the parser says of them.
    static func hint(_ line: [Word]) -> String? {
        let words = line.dropFirst().map { String(decoding: $0.bytes, as: UTF8.self) }
        let help = "; --help tells more"
        let outside = words.prefix { $0 != "{" }
        if outside.contains("--server") { return "rsync wants -e 'socketpipe --rsh'" + help }
        if words == ["-h"] || words == ["-?"] { return "-h names this host; help is --help" }
        if words.isEmpty || !words.contains(where: { blockIsInput($0) }), words.contains("{") {
            return "-i - sends what comes from standard input" + help
        }
        // One dash makes four options of --relay.
        let names = helpMessage().split { $0 == " " || $0 == "\n" || $0 == "," }
        if let word = words.first(where: { isShortened($0) && names.contains("-\($0)") }) {
            return "did you mean -\(word)?" + help
        }
        return nil
    }

    private static func blockIsInput(_ word: String) -> Bool {
        ["-i", "--input", "-o", "--output"].contains { word.hasPrefix($0) }
    }

    private static func isShortened(_ word: String) -> Bool {
        word.utf8.count > 2 && word.hasPrefix("-") && !word.hasPrefix("--")
    }
}
