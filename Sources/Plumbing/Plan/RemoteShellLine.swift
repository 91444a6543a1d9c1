import LinuxSystem

/// The words after `--rsh`: options, a host and a command, as for `ssh(1)`.
package struct RemoteShellLine: Equatable, Sendable {
    package let login: [Word]
    package let remote: [Word]
    /// `-n`: the remote command reads nothing.
    package let hasNoInput: Bool
    /// Whether ssh alone must run the line: it asks ssh something, needs a terminal, a subsystem or
    /// the background, or runs no command.
    package let isForLoginAlone: Bool

    /// - Parameters:
    ///   - words: The words after `--rsh`.
    ///   - tagsHaveValues: Whether `-P` has a value, as from OpenSSH 9.4 on; asked only if it
    ///     appears.
    package init(_ words: [Word], tagsHaveValues: () -> Bool) throws(CommandLineError) {
        var rest = words[...]
        var options = OptionsOfSSH()
        let isEnded = options.add(before: &rest, tagsHaveValues)
        if isEnded { options.keepEnd() }
        let host = rest.popFirst()
        // Options may follow the host too, unless `--` has ended them.
        if !isEnded { _ = options.add(before: &rest, tagsHaveValues) }
        login = [Word("ssh")] + options.words + [host].compactMap { $0 }
        let line = [UInt8](rest.map { $0.bytes }.joined(separator: [UInt8(ascii: " ")]))
        remote = RemoteShellLine.command(line)
        hasNoInput = options.letters.contains(UInt8(ascii: "n"))
        isForLoginAlone = options.isForLoginAlone || (host != nil && line.isEmpty)
        if let host, RemoteShellLine.looksLikeOption(host) { throw .hostLikeOption(host) }
        guard options.isForLoginAlone || host != nil else { throw .noHost }
    }

    /// Whether a program behind ssh could take the host for an option, with or without a user
    /// before it.
    private static func looksLikeOption(_ host: Word) -> Bool {
        let name = host.bytes.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        return [host.bytes[...], name.last ?? []].contains {
            $0.count > 1 && $0.first == UInt8(ascii: "-")
        }
    }

    /// The words as ssh passes them: joined by spaces, a line for the user's shell there.
    private static func command(_ line: [UInt8]) -> [Word] {
        [
            Word("sh"), Word("-c"), Word(#"exec "${SHELL:-/bin/sh}" -c "$1""#), Word("sh"),
            Word(line),
        ]
    }
}
