import ArgumentParser
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
        subcommands: [Measure.self, Quick.self, Draw.self, DrawTape.self, Compare.self],
        defaultSubcommand: Measure.self)
}
