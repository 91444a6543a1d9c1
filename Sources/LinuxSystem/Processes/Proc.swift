import CLinux

/// What `/proc` shows about processes (`proc(5)`).
package enum Proc {
    /// The numeric entries of a directory there; none if it cannot be read.
    ///
    /// The corresponding C function is `readdir`.
    package static func numbers(in directory: String) -> [Int] {
        entries(in: directory) ?? []
    }

    private static func entries(in directory: String) -> [Int]? {
        var room = 4096
        while true {
            guard let numbers = entries(in: directory, room: room) else { return nil }
            if numbers.count < room { return numbers }
            room *= 4
        }
    }

    private static func entries(in directory: String, room: Int) -> [Int]? {
        var numbers = [CInt](repeating: 0, count: room)
        let count = unsafe numbers.withUnsafeMutableBufferPointer { buffer in
            unsafe Path(directory).withCString {
                unsafe linux_numeric_entries($0, buffer.baseAddress, CInt(buffer.count))
            }
        }
        return count < 0 ? nil : numbers.prefix(Int(count)).map { Int($0) }
    }

    /// The first `limit` bytes of a file there; `nil` if it cannot be read.
    package static func contents(of path: String, limit: Int = 65536) -> [UInt8]? {
        do throws(Errno) {
            let file = try OwnedDescriptor.open(Path(path), .reading)
            var all: [UInt8] = []
            while all.count < limit {
                let piece = try file.borrowed.read(byteCount: 4096)
                if piece.isEmpty { break }
                all += piece
            }
            return all
        } catch {
            return nil
        }
    }

    /// Whether `/proc` shows this process and its children: it may be mounted for another PID
    /// namespace, or the kernel may lack `CONFIG_PROC_CHILDREN`.
    ///
    /// - Throws: The error that kept us from looking, which says nothing about `/proc`.
    package static func isOurs() throws(Errno) -> Bool {
        let own = "\(linux_process())"
        guard readLink("/proc/self") == [UInt8](own.utf8) else { return false }
        do throws(Errno) {
            _ = try OwnedDescriptor.open(Path("/proc/self/task/\(own)/children"), .reading)
            return true
        } catch .notFound {
            return false
        }
    }

    /// The descendants of this process, ended ones included, parents before their children.
    ///
    /// - Parameter excluded: Processes to leave out, with all their descendants.
    /// - Returns: The processes; `nil` if some vanished during the listing, so that their children
    ///   may be missing.
    package static func stableDescendants(besides excluded: [CInt] = []) -> [CInt]? {
        let look = look(besides: excluded)
        return look.isStable ? look.found : nil
    }

    /// Room for the children of one process: millions of them.
    private static let longestList = 1 << 25

    /// The descendants that one look finds, and whether it saw the children of all: it does not if
    /// some vanished or are hidden from us (`hidepid` of `proc(5)`).
    private static func look(besides excluded: [CInt]) -> (found: [CInt], isStable: Bool) {
        var found: [CInt] = []
        var parents: [CInt] = [linux_process()]
        var isStable = true
        while let parent = parents.popLast() {
            let tasks = entries(in: "/proc/\(parent)/task") ?? []
            if tasks.isEmpty { isStable = false }
            for task in tasks {
                guard
                    let text = contents(
                        of: "/proc/\(parent)/task/\(task)/children", limit: longestList),
                    text.count < longestList
                else {
                    isStable = false
                    continue
                }
                for word in text.split(separator: UInt8(ascii: " ")) {
                    guard let pid = CInt(String(decoding: word, as: UTF8.self)),
                        !excluded.contains(pid)
                    else { continue }
                    found.append(pid)
                    parents.append(pid)
                }
            }
        }
        return (found, isStable)
    }

    /// The descendants of this process, as far as 16 looks can tell.
    package static func descendants() -> [CInt] {
        for _ in 0..<16 {
            if let found = stableDescendants() { return found }
        }
        return look(besides: []).found
    }

    /// Whether a process descends from this one.
    package static func isDescendant(_ pid: CInt) -> Bool {
        var ancestor = pid
        // If an ancestor ends meanwhile, its children get another parent: begin again.
        for _ in 0..<1000 where ancestor > 1 {
            let parent = parent(of: ancestor)
            if parent == linux_process() { return true }
            if parent == nil, ancestor == pid { return false }
            ancestor = parent ?? pid
        }
        return false
    }

    /// Whether nothing of a process runs any more, though its parent may not have reaped it yet.
    package static func hasEnded(_ pid: CInt) -> Bool {
        guard let state = state(of: pid) else { return true }
        return (state == "Z" || state == "X") && numbers(in: "/proc/\(pid)/task").count <= 1
    }

    /// A process's state letter, such as `R`, `S`, `D`, `Z`; `nil` if it is gone.
    package static func state(of pid: CInt) -> String? {
        guard let text = contents(of: "/proc/\(pid)/stat"),
            let end = text.lastIndex(of: UInt8(ascii: ")")), end + 2 < text.count
        else { return nil }
        return String(decoding: [text[end + 2]], as: UTF8.self)
    }

    /// A process's parent; `nil` if it is gone.
    package static func parent(of pid: CInt) -> CInt? { number(1, of: pid) }

    /// The session that a process belongs to; `nil` if it is gone.
    package static func session(of pid: CInt) -> CInt? { number(3, of: pid) }

    /// A number of `/proc/PID/stat`, counted from the state letter on.
    private static func number(_ index: Int, of pid: CInt) -> CInt? {
        guard let text = contents(of: "/proc/\(pid)/stat"),
            let end = text.lastIndex(of: UInt8(ascii: ")"))
        else { return nil }
        let fields = text[(end + 1)...].split(separator: UInt8(ascii: " "))
        return fields.count > index ? CInt(String(decoding: fields[index], as: UTF8.self)) : nil
    }

    private static func readLink(_ path: String) -> [UInt8]? {
        var target = [UInt8](repeating: 0, count: 64)
        let length = unsafe target.withUnsafeMutableBytes { buffer in
            unsafe Path(path).withCString {
                unsafe linux_read_link($0, buffer.baseAddress, buffer.count)
            }
        }
        return length < 0 ? nil : [UInt8](target.prefix(length))
    }

    /// The kernel's release, such as `6.1.0-18-amd64`.
    package static func kernelRelease() -> String {
        let text = contents(of: "/proc/sys/kernel/osrelease") ?? []
        return String(decoding: text.filter { $0 > 32 }, as: UTF8.self)
    }

    /// A text that names the boot and the network namespace of this process: two are equal only on
    /// the same network stack.
    ///
    /// - Returns: An empty text if the boot is hidden (`subset=pid` of `proc(5)`), because
    ///   namespaces have the same numbers on many hosts.
    package static func networkIdentity() -> String {
        let boot = contents(of: "/proc/sys/kernel/random/boot_id") ?? []
        let text = String(decoding: boot.filter { $0 > 32 }, as: UTF8.self)
        guard !text.isEmpty else { return "" }
        let namespace = unsafe Path("/proc/self/ns/net").withCString {
            unsafe linux_inode_of_path($0)
        }
        return "\(text)/\(namespace)"
    }
}
