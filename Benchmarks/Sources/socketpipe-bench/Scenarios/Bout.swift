import FoundationEssentials
import Glibc

/// One contender's turn at an exercise.
struct Bout {
    let trial: Trial
    let exercise: Exercise
    let payload: Payload
    let block: Int

    private var folder: String { trial.bench.folder }

    /// - Parameter verifies: Compares every byte that arrives.
    func run(_ contender: Contender, verifies: Bool) throws -> Figures {
        // Below the ports the kernel gives out, and not where sshd may listen.
        let port = Int.random(in: 10_000..<30_000)
        guard case .messages(let count, let size) = exercise else {
            guard let stream = contender.stream else { throw Failure("carries no streams") }
            return try run(stream, verifies: verifies, port)
        }
        guard let dialogue = contender.dialogue else { throw Failure("a one-way street") }
        return try converse(dialogue, count: count, size: size, port)
    }

    private func run(
        _ stream: (Job) -> Recipe, verifies: Bool, _ port: Int
    ) throws -> Figures {
        let noise = isStream && (verifies || payload == .noise)
        let count = byteCount(verifies: verifies)
        let job = Job(
            place: trial.place, folder: folder, source: source(count, noise: noise),
            sink: sink(count, verifies: noise), byteCount: count,
            file: "\(folder)/\(noise ? "noise" : "zeros")-\(count)", port: port)
        var recipe = stream(job)
        if recipe.gauge == .sink, speaksByDD { recipe.gauge = .dd }
        if recipe.input == job.file { try prepare(job, noise: noise) }
        var figures = try trial.run(recipe, port: port)
        try read(recipe.gauge, into: &figures)
        // iperf3 counts what has come when its time is over.
        if recipe.gauge != .iperf { try check(figures, expected: count) }
        return figures
    }

    private func check(_ figures: Figures, expected: Int) throws {
        guard figures.byteCount == expected else {
            throw Failure("\(figures.byteCount ?? 0) of \(expected) bytes arrived")
        }
        if figures.isVerified == false { throw Failure("other bytes arrived than were sent") }
    }

    private var isStream: Bool {
        if case .stream = exercise { trial.place.path != .host } else { false }
    }

    private func byteCount(verifies: Bool) -> Int {
        switch exercise {
        // To compare them takes time: a part of them tells as much.
        case .stream(let count): verifies ? min(count, 256 << 20) : count
        case .published: 8192 * 4096
        case .trickle(let count): count
        case .session, .messages: 1
        }
    }

    /// The sink is another's dd where that is the line, or where nothing of ours is installed.
    private var speaksByDD: Bool {
        if case .published = exercise { true } else { trial.place.path == .host }
    }

    private func source(_ count: Int, noise: Bool) -> [String] {
        switch exercise {
        case .published: return ["dd", "if=/dev/zero", "bs=4k", "count=8192"]
        case .session, .messages: return ["printf", "x"]
        case .trickle:
            return shell("for ((i = 0; i < \(count); i++)); do printf x; sleep 0.1; done")
        case .stream where noise: return ["\(folder)/bench", "source", "\(count)", "\(block)"]
        case .stream:
            return [
                "dd", "if=/dev/zero", "bs=\(block)", "count=\(count)", "iflag=count_bytes",
                "status=none",
            ]
        }
    }

    private func sink(_ count: Int, verifies: Bool) -> [String] {
        if case .published = exercise { return ["dd", "of=/dev/null"] }
        if trial.place.path == .host { return ["env", "LC_ALL=C", "dd", "of=/dev/null", "bs=1M"] }
        let mode = verifies ? "verify" : "count"
        return [
            "\(folder)/bench", "sink", trial.notePath("sink"), trial.place.accounts ?? "-", mode,
            "\(count)",
        ]
    }

    /// Makes the file that a contender reads, and has it in the page cache.
    private func prepare(_ job: Job, noise: Bool) throws {
        guard unsafe access(job.file, R_OK) != 0 else { return }
        let script =
            noise
            ? "\(quoted(job.source)) >\(job.file)" : "truncate -s \(job.byteCount) \(job.file)"
        try Said.must(shell("\(script); cat \(job.file) >/dev/null"), in: folder)
    }

    private func converse(
        _ dialogue: (Dialogue) -> Recipe, count: Int, size: Int, _ port: Int
    ) throws -> Figures {
        let (bench, tokens) = ("\(folder)/bench", "\(folder)/tokens")
        unsafe unlink(tokens)
        guard unsafe mkfifo(tokens, 0o600) == 0 else { throw Failure(tokens, errno: errno) }
        let note = trial.notePath("call")
        let recipe = dialogue(
            Dialogue(
                place: trial.place, folder: folder,
                caller: [bench, "call", note, "\(count)", "\(size)", tokens],
                hearer: [bench, "hear", "\(size)", tokens],
                echo: [bench, "echo"], port: port))
        var figures = try trial.run(recipe, port: port)
        guard let call = try socketpipe_bench.note(CallNote.self, at: note) else {
            throw Failure("no messages were exchanged")
        }
        figures.roundTrips = call.roundTrips
        figures.roundTripsPerSecond = Double(call.roundTrips) / call.seconds
        return figures
    }
}
