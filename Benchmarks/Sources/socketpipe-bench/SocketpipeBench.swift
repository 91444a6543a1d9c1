import ArgumentParser
import Fixtures
import Glibc

@main
enum SocketpipeBench {
    static func main() {
        let words = Array(CommandLine.arguments.dropFirst())
        // The tools run inside what is measured: they start without reading any options.
        if let tool = words.first.flatMap(Tool.init(rawValue:)) {
            exit(tool.run(Array(words.dropFirst())))
        }
        Suite.main()
    }
}

struct Suite: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "socketpipe-bench",
        abstract: "Compares socketpipe with ssh, its rivals and the bare socket.",
        subcommands: [Measure.self, Draw.self, DrawTape.self, Compare.self],
        defaultSubcommand: Measure.self)
}

func say(_ text: String) {
    _ = writeAll(Array("socketpipe-bench: \(text)\n".utf8)[...], to: 2)
}

/// Prints a line to standard output at once.
func show(_ text: String) {
    _ = writeAll(Array("\(text)\n".utf8)[...], to: 1)
}
