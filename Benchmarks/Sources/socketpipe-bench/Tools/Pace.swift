import Glibc

/// How a sink takes what comes.
struct Pace {
    /// The bytes of one `read`.
    var readSize = 1 << 20
    /// After each so many bytes it rests.
    var burst = Int.max
    var restMilliseconds = 0

    /// As the arguments of a sink.
    var words: [String] { ["\(readSize)", "\(burst)", "\(restMilliseconds)"] }

    /// Rests, if with the last `count` of `total` bytes a burst is over.
    func rest(after count: Int, of total: Int) {
        guard total / burst > (total - count) / burst else { return }
        usleep(UInt32(restMilliseconds) * 1000)
    }
}

extension Pace {
    init(_ words: [String]) throws {
        readSize = max(1, try words.number(0, "size of a read"))
        burst = max(1, try words.number(1, "bytes of a burst"))
        restMilliseconds = try words.number(2, "rest")
    }
}
