import CLinux

/// Which processes have a file open (`proc(5)`, `kcmp(2)`).
extension Proc {
    /// A file without a path, by its inode, as `/proc/PID/fd` names it.
    package enum OpenFile: Equatable, Sendable {
        case socket(UInt64)
        case pipe(UInt64)

        var name: String {
            switch self {
            case .socket(let inode): "socket:[\(inode)]"
            case .pipe(let inode): "pipe:[\(inode)]"
            }
        }
    }

    /// Whether a process has the file open, in the table of any of its threads or in a ring.
    ///
    /// - Parameter inFlight: Whether any descriptor under way in one of its Unix sockets counts as
    ///   the file.
    package static func sight(
        of pid: CInt, _ file: OpenFile, inFlight: Bool = false
    ) -> Sight {
        let found = unsafe Path(file.name).withCString {
            unsafe linux_sight(pid, $0, inFlight ? 1 : 0)
        }
        return switch found {
        case linux_sight_gone: .gone
        case linux_sight_free: .free
        case linux_sight_unseen: .unseen
        case linux_sight_holds: .holds
        default: .unsettled
        }
    }

    /// Whether a process exits or has exited: it writes nothing more, but its status may not be
    /// known yet.
    package static func isEnding(_ pid: CInt) -> Bool { linux_process_ends(pid) != 0 }
}

/// The processes that `/proc` shows.
package struct HostProcesses: ProcessTable {
    /// Reads nothing yet.
    package init() {}

    package var own: CInt { linux_process() }

    /// The numeric entries of `/proc`, rising; `nil` if there are none.
    package func all() -> [CInt]? {
        let all = Proc.numbers(in: "/proc")
        return all.isEmpty ? nil : all.map { CInt($0) }.sorted()
    }

    /// See `Proc.stableDescendants(besides:)`.
    package func descendants(besides excluded: [CInt]) -> [CInt]? {
        Proc.stableDescendants(besides: excluded)
    }

    /// `ns_last_pid` of `proc(5)`. `/proc/loadavg` shows it as well, but some containers have a
    /// `/proc/loadavg` of their own.
    package func lastGiven() -> CInt? {
        guard let text = Proc.contents(of: "/proc/sys/kernel/ns_last_pid") else { return nil }
        return CInt(String(decoding: text.filter { $0 > 32 }, as: UTF8.self))
    }

    /// See `Proc.sight(of:_:inFlight:)`; our own threads count as free.
    package func sight(of process: CInt, _ file: Proc.OpenFile, inFlight: Bool) -> Sight {
        let sight = Proc.sight(of: process, file, inFlight: inFlight)
        // A thread has a process number too; a worker of our own ring has our files.
        guard sight != .free, sight != .gone, isThreadOfOurs(process) else { return sight }
        return .free
    }

    private func isThreadOfOurs(_ thread: CInt) -> Bool {
        Proc.contents(of: "/proc/self/task/\(thread)/comm") != nil
    }

    /// See `Proc.parent(of:)`.
    package func parent(of process: CInt) -> CInt? { Proc.parent(of: process) }
}
