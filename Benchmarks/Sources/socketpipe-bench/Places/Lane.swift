import Glibc

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
