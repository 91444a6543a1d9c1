/// What one look at a process finds of a file.
package enum Sight: Equatable, Sendable {
    /// Nothing of the process will run any more.
    case gone
    /// It has not got the file.
    case free
    /// We may not look into it.
    case unseen
    /// This look says nothing.
    case unsettled
    case holds
}

/// The processes of this host, as far as they can be looked at; tests script it.
package protocol ProcessTable {
    var own: CInt { get }
    /// Every process that lives all the while is in it, rising; `nil` where it cannot be read.
    func all() -> [CInt]?
    /// Our descendants, hidden ones too; `nil` when some vanished while they were listed.
    func descendants(besides excluded: [CInt]) -> [CInt]?
    /// The process number that was given last; `nil` where the kernel does not tell.
    func lastGiven() -> CInt?
    /// - Parameter inFlight: Whether what is under way in a Unix socket of its counts as held.
    func sight(of process: CInt, _ file: Proc.OpenFile, inFlight: Bool) -> Sight
    /// A process's parent; `nil` when it is gone.
    func parent(of process: CInt) -> CInt?
}

/// One look for whoever may have a file open: first at our descendants, then at all processes.
///
/// It says `nobody` only of a moment in which every process that lived had been looked at and did
/// not have it, so a holder that forks and ends in the middle of the look is followed: whoever it
/// started was there when the look began, or has a number that was given since.
package struct HolderLook<Table: ProcessTable> {
    package enum Finding: Equatable, Sendable {
        case nobody
        case held(by: CInt)
        /// Nobody that we can see; of these descendants we may not ask.
        case unseen([CInt])
        /// Too much moved.
        case unsettled
    }

    /// More than so many new processes during a look are not followed.
    private static var maximumChase: CInt { 4096 }
    /// So many of the numbers given last may be of processes that nobody sees yet: fork(2) gives
    /// the number first.
    private static var unbornCount: CInt { 64 }

    /// Among whom to look.
    package enum Reach: Sendable {
        /// Our descendants: whom we could end.
        case ours
        case everybody
    }

    private let table: Table
    private let file: Proc.OpenFile
    /// Processes of ours that are not meant, with all that descends from them.
    private let excluded: [CInt]
    /// Whether those have the file on purpose, for something else.
    private let excludedMayHold: Bool
    /// One of ours that has the file on purpose.
    private let spared: CInt?
    private var family: [CInt] = []
    private var unseen: [CInt] = []
    private var verdict: Finding?

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

    /// Looks at every process that was started since, until none was. Rising, so that one that waits
    /// in fork(2) is looked at before its child.
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

    /// The same where only whole lists tell who is new.
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
            case .unseen where isOurs || descendsFromUs(process):
                if !unseen.contains(process) { unseen.append(process) }
            // Of a stranger whom we may not ask, nobody can know: the manual, BUGS.
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

    /// Whether it lives, and descends from us as far as anybody can tell.
    private func descendsFromUs(_ process: CInt) -> Bool {
        for _ in 0..<16 {
            if let isBelowUs = isBelowUs(process) { return isBelowUs }
        }
        return true
    }

    /// - Returns: `nil` when an ancestor ended meanwhile, so that it has another by now.
    private func isBelowUs(_ process: CInt) -> Bool? {
        // Gone by now, it is like any other that a look finds gone: what it started has been looked
        // at, or will be. Of others' processes one vanishes in every look where many are short-lived.
        guard var ancestor = table.parent(of: process) else { return false }
        for _ in 0..<1024 {
            if ancestor == table.own { return true }
            if ancestor <= 1 || ancestor == spared || excluded.contains(ancestor) { return false }
            guard let parent = table.parent(of: ancestor) else { return nil }
            ancestor = parent
        }
        return true
    }

    /// Whether a rising list has it.
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
