/// The end of a login command's standard error, which usually says why it ended.
package struct LoginWords: Equatable, Sendable {
    /// Longer lines are no sentences.
    private static let longestLine = 200
    private static let room = 4096

    private var bytes: [UInt8] = []

    package init(_ bytes: [UInt8] = []) { add(bytes) }

    package mutating func add(_ more: [UInt8]) {
        bytes += more.suffix(LoginWords.room)
        bytes.removeFirst(max(0, bytes.count - LoginWords.room))
    }

    /// Its last line, without those of ssh's debugging.
    package var reason: String? {
        let lines = bytes.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
        let last = lines.last { !$0.allSatisfy { $0 <= 32 } && !$0.starts(with: "debug".utf8) }
        guard let last, last.count <= LoginWords.longestLine else { return nil }
        return Text.escaped([UInt8](last))
    }

    /// Whether the other host had too many logins at once, or too many that failed before.
    package var tellsOfManyLogins: Bool { has("kex_exchange_identification".utf8) }

    /// Whether the program to start was missing.
    package var tellsOfMissingProgram: Bool {
        has("not found".utf8) || has("No such file".utf8)
    }

    /// Whether another program took our word for one of its options.
    package var tellsOfForeignOption: Bool {
        ["option '--remote-end'", "option: remote-end", "flag: --remote-end"].contains {
            has($0.utf8)
        }
    }

    /// Whether the program there is for another processor: a shell says so, or has read it as a
    /// script.
    ///
    /// - Parameter there: The program.
    package func tellsOfOtherProcessor(_ there: String) -> Bool {
        has("Exec format error".utf8) || has([0x7f] + "ELF".utf8)
            || has("\(there): ".utf8) && has(": Syntax error: ".utf8)
    }

    private func has(_ words: some Collection<UInt8>) -> Bool {
        let count = words.count
        guard bytes.count >= count else { return false }
        return (0...bytes.count - count).contains { bytes[$0...].starts(with: words) }
    }
}
