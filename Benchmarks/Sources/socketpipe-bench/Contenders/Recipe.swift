import Fixtures

/// How one contender does a job: commands at both ends.
struct Recipe {
    /// Runs there, and listens on the job's port before the client starts.
    var server: [String]?
    /// Runs here; its end is the end of the run.
    var client: [String]
    var input = "/dev/null"
    var gauge = Gauge.sink
    /// The server's port, if it cannot be the job's.
    var port: Int?
}

/// Who tells how much came, and how fast.
enum Gauge {
    /// Our own sink, by its note.
    case sink
    /// Every dd of the run, by what it says at its end; the slowest counts.
    case dd
    /// iperf3, by its JSON.
    case iperf
    /// `socketpipe --measure`, by its report.
    case measurement
}

/// What is to be moved, by which commands, between which ends.
struct Job {
    let place: Place
    /// The folder with our programs and the notes.
    let folder: String
    let source: [String]
    var sink: [String]
    let byteCount: Int
    /// A file that holds what the source would write; for contenders that read one.
    let file: String
    let port: Int

    var address: String { place.address ?? "" }
}

/// Messages and answers: the caller's output goes there, and what comes back to the hearer.
struct Dialogue {
    let place: Place
    let folder: String
    let caller: [String]
    let hearer: [String]
    let echo: [String]
    let port: Int

    var address: String { place.address ?? "" }
}

/// Words as a POSIX shell reads them back.
func quoted(_ words: [String]) -> String { Words(words).quoted }

/// The words that run commands as one pipeline, whose status is that of the last that failed.
func pipeline(_ commands: [String]...) -> [String] {
    shell("set -o pipefail; " + commands.map(quoted).joined(separator: " | "))
}

func shell(_ script: String) -> [String] { ["bash", "-c", script] }
