import LinuxSystem

/// What `--dry-run` shows instead of running anything.
extension HereSession {
    func showPlan() {
        func shown(_ words: [Word]) -> String {
            words.map { Text.escaped($0.bytes) }.joined(separator: " ")
        }
        for (role, words) in [
            (Role.producer, plan.producer?.words), (.remote, plan.remote),
            (.consumer, plan.consumer?.words),
        ] {
            if let words { say.note("would run \(role.rawValue): \(shown(words))") }
        }
        for end in ends {
            say.note(
                "would use for flow '\(end.flow.rawValue)': "
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
