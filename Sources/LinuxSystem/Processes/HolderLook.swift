/// The result of one look at a process for a file.
package enum Sight: Equatable, Sendable {
    /// Nothing of the process will run any more.
    case gone
    /// It does not have the file.
    case free
    /// We may not inspect it.
    case unseen
    /// This look was inconclusive.
    case unsettled
    case holds
}

/// The processes of this host, as far as we may inspect them; tests script it.
package protocol ProcessTable {
    var own: CInt { get }
    /// The processes, rising: at least every one that lives throughout the call; `nil` if the list
    /// cannot be read.
    func all() -> [CInt]?
    /// Our descendants, hidden ones too; `nil` if some vanished during the listing.
    func descendants(besides excluded: [CInt]) -> [CInt]?
    /// The process number that the kernel assigned last; `nil` if the kernel does not say.
    func lastGiven() -> CInt?
    /// Whether a process has the file.
    ///
    /// - Parameter inFlight: Whether descriptors under way in its Unix sockets count as well.
    func sight(of process: CInt, _ file: Proc.OpenFile, inFlight: Bool) -> Sight
    /// A process's parent; `nil` if the process is gone.
    func parent(of process: CInt) -> CInt?
}

/// One look for processes that may have a file open: first at our descendants, then at all.
///
/// It says `nobody` only of a moment in which it had looked at every living process and none had
/// the file. So it follows a holder that forks and ends in the middle of the look: the child
/// existed when the look began, or has a number that the kernel assigned since.
package struct HolderLook<Table: ProcessTable> {
    package enum Finding: Equatable, Sendable {
        case nobody
        case held(by: CInt)
        /// No process that we can see; but we may not inspect these descendants.
        case unseen([CInt])
        /// Too many processes came and went.
        case unsettled
    }

    /// It does not follow more new processes than this during a look.
    private static var maximumChase: CInt { 4096 }
    /// This many of the last numbers may belong to processes that do not show yet: fork(2) assigns
    /// the number first.
    private static var unbornCount: CInt { 64 }

    /// The processes to look at.
    package enum Reach: Sendable {
        /// Our descendants: those we could end.
        case ours
        case everybody
    }

    private let table: Table
    private let file: Proc.OpenFile
    /// Processes of ours to leave out, with all their descendants.
    private let excluded: [CInt]
    /// Whether these may have the file, for another purpose.
    private let excludedMayHold: Bool
    /// One process of ours that may have the file.
    private let spared: CInt?
    private var family: [CInt] = []
    private var unseen: [CInt] = []
    private var verdict: Finding?

    /// - Parameters:
    ///   - excluded: Processes of ours to leave out, with all their descendants.
    ///   - mayHold: Whether those may have the file, for another purpose.
    ///   - spared: One process of ours that may have the file.
    package init(
        _ table: Table, _ file: Proc.OpenFile, besides excluded: [CInt], mayHold: Bool = false,
        spared: CInt?
    ) {
        self.table = table
        self.file = file
        self.excluded = excluded
        excludedMayHold = mayHold
        self.spared = spared
    }

    /// Looks once, at our descendants or at all processes.
    package mutating func find(among reach: Reach = .everybody) -> Finding {
        guard let family = table.descendants(besides: excluded + (spared.map { [$0] } ?? []))
        else { return .unsettled }
        self.family = family.sorted()
        look(at: family)
        if verdict == nil, reach == .everybody { lookAtAll() }
        if let verdict { return verdict }
        return unseen.isEmpty ? .nobody : .unseen(unseen)
    }

    private mutating func lookAtAll() {
        let last = table.lastGiven()
        guard let all = table.all() else { return giveUp() }
        look(at: all)
        if let last { follow(from: last) } else { followLists(from: all) }
    }

    /// Looks at every process that has started since, until none has. Rising, so that it looks at a
    /// process that waits in fork(2) before its child.
    private mutating func follow(from first: CInt) {
        var last = first
        look(at: Array(max(1, first - Self.unbornCount)...max(1, first)))
        for _ in 0..<64 where verdict == nil {
            guard let now = table.lastGiven(), now >= last, now - last < Self.maximumChase else {
                return giveUp()
            }
            if now == last { return }
            look(at: Array(last + 1...now))
            last = now
        }
        if verdict == nil { giveUp() }
    }

    /// The same if only whole lists show which processes are new.
    private mutating func followLists(from first: [CInt]) {
        var seen = first
        for _ in 0..<64 where verdict == nil {
            guard let now = table.all() else { return giveUp() }
            let new = now.filter { !contains(seen, $0) }
            if new.isEmpty { return }
            look(at: new)
            seen = (seen + new).sorted()
        }
        if verdict == nil { giveUp() }
    }

    private mutating func giveUp() { verdict = .unsettled }

    private mutating func look(at processes: [CInt]) {
        for process in processes where verdict == nil && process != table.own && process != spared {
            let isOurs = contains(family, process)
            switch table.sight(of: process, file, inFlight: isOurs) {
            case .gone, .free: break
            case .holds where excludedMayHold && isExcluded(process): break
            case .holds: verdict = .held(by: process)
            case .unsettled: verdict = .unsettled
            case .unseen where excluded.contains(process): break
            case .unseen where isOurs || descendsFromUs(process):
                if !unseen.contains(process) { unseen.append(process) }
            // A stranger that we may not inspect stays unknown: the manual, BUGS.
            case .unseen: break
            }
        }
    }

    private func isExcluded(_ process: CInt) -> Bool {
        var process: CInt? = process
        for _ in 0..<1024 {
            guard let one = process, one > 1 else { return false }
            if excluded.contains(one) { return true }
            process = table.parent(of: one)
        }
        return false
    }

    /// Whether it lives, and descends from us as far as `/proc` shows.
    private func descendsFromUs(_ process: CInt) -> Bool {
        for _ in 0..<16 {
            if let isBelowUs = isBelowUs(process) { return isBelowUs }
        }
        return true
    }

    /// - Returns: `nil` if an ancestor ended meanwhile, so that it has another by now.
    private func isBelowUs(_ process: CInt) -> Bool? {
        // If it is gone, the look has seen its children, or will. On a host with many short-lived
        // processes, some stranger vanishes in every look.
        guard var ancestor = table.parent(of: process) else { return false }
        for _ in 0..<1024 {
            if ancestor == table.own { return true }
            if ancestor <= 1 || ancestor == spared || excluded.contains(ancestor) { return false }
            guard let parent = table.parent(of: ancestor) else { return nil }
            ancestor = parent
        }
        return true
    }

    /// Whether a rising list contains it.
    private func contains(_ processes: [CInt], _ process: CInt) -> Bool {
        var low = 0
        var high = processes.count
        while low < high {
            let middle = (low + high) / 2
            if processes[middle] < process { low = middle + 1 } else { high = middle }
        }
        return low < processes.count && processes[low] == process
    }
}
