import Glibc

/// Words as a POSIX shell reads them back.
func quoted(_ words: [String]) -> String {
    words.map {
        "'"
            + $0.split(separator: "'", omittingEmptySubsequences: false)
            .joined(separator: #"'\''"#) + "'"
    }.joined(separator: " ")
}

/// The words that run commands as one pipeline, whose status is that of the last that failed.
func pipeline(_ commands: [String]...) -> [String] {
    shell("set -o pipefail; " + commands.map(quoted).joined(separator: " | "))
}

func shell(_ script: String) -> [String] {
    ["bash", "-c", script]
}

/// Where a program stands on PATH; nil if nowhere.
func path(of program: String) -> String? {
    let folders = ((environment("PATH") ?? "") + ":/usr/sbin:/sbin").split(separator: ":")
    return folders.map { "\($0)/\(program)" }.first { unsafe access($0, X_OK) == 0 }
}

func environment(_ name: String) -> String? {
    unsafe getenv(name).map { unsafe String(cString: $0) }
}

/// What a short command said, and how it ended.
struct Said {
    let ending: Ending
    let output: String
    let error: String

    /// Runs it to its end.
    init(
        _ words: [String], at site: Site = .host, in folder: String, within seconds: Int64 = 30
    ) throws {
        let streams = Streams(output: "\(folder)/said.out", error: "\(folder)/said.err")
        let child = try spawn(words, at: site, streams)
        defer { child.destroy() }
        let deadline = monotonicNanoseconds() + seconds * 1_000_000_000
        guard let ending = try child.wait(before: deadline) else {
            throw Failure("'\(words[0])' has not ended after \(seconds) s")
        }
        self.ending = ending
        output = text(of: streams.output) ?? ""
        error = text(of: streams.error) ?? ""
    }

    /// Runs a command that must succeed.
    static func must(
        _ words: [String], at site: Site = .host, in folder: String, within seconds: Int64 = 30
    ) throws {
        let said = try Said(words, at: site, in: folder, within: seconds)
        guard said.ending == .exited(0) else {
            throw Failure("\(words.joined(separator: " ")) \(said.ending): \(said.error.tail)")
        }
    }
}

extension String {
    /// Its last lines, as one.
    var tail: String {
        split(whereSeparator: \.isNewline).suffix(3).joined(separator: "; ")
    }
}
