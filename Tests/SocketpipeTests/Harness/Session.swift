import Foundation
import Testing

/// One command line of `socketpipe`, to be started in one way or another.
struct Session: Sendable {
    /// The there-end's program for `--there`; without one there is no such option.
    var there: ThereEnd? = .socketpipe
    var route = Route.handOff
    var producer: Words?
    var consumer: Words?
    var login: Words = "env"
    var remote: Words
    var options: Words = []
    /// What starts the command line; its words come first.
    var wrapper: Words = []
    var input = Input.null
    var environment: [String: String] = [:]
    /// Where copies of the programs are, for users who cannot reach the originals.
    var copies: Scratch?

    /// The command line without `--report`.
    var line: Words {
        var line: Words = [place(of: Program.here)]
        if let there { line = line + ["--there", place(of: there.path)] }
        line = line + route.options + options
        if let producer { line = line + ["-i"] + producer.local }
        if let consumer { line = line + ["-o"] + consumer.local }
        return wrapper + line + ["-l"] + login.braced + ["-r"] + remote.braced
    }

    private func place(of program: String) -> String {
        copies.map { $0 / URL(fileURLWithPath: program).lastPathComponent } ?? program
    }

    /// - Parameter reports: Whether what it reports can be read.
    func start(_ mark: Mark = Mark(), reports: Bool = true) throws -> Run {
        Attempt.current?.begins(self)
        return try Run(line, input: input, environment: environment, reports: reports, mark: mark)
    }

    /// Starts the session and waits for its end, and for the end of everything it started.
    func run(
        within limit: Duration = .seconds(40), sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Ending {
        try await start().ending(within: limit, sourceLocation: sourceLocation)
    }
}
