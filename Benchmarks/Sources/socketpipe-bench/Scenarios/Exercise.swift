/// What a scenario makes its contenders do.
enum Exercise {
    /// Move so many bytes, as fast as they can.
    case stream(byteCount: Int)
    /// Move so many bytes to a reader that takes them at a pace of its own.
    case records(byteCount: Int, Pace)
    /// Move so many bytes together, in so many sessions at the same time.
    case parallel(sessions: Int, byteCount: Int)
    /// Move so many bytes in each direction at the same time.
    case bothWays(byteCount: Int)
    /// The only figure the original published: 32 MiB by dd in blocks of 4 KiB.
    case published
    /// A session that carries one byte; so many times a round.
    case session(times: Int)
    /// A byte each 0.1 s.
    case trickle(byteCount: Int)
    /// Messages of so many bytes, each sent when the answer to the last has come.
    case messages(count: Int, byteCount: Int)

    /// What it is, whatever its amounts.
    var kind: String {
        switch self {
        case .stream: "stream"
        case .parallel(let sessions, _): sessions > 1 ? "parallel" : "stream"
        case .records: "records"
        case .bothWays: "both ways"
        case .published: "published"
        case .session: "session"
        case .trickle: "trickle"
        case .messages: "messages"
        }
    }

    var metrics: [Metric] {
        switch self {
        case .stream, .parallel, .bothWays:
            [
                .rate, .processCPU, .machineCPU, .ourCPU, .peak, .ourPeak, .firstByte, .switches,
                .ourSwitches,
            ]
        case .records:
            [
                .rate, .bufferCPU, .processCPU, .machineCPU, .peak, .ourPeak, .firstByte,
                .switches,
            ]
        case .published: [.rate, .wall]
        case .session: [.firstByte, .wall, .sessions, .sessionCPU, .peak, .ourPeak]
        case .trickle: [.ourLoad, .wall, .ourSwitches, .peak, .ourPeak]
        case .messages: [.roundTrips, .messageTime, .messageCPU, .peak, .ourPeak]
        }
    }

    /// The first figure, and what it cost where that is told apart.
    var headlines: [Metric] {
        metrics.prefix(1) + metrics.filter { [.bufferCPU, .processCPU].contains($0) }
    }

    /// How many bytes are to be moved, where they are many.
    var byteCount: Int {
        switch self {
        case .stream(let count), .records(let count, _), .parallel(_, let count),
            .bothWays(let count):
            count
        case .published, .session, .trickle, .messages: 0
        }
    }

    /// How often each contender runs in one round.
    var times: Int {
        if case .session(let times) = self { times } else { 1 }
    }

    /// How many sessions each contender has at the same time.
    var sessions: Int {
        if case .parallel(let sessions, _) = self { sessions } else { 1 }
    }
}

/// What the bytes are.
enum Payload: String, CaseIterable {
    /// By dd from /dev/zero; in the warm-up noise, which can be compared.
    case zeros
    /// Incompressible, and compared on arrival in the warm-up.
    case noise
    /// A folder of small and large files, through tar.
    case tree
}
