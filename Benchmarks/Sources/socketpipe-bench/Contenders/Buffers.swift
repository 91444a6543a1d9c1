extension Contender {
    /// No less memory than a buffer takes with all that comes and goes around it.
    static let largestBuffer = 1200 << 20
    /// No less memory than all pipes and sockets take where there is no buffer.
    static let largestWindow = 64 << 20

    /// Buffers of 1 GiB before the reader: ours, and another's behind our hand-off.
    static let buffers =
        [
            socketpipe("buffer-1g", ["--buffer", "1G"]),
            socketpipe("record-1g", ["--record", "256k", "--buffer", "1G"]),
            socketpipe("start-90", ["--buffer", "1G", "--start", "90"]),
            socketpipe("resume-90", ["--buffer", "1G", "--start", "90", "--resume", "90"]),
            socketpipe("record-90", ["--record", "256k", "--buffer", "1G", "--start", "90"]),
        ]

    static let foreignBuffers = [mbuffer("mbuffer-1g", []), mbuffer("mbuffer-90", ["-P", "90"])]

    /// - Parameter options: `-P` is for it what `--start` and `--resume` are for us.
    private static func mbuffer(_ name: String, _ options: [String]) -> Contender {
        let words = ["mbuffer", "-q", "-m", "1G", "-s", "256k"] + options
        return Contender(
            name: name, what: "socketpipe -r { \(words.joined(separator: " ")) | sink }",
            needs: handOff.needs + [.program("mbuffer")],
            stream: { job in
                let meter = ["\(job.folder)/bench", "meter", "\(job.folder)/buffer.note"]
                var job = job
                job.sink = pipeline(meter + words, job.sink)
                return handOff.stream!(job)
            })
    }
}
