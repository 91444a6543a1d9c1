import Fixtures
import Glibc

/// One contender's turn at an exercise.
struct Bout {
    let bench: Workbench
    let place: Place
    /// A run that takes longer, in seconds, has failed.
    let patience: Int64
    let exercise: Exercise
    let payload: Payload
    let block: Int
    /// Whether the sink notes how much had come at which moment.
    let isSampled: Bool

    var trial: Trial { Trial(place: place, patience: patience) }

    /// - Parameter verifies: Compares every byte that arrives.
    func run(_ contender: Contender, verifies: Bool) throws -> Figures {
        // Below the ports the kernel gives out, and not where sshd may listen.
        let port = Int.random(in: 10_000..<29_000)
        try warm()
        switch exercise {
        case .messages, .bothWays:
            guard let dialogue = contender.dialogue else {
                throw Failure("it moves bytes one way only")
            }
            return try converse(dialogue, verifies: verifies, port)
        default:
            guard let stream = contender.stream else { throw Failure("it moves no streams") }
            return try move(stream, verifies: verifies, port)
        }
    }

    /// Has the memory in use that will be needed; a link is slower than any memory.
    private func warm() throws {
        guard exercise.byteCount > 0, place.path == .loopback else { return }
        let isBuffered = if case .records = exercise { true } else { false }
        let most = isBuffered ? Contender.largestBuffer : Contender.largestWindow
        let needed = min(exercise.byteCount, most)
        try Said.must([bench.path("bench"), "warm", "\(needed)"])
    }

    private func move(
        _ stream: (Job) -> Recipe, verifies: Bool, _ port: Int
    ) throws -> Figures {
        var load = try load(verifies: verifies)
        if !verifies { load.likeness = nil }
        let gate = exercise.sessions > 1 ? try Gate(in: bench.folder) : nil
        let parts = try (0..<exercise.sessions).map { number in
            let lane = try bench.lane(number)
            let job = job(load, lane, gate, port + number)
            return Trial.Part(lane: lane, recipe: try recipe(stream, job, load), port: job.port)
        }
        var figures = try trial.run(parts, gate)
        try read(parts[0].recipe.gauge, of: parts[0].lane, into: &figures)
        // They count what has come when their time is over.
        if ![.iperf, .measurement].contains(parts[0].recipe.gauge) {
            try figures.check(load.byteCount * parts.count, isCompared: load.likeness != nil)
        }
        return figures
    }

    private func job(_ load: Load, _ lane: Lane, _ gate: Gate?, _ port: Int) -> Job {
        let sink = sink(load, lane)
        return Job(
            place: place.metered(in: lane), folder: lane.folder,
            source: gate?.holding(load.source, in: lane) ?? source(load, lane),
            sink: gate?.announcing(sink, in: lane) ?? sink, byteCount: load.byteCount,
            file: load.file, port: port)
    }

    private func recipe(_ stream: (Job) -> Recipe, _ job: Job, _ load: Load) throws -> Recipe {
        var recipe = stream(job)
        if recipe.gauge == .sink, speaksByDD { recipe.gauge = .dd }
        if recipe.input == load.file { try prepare(load) }
        return recipe
    }

    /// The sink is another's dd where that is the line, or where nothing of ours is installed.
    private var speaksByDD: Bool {
        if case .published = exercise { true } else { place.path == .host }
    }

    /// A buffer may keep the first bytes for long: there the transfer begins where they come from.
    private func source(_ load: Load, _ lane: Lane) -> [String] {
        guard case .records = exercise else { return load.source }
        let begin = [lane.path("bench"), "begin", lane.notePath("source"), place.accounts ?? "-"]
        return begin + load.source
    }

    private func sink(_ load: Load, _ lane: Lane) -> [String] {
        if case .published = exercise { return ["dd", "of=/dev/null"] }
        if place.path == .host { return ["env", "LC_ALL=C", "dd", "of=/dev/null", "bs=1M"] }
        return ourSink(load, lane, note: "sink")
    }

    /// The words of a sink of ours, but for the program.
    func ourSink(_ load: Load, _ lane: Lane, note: String) -> [String] {
        [
            lane.path("bench"), "sink", lane.notePath(note), place.accounts ?? "-",
            load.likeness ?? "count", "\(load.byteCount)", isSampled ? "50" : "0",
        ] + pace.words
    }

    private var pace: Pace {
        if case .records(_, let pace) = exercise { pace } else { Pace() }
    }

    /// Makes the file that a contender reads, and has it in the page cache.
    private func prepare(_ load: Load) throws {
        guard unsafe access(load.file, R_OK) != 0 else { return }
        let written = "\(quoted(load.source)) >\(load.file)"
        // A hole has pages in the cache as any file of zeros has, and is not written back while
        // others are measured; only a tmpfs shows one page for all of it.
        let hole = """
            if [ "$(stat -f -c %T \(bench.folder))" = tmpfs ]; then \(written)
            else truncate -s \(load.byteCount) \(load.file); fi
            """
        let script = payload == .zeros && load.likeness == nil ? hole : written
        try Said.must(.bash("\(script); cat \(load.file) >/dev/null"))
    }
}

extension Figures {
    /// Throws unless so many bytes arrived, as they were sent if that was looked at.
    func check(_ expected: Int, isCompared: Bool) throws {
        guard byteCount == expected else {
            throw Failure("\(byteCount ?? 0) of \(expected) bytes arrived")
        }
        guard !isCompared || isVerified == true else {
            throw Failure("other bytes arrived than were sent")
        }
    }
}
