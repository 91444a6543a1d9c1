import Fixtures
import Glibc

/// What lies between the two ends of a scenario.
enum Path: Equatable {
    case loopback
    /// A link between two namespaces, as `scripts/lab` builds it.
    case link(rate: String, delay: String? = nil)
    /// One between two namespaces that holds each packet for so long, each way.
    case delayLine(milliseconds: Int)
    /// A real one, to a host of which nothing but ssh and socketpipe is asked.
    case host
}

/// Two ends, the way between them, and a login from the one to the other.
struct Place {
    var path: Path
    var here = Site.host
    var there = Site.host
    /// The address of the other end; nil where only the login knows it.
    var address: String?
    /// The address of this end as the other reaches it.
    var hereAddress: String?
    var login: [String]
    /// The socketpipe there; nil is the one on PATH.
    var socketpipe: String?
    var congestionControl: String
    /// The folder of both ends' control groups; nil without cgroup v2.
    var accounts: String?
}

/// The programs and choices that a suite was given.
struct Kit {
    var bench: String
    var socketpipe: String?
    var there: String?
    var reference: String?
    var lab: String
    /// The words that follow `ssh`.
    var host: [String] = []
    var congestionControl: String

    /// Copies of them stand in the work folder under these names.
    var programs: [(String, String)] {
        let named = [
            ("bench", bench), ("socketpipe", socketpipe), ("there", there ?? socketpipe),
            ("reference/socketpipe", reference),
        ]
        return named.compactMap { name, program in program.map { (name, $0) } }
    }

    var hasLaboratories: Bool {
        unsafe access(lab, X_OK) == 0 && getuid() == 0
    }
}

/// A folder for one session: our programs, what they note, and what its commands say.
struct Lane {
    let folder: String

    /// Makes the folder, with links to the programs in another.
    init(_ folder: String, programs: String) throws {
        self.folder = folder
        guard unsafe mkdir(folder, 0o700) == 0 || errno == EEXIST else {
            throw Failure(folder, errno: errno)
        }
        for name in ["bench", "socketpipe", "there", "reference"] {
            unsafe symlink("\(programs)/\(name)", path(name))
        }
        try write(
            "#!/bin/sh\nexec '\(path("bench"))' meter '\(notePath("there"))' "
                + "'\(path("there"))' \"$@\"\n", to: metered)
        unsafe chmod(metered, 0o755)
    }

    /// The socketpipe of the other end, whose cost is noted here.
    var metered: String { path("metered") }

    var report: String { path("report.json") }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    func notePath(_ name: String) -> String { path(name + ".note") }

    /// The last lines that a command said.
    func said(_ name: String) -> String { (text(of: path(name)) ?? "").tail }

    /// Removes what the last session left.
    func clear() {
        for name in ["source", "sink", "hearer", "here", "there", "buffer", "call"] {
            unsafe unlink(notePath(name))
        }
        for name in ["source.ready", "sink.ready"] { unsafe unlink(path(name)) }
        unsafe unlink(report)
    }
}

extension Place {
    /// This place, with the other end's socketpipe noting its cost in a lane.
    func metered(in lane: Lane) -> Place {
        guard path != .host else { return self }
        var place = self
        place.socketpipe = lane.metered
        return place
    }
}
