import Fixtures
import Glibc

/// What a source writes, and how a sink knows it again.
struct Load {
    let source: [String]
    let byteCount: Int
    /// What the sink compares it with; nil if it only counts.
    var likeness: String?
    /// A file of the same bytes, for contenders that read one.
    let file: String
}

extension Bout {
    /// - Parameter verifies: Makes it one that the sink can compare.
    func load(verifies: Bool) throws -> Load {
        switch exercise {
        case .published:
            return plain(["dd", "if=/dev/zero", "bs=4k", "count=8192"], 8192 * 4096)
        case .session, .messages: return plain(["printf", "x"], 1)
        case .trickle(let count):
            let script = "for ((i = 0; i < \(count); i++)); do printf x; sleep 0.1; done"
            return plain(shell(script), count)
        case .stream(let count), .records(let count, _): return try load(count, verifies)
        case .parallel(let sessions, let count): return try load(count / sessions, verifies)
        case .bothWays(let count): return noise(verifies ? min(count, Self.compared) : count)
        }
    }

    /// To compare all takes time: so many bytes tell as much.
    private static var compared: Int { 256 << 20 }

    private func load(_ count: Int, _ verifies: Bool) throws -> Load {
        let isOurs = place.path != .host
        switch payload {
        case .tree: return try tree(count)
        case .noise: return noise(isOurs && verifies ? min(count, Self.compared) : count)
        case .zeros: return isOurs && verifies ? noise(min(count, Self.compared)) : zeros(count)
        }
    }

    private func plain(_ source: [String], _ count: Int) -> Load {
        Load(source: source, byteCount: count, file: "/dev/null")
    }

    private func noise(_ count: Int) -> Load {
        Load(
            source: [bench.path("bench"), "source", "\(count)", "\(block)"], byteCount: count,
            likeness: "noise", file: bench.path("noise-\(count)"))
    }

    private func zeros(_ count: Int) -> Load {
        let amount = ["bs=\(block)", "count=\(count)", "iflag=count_bytes", "status=none"]
        return Load(
            source: ["dd", "if=/dev/zero"] + amount, byteCount: count,
            file: bench.path("zeros-\(count)"))
    }

    /// A tree through tar, once made and in the page cache.
    private func tree(_ count: Int) throws -> Load {
        let (folder, archive) = (bench.path("tree-\(count)"), bench.path("tree-\(count).tar"))
        let tar = ["tar", "cf", "-", "--sort=name", "-C", folder, "."]
        if unsafe access(archive, R_OK) != 0 {
            let make = [bench.path("bench"), "tree", folder, "\(count)"]
            let script = "\(quoted(make)) && \(quoted(tar)) >\(archive).part"
            let rename = "mv \(archive).part \(archive)"
            try Said.must(.bash("\(script) && \(rename)"), within: 600)
        }
        return Load(
            source: tar, byteCount: try size(of: archive), likeness: archive, file: archive)
    }
}

private func size(of path: String) throws -> Int {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { throw Failure(path, errno: errno) }
    return Int(status.st_size)
}
