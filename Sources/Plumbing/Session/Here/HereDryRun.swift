import LinuxSystem

/// What `--dry-run` shows instead of running anything.
extension HereSession {
    func showPlan() {
        func shown(_ words: [Word]) -> String {
            words.map { Text.forShell($0.bytes) }.joined(separator: " ")
        }
        switch plan.producer {
        case .command(let words): say.note("would run producer: \(shown(words))")
        case .standard: say.note("would send standard input")
        case nil: break
        }
        say.note("would run remote: \(shown(plan.remote))")
        switch plan.consumer {
        case .command(let words): say.note("would run consumer: \(shown(words))")
        case .standard: say.note("would write what comes back to standard output")
        case nil: break
        }
        for end in ends {
            say.note(
                "would connect flow '\(end.flow.rawValue)': "
                    + "\(end.channel.localEndpoint?.description ?? "?") here, "
                    + "\(end.channel.peerEndpoint?.description ?? "?") there")
        }
        if let hello = rules.hello {
            say.note(
                "here: socketpipe \(Version.program); there: socketpipe "
                    + "\(Text.escaped(hello.programVersion.utf8)) on Linux "
                    + Text.escaped(hello.kernel.utf8))
        }
    }
}
