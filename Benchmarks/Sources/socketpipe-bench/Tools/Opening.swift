import Glibc

/// Notes what had been spent so far, and becomes a command: `begin NOTE ACCOUNTS|- COMMAND…`.
struct Opening {
    private let notePath: String
    private let accounts: String?
    private let words: [String]

    init(_ arguments: [String]) throws {
        notePath = try arguments.argument(0, "file for the note")
        let folder = try arguments.argument(1, "folder of accounts")
        accounts = folder == "-" ? nil : folder
        words = Array(arguments.dropFirst(2))
        _ = try words.argument(0, "command")
    }

    func run() throws {
        try leave(Snapshot(accounts: accounts), at: notePath)
        try become(words)
    }
}
