extension Contender {
    static let socketpipes =
        [
            handOff,
            socketpipe("relay-here", ["--relay", "here"]),
            socketpipe("relay-there", ["--relay", "there"]),
            socketpipe("relay-both", ["--relay", "both"]),
            socketpipe("relay-splice", ["--relay", "both", "--engine", "splice"]),
            socketpipe("relay-ring", ["--relay", "both", "--engine", "ring"]),
            socketpipe("relay-copy", ["--relay", "both", "--engine", "copy"]),
            socketpipe("window", ["--window", "32M"]),
            socketpipe("record", ["--record", "256k"]),
            socketpipe("buffer", ["--buffer", "256M"]),
            standardStreams, file, fileByCat, measure, reference,
        ]

    static let handOff = socketpipe(
        "hand-off", "socketpipe as it comes: the commands own the sockets")

    static func socketpipe(_ name: String, _ options: [String]) -> Contender {
        socketpipe(name, "socketpipe \(options.joined(separator: " "))", options)
    }

    private static func socketpipe(
        _ name: String, _ what: String, _ options: [String] = []
    ) -> Contender {
        Contender(
            name: name, what: what, needs: [.options(options)],
            stream: { job in
                Recipe(
                    client: metered(job.folder, options, producer: block(job.source))
                        + ending(job.place, job.folder, job.sink))
            },
            dialogue: { job in
                Recipe(
                    client: metered(job.folder, options, producer: block(job.caller))
                        + ["-o"] + block(job.hearer) + ending(job.place, job.folder, job.echo))
            })
    }

    private static let standardStreams = Contender(
        name: "stdin-pipe", what: "source | socketpipe -i -", needs: [.options(["-i", "-"])],
        stream: { job in
            let socketpipe = metered(job.folder, [], producer: ["-"])
            return Recipe(
                client: pipeline(
                    job.source, socketpipe + ending(job.place, job.folder, job.sink)))
        },
        dialogue: { job in
            let socketpipe = metered(job.folder, [], producer: ["-"]) + ["-o", "-"]
            return Recipe(
                client: pipeline(
                    job.caller, socketpipe + ending(job.place, job.folder, job.echo), job.hearer))
        })

    private static let file = Contender(
        name: "stdin-file", what: "socketpipe -i - < file (in the page cache)",
        needs: [.options(["-i", "-"])],
        stream: { job in
            Recipe(
                client: metered(job.folder, [], producer: ["-"])
                    + ending(job.place, job.folder, job.sink),
                input: job.file)
        })

    private static let fileByCat = Contender(
        name: "cat-file", what: "socketpipe -i { cat } < file, by hand-off", needs: [.options([])],
        stream: { job in
            Recipe(
                client: metered(job.folder, [], producer: block(["cat"]))
                    + ending(job.place, job.folder, job.sink),
                input: job.file)
        })

    private static let measure = Contender(
        name: "measure", what: "socketpipe --measure, which connects no commands either",
        needs: [.measuring],
        stream: { job in
            let there = job.place.socketpipe.map { ["--there", $0] } ?? []
            let seconds = job.byteCount < 100_000_000 ? "1" : "6"
            return Recipe(
                client: ["\(job.folder)/socketpipe", "--measure", seconds, "-l"]
                    + block(job.place.login) + there + ["--report", "\(job.folder)/report.json"],
                gauge: .measurement)
        })

    /// The original finds itself by PATH at the other end, and its words pass shells on the way.
    private static let reference = Contender(
        name: "original", what: "the original C program, named by --reference",
        needs: [.reference],
        stream: { job in
            let path = "PATH=\(job.folder)/reference:/usr/local/bin:/usr/bin:/bin"
            let words = [
                "\(job.folder)/bench", "meter", "\(job.folder)/here.note",
                "\(job.folder)/reference/socketpipe", "-b", "-h", job.place.hereAddress ?? "", "-i",
            ]
            return Recipe(
                client: words + block(job.source) + ["-l"] + block(job.place.login + ["env", path])
                    + ["-r"] + block(job.sink))
        })

    private static func block(_ words: [String]) -> [String] {
        ["{"] + words + ["}"]
    }

    /// The beginning of a command line whose own cost is noted.
    static func metered(
        _ folder: String, _ options: [String], producer: [String]
    ) -> [String] {
        ["\(folder)/bench", "meter", "\(folder)/here.note", "\(folder)/socketpipe"] + options
            + ["-i"] + producer
    }

    static func ending(_ place: Place, _ folder: String, _ remote: [String]) -> [String] {
        let there = place.socketpipe.map { ["--there", $0] } ?? []
        return ["-l"] + block(place.login) + ["-r"] + block(remote) + there
            + ["--report", "\(folder)/report.json"]
    }
}
