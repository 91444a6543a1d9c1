import LinuxSystem
import Plumbing

/// Guesses what the user meant by a line that does not parse.
extension Options {
    private static let help = "; --help tells more"

    /// The hint for the parser's sentence, which names an option or proposes one itself.
    static func hint(after sentence: String) -> String {
        if sentence.contains("Did you mean") { return "--help tells more" }
        let named = sentence.split { " '<>:".contains($0) }.first { examples[String($0)] != nil }
        let example = named.flatMap { examples[String($0)] }
        return (example.map { "as in \($0)" } ?? CommandLineError.example) + help
    }

    private static let examples = [
        "-h": "-h 192.0.2.7", "--host": "--host 192.0.2.7", "-t": "-t 60",
        "--timeout": "--timeout 60", "--listen": "--listen there",
        "--via": "--via auto",
        "--port": "--port 40000-40009", "--there": "--there /opt/bin/socketpipe",
        "--address": "--address 203.0.113.9:40000-40009", "--network": "--network 192.0.2.0/24",
        "--mss": "--mss 1200", "--stall": "--stall 60", "--reconnect": "--reconnect 600",
        "--relay": "--relay there",
        "--engine": "--engine copy", "--rate": "--rate 20M",
        "--rate-file": "--rate-file rate",
        "--window": "--window 32M", "--congestion": "--congestion bbr", "--dscp": "--dscp LE",
        "--record": "--record 256k",
        "--buffer": "--buffer 4G", "--start": "--buffer 4G --start 90",
        "--resume": "--buffer 4G --start 90 --resume 50", "--size": "--size 300M",
        "--report": "--report run.json", "--progress": "--progress=json",
        "--progress-fd": "--progress-fd 3",
        "--measure": "--measure 30",
        "--to": "--to /dev/nst0 --record 256k",
        "--from": "--from /dev/nst0", "--label": "--label home", "--volumes": "--volumes 3",
        "--next-volume": "--next-volume { mtx -f /dev/sch0 next }",
        "--verify": "--from /dev/nst0 --verify backup.json",
    ]

    /// The hint for a mistake that the words show on their own, whatever the parser says.
    static func hint(_ line: [Word]) -> String? {
        let words = line.dropFirst().map { String(decoding: $0.bytes, as: UTF8.self) }
        let outside = words.prefix { $0 != "{" }
        if outside.contains("--server") { return "rsync needs -e 'socketpipe --rsh'" + help }
        if outside.contains(where: { $0.hasPrefix("-oPermitLocalCommand") }) {
            return "scp and sftp need a script after -S: exec socketpipe --rsh \"$@\"" + help
        }
        if words == ["-h"] || words == ["-?"] { return "-h names this host; help is --help" }
        if outside.contains("--to") || outside.contains("--from") { return nil }
        let isForInput = !words.contains { blockIsInput($0) || $0.hasPrefix("--measure") }
        if isForInput, words.contains("{") {
            return "-i - sends standard input" + help
        }
        // With one dash, --relay is four options.
        let names = helpMessage().split { $0 == " " || $0 == "\n" || $0 == "," }
        if let word = words.first(where: { isShortened($0) && names.contains("-\($0)") }) {
            return "did you mean -\(word)? --help tells more"
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
