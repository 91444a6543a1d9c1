import Fixtures
import Glibc

/// A cgroup v2: it sums the CPU time of every process that ran in it, ended ones included.
struct ControlGroup {
    let path: String

    /// Where this machine keeps its groups, and in which of them we are; nil without cgroup v2.
    static let own: ControlGroup? = {
        let mounts = (text(of: "/proc/self/mounts") ?? "").split(separator: "\n")
        let mount = mounts.map { $0.split(separator: " ") }
            .first { $0.count > 2 && $0[2] == "cgroup2" }
        let groups = (text(of: "/proc/self/cgroup") ?? "").split(separator: "\n")
        guard let mount, let group = groups.first(where: { $0.hasPrefix("0::/") }) else {
            return nil
        }
        let folder = String(group.dropFirst(3))
        return ControlGroup(path: folder == "/" ? String(mount[1]) : mount[1] + folder)
    }()

    func child(_ name: String) -> ControlGroup {
        ControlGroup(path: "\(path)/\(name)")
    }

    func make() throws {
        guard unsafe mkdir(path, 0o755) == 0 else { throw Failure(path, errno: errno) }
    }

    /// Moves this process into the group; its children follow it.
    func enter() throws {
        try write("0", to: "\(path)/cgroup.procs")
    }

    var cpuSeconds: Double? {
        let lines = text(of: "\(path)/cpu.stat")?.split(separator: "\n")
        let usage = lines?.first { $0.hasPrefix("usage_usec ") }
        return usage.flatMap { Double($0.dropFirst("usage_usec ".count)) }.map { $0 / 1e6 }
    }

    var processes: [pid_t] {
        (text(of: "\(path)/cgroup.procs") ?? "").split(separator: "\n").compactMap { pid_t($0) }
    }

    /// Ends every process in the group.
    func killAll() {
        for pid in processes { kill(pid, SIGKILL) }
    }

    /// False while a process is left in it.
    func remove() -> Bool {
        unsafe rmdir(path) == 0
    }
}
