import Glibc

/// A source and a sink at the same time: `both BYTES BLOCK`, then the arguments of a sink.
struct Both {
    private let source: [String]
    private let sink: Sink

    init(_ arguments: [String]) throws {
        source = ["/proc/self/exe", "source"] + arguments.prefix(2)
        sink = try Sink(Array(arguments.dropFirst(2)))
    }

    /// Returns the status of the source.
    func run() throws -> Int32 {
        let child = try spawnInPlace(source)
        // The source's end is the end of what we write.
        close(1)
        try sink.run()
        var status: Int32 = 0
        guard unsafe waitpid(child.pid, &status, 0) == child.pid else { return 1 }
        return status == 0 ? 0 : 1
    }
}
