import ArgumentParser

/// With which programs, and how much is to be run; scripts/soak gives the first three.
struct Options: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scripts/soak",
        usage: "scripts/soak MINUTES|--sessions COUNT [--seed N], or --seed N --only K")

    @Argument var lab: String
    @Argument var socketpipe: String
    @Argument var remote: String
    @Argument var minutes: UInt16?
    @Option var sessions: UInt32?
    @Option var only: UInt32?
    @Option(help: "One session of so many minutes that loses something every 5 to 20 s.")
    var endure: UInt16?
    @Flag(help: "All sessions go on after a loss, and most of them lose something.")
    var reconnect = false
    @Option var seed: UInt64 = .random(in: 0..<32_768)

    func validate() throws {
        let amounts = [minutes != nil, sessions != nil, only != nil, endure != nil].count { $0 }
        guard amounts == 1 else { throw ValidationError("Say once how much to run.") }
    }
}
