import Fixtures

extension Contender {
    /// Those that keep what the other end has not acknowledged.
    static let kept = [
        socketpipe("reconnect", ["--reconnect", "60"]),
        socketpipe("reconnect-copy", ["--reconnect", "60", "--engine", "copy"]),
        struck(
            "cut-data", "the same at 100 MiB/s, with its connection killed after half a second",
            "data"),
        struck("cut-login", "the same, with its login killed", "login"),
        struck(
            "cut-via-login", "the same through the login, which is killed", "login",
            ["--via", "login"]),
    ]

    /// Its source is a pipe: what a command writes comes over a connection, too.
    private static func struck(
        _ name: String, _ what: String, _ victim: String, _ options: [String] = []
    ) -> Contender {
        let options = ["--reconnect", "60", "--rate", "100M"] + options
        return Contender(
            name: name, what: what, needs: [.options(options), .destroying],
            stream: { job in
                let strike = ["\(job.folder)/bench", "strike", victim, "500"]
                let line = metered(job.folder, options, producer: ["-"])
                return Recipe(
                    client: pipeline(
                        job.source, strike + line + ending(job.place, job.folder, job.sink)))
            })
    }
}
