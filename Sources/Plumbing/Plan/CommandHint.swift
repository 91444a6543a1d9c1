import LinuxSystem

/// What to do about a missing command.
enum CommandHint {
    /// Words that only a shell understands.
    private static let builtins = [
        "cd", "source", ".", "export", "alias", "eval", "exec", "set", "unset", "ulimit", "umask",
        "read", "trap", "type", "wait", "shift", "if", "for", "while", "until", "case", "(", "!",
        "[[", "function", "pushd", "declare", "local", "hash", "builtin",
    ]

    static func whenMissing(_ role: Role, _ words: [Word]) -> String {
        let name = words.first?.bytes ?? []
        if name.contains(where: isShells) {
            return "no shell reads a block: write its words without quotes"
                + (role == .login ? ", as in -l { ssh HOST }" : ", or { sh -c 'LINE' }")
        }
        if isAssignment(name) { return "no shell reads a block: write { env \(shown(words)) }" }
        if builtins.contains(where: { $0.utf8.elementsEqual(name) }) {
            return "only a shell understands '\(Text.escaped(name))': write "
                + "{ sh -c '\(shown(words)) …' }"
        }
        let place = role.end.rawValue
        if role == .login, words.count == 1, !name.contains(UInt8(ascii: "/")) {
            return "-l takes the command that logs in: -l { ssh \(Text.escaped(name)) }"
        }
        if name.contains(UInt8(ascii: "/")) { return "is that the right path \(place)?" }
        return role == .remote
            ? "install it there, or name its path (ssh's PATH is often short)"
            : "is it installed here and in PATH?"
    }

    /// - Parameter name: The interpreter or loader that a file names.
    static func ofInterpreter(_ name: [UInt8]) -> String {
        let file = name.split(separator: UInt8(ascii: "/")).last ?? []
        if name.last == UInt8(ascii: "\r") {
            return
                "the script has a carriage return at the end of each line: sed -i 's/\\r$//' FILE"
        }
        return file.starts(with: "ld-".utf8) || file.starts(with: "ld.".utf8)
            ? "the program needs another C library or processor: use one built for that host"
            : "install it, or correct the first line of the script"
    }

    private static func shown(_ words: [Word]) -> String {
        Text.escaped(
            [UInt8](words.map { $0.bytes }.joined(separator: [UInt8(ascii: " ")])).prefix(60))
    }

    /// Blanks, and characters that a shell interprets.
    private static func isShells(_ byte: UInt8) -> Bool {
        [UInt8](" \t\n|&;<>$`*\"'".utf8).contains(byte)
    }

    private static func isAssignment(_ word: [UInt8]) -> Bool {
        guard let equals = word.firstIndex(of: UInt8(ascii: "=")), equals > 0 else { return false }
        return word[..<equals].allSatisfy { byte in
            byte == UInt8(ascii: "_") || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
    }
}
