import LinuxSystem

/// The host that a login command names.
package enum LoginHost {
    private static let shells = ["ssh", "slogin", "rsh"]

    /// The word behind ssh's options, without user and port; of any other login command, the last
    /// word that is no option.
    package static func name(in login: [Word]) -> String? {
        let start = login.firstIndex { shells.contains(program($0)) }
        guard let start, start + 1 < login.count else {
            let last = login.last { $0.bytes.first != UInt8(ascii: "-") }
            return last.map { lowercased($0.bytes) }
        }
        var rest = login[(start + 1)...]
        var options = OptionsOfSSH()
        _ = options.add(before: &rest) { true }
        return rest.first.map { lowercased(host(in: $0.bytes)) }
    }

    /// Whether the login command is known to send everything in clear.
    package static func isReachedInClear(_ login: [Word]) -> Bool {
        login.contains { clear.contains(program($0)) }
    }

    private static let clear = ["rsh", "rlogin", "remsh", "telnet"]

    /// `host` of `user@host` and of `ssh://user@host:port`.
    private static func host(in word: [UInt8]) -> ArraySlice<UInt8> {
        let scheme = [UInt8]("ssh://".utf8)
        guard word.starts(with: scheme) else { return afterUser(word[...]) }
        let host = afterUser(word[scheme.count...])
        guard host.first == UInt8(ascii: "[") else {
            return host.prefix { $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: "/") }
        }
        return host.dropFirst().prefix { $0 != UInt8(ascii: "]") }
    }

    private static func afterUser(_ word: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        word.lastIndex(of: UInt8(ascii: "@")).map { word[($0 + 1)...] } ?? word
    }

    private static func program(_ word: Word) -> String {
        String(decoding: word.bytes.split(separator: UInt8(ascii: "/")).last ?? [], as: UTF8.self)
    }

    static func lowercased(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: bytes.map { (65...90).contains($0) ? $0 | 32 : $0 }, as: UTF8.self)
    }
}
