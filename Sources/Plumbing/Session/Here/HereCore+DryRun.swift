import LinuxSystem
import Sealing

/// What `--dry-run` shows instead of running anything.
extension HereCore {
    var shownPlan: [String] {
        var lines: [String] = []
        switch plan.producer {
        case .command(let words): lines.append("would run producer: \(HereCore.shown(words))")
        case .standard: lines.append("would send standard input")
        case nil: break
        }
        lines.append("would run remote: \(HereCore.shown(plan.remote))")
        switch plan.consumer {
        case .command(let words): lines.append("would run consumer: \(HereCore.shown(words))")
        case .standard: lines.append("would write what comes back to standard output")
        case nil: break
        }
        lines += connections.map { "would connect flow '\($0.flow.rawValue)': \($0.places)" }
        if let cipher {
            lines.append("would encrypt with \(cipher.rawValue), by relays at both ends")
        }
        if let limit = plan.reconnectLimit {
            lines.append("would go on after a loss for \(limit.seconds) s")
        }
        if let hello {
            lines.append(
                "here: socketpipe \(Version.program); there: socketpipe "
                    + "\(Text.escaped(hello.programVersion.utf8)) on Linux "
                    + Text.escaped(hello.kernel.utf8))
        }
        return lines
    }

    private static func shown(_ words: [Word]) -> String {
        words.map { Text.forShell($0.bytes) }.joined(separator: " ")
    }
}
