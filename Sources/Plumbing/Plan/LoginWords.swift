/// The end of what a login command said on standard error, which mostly tells why it ended.
package struct LoginWords: Equatable, Sendable {
    /// Longer ones are no sentences.
    private static let longestLine = 200
    private static let room = 4096

    private var bytes: [UInt8] = []

    package init(_ bytes: [UInt8] = []) { add(bytes) }

    package mutating func add(_ more: [UInt8]) {
        bytes += more.suffix(LoginWords.room)
        bytes.removeFirst(max(0, bytes.count - LoginWords.room))
    }

    /// The last of its lines, but for those that only somebody who looks for a fault asked for.
    package var reason: String? {
        let lines = bytes.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
        let last = lines.last { !$0.allSatisfy { $0 <= 32 } && !$0.starts(with: "debug".utf8) }
        guard let last, last.count <= LoginWords.longestLine else { return nil }
        return Text.escaped([UInt8](last))
    }

    /// Whether the other host was too busy with logins, or had seen too many that failed.
    package var tellsOfManyLogins: Bool { has("kex_exchange_identification".utf8) }

    /// Whether the program that was to be started was not there.
    package var tellsOfMissingProgram: Bool {
        has("not found".utf8) || has("No such file".utf8)
    }

    /// Whether another program took our own word for an option of its own.
    package var tellsOfForeignOption: Bool {
        ["option '--remote-end'", "option: remote-end", "flag: --remote-end"].contains {
            has($0.utf8)
        }
    }

    /// Whether a program was started there that is for another processor: a shell says so, or has
    /// read it as a script.
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
