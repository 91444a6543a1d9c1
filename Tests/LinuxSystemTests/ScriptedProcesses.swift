import LinuxSystem

/// Processes that fork, end, close and hide at random while somebody looks at them.
final class ScriptedProcesses: ProcessTable {
    struct Member {
        var pid: CInt
        var parent: CInt
        var holds = false
        var isHidden = false
        /// Whether it ends as soon as somebody has tried to look into it.
        var endsUnseen = false
        /// Who waits for it in fork(2): its number is given, but nobody sees it yet.
        var forker: CInt?
        var isBeingBorn: Bool { forker != nil }
    }

    enum Kind { case free, chain, still }

    let own: CInt = 2
    /// What `lastGiven` answers, in turn, before it tells the truth.
    var given: [CInt] = []
    private var members: [Member]
    private var next: CInt = 100
    private let tellsLast: Bool
    private let kind: Kind
    private var state: UInt64

    init(still members: [Member]) {
        self.members = members
        tellsLast = true
        kind = .still
        state = 1
    }

    init(seed: UInt64, tellsLast: Bool, kind: Kind = .free) {
        self.tellsLast = tellsLast
        self.kind = kind
        state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        members = [
            Member(pid: 3, parent: kind == .chain ? 1 : 2, holds: true), Member(pid: 4, parent: 1),
        ]
        for _ in 0..<random(8) { pass() }
    }

    /// Who holds it and could be known to: not hidden strangers.
    var visibleHolders: [CInt] {
        members.filter { $0.holds && !($0.isHidden && !descends($0.pid)) }.map { $0.pid }
    }

    // MARK: What is looked at

    func all() -> [CInt]? {
        var found: [CInt] = []
        while let pid = members.filter({ !$0.isBeingBorn }).map({ $0.pid })
            .filter({ $0 > found.last ?? 0 }).min()
        {
            found.append(pid)
            pass()
        }
        return found
    }

    func descendants(besides excluded: [CInt]) -> [CInt]? {
        var found: [CInt] = []
        var parents = [own]
        while let parent = parents.popLast() {
            pass()
            if parent != own, !members.contains(where: { $0.pid == parent }) { return nil }
            let children = members.filter { $0.parent == parent && !$0.isBeingBorn }
                .map { $0.pid }.filter { !excluded.contains($0) }
            found += children
            parents += children
        }
        return found
    }

    func lastGiven() -> CInt? {
        pass()
        if !given.isEmpty { return given.removeFirst() }
        return tellsLast ? next - 1 : nil
    }

    func sight(of process: CInt, _ file: Proc.OpenFile, inFlight: Bool) -> Sight {
        pass()
        guard let one = members.first(where: { $0.pid == process && !$0.isBeingBorn }) else {
            return .gone
        }
        if one.endsUnseen { members.removeAll { $0.pid == process } }
        return one.isHidden ? .unseen : one.holds ? .holds : .free
    }

    func parent(of process: CInt) -> CInt? {
        pass()
        return members.first { $0.pid == process && !$0.isBeingBorn }?.parent
    }

    // MARK: What happens

    private func pass() {
        guard kind != .still else { return }
        for _ in 0..<random(3) {
            if kind == .chain { goOn() } else { happen() }
        }
    }

    /// The holder forks, and ends when its child is there; the last one stays.
    private func goOn() {
        guard next < 160, let index = members.firstIndex(where: { $0.holds }) else { return }
        guard let child = members.firstIndex(where: { $0.isBeingBorn }) else { return fork(index) }
        members[child].forker = nil
        end(index)
    }

    private func happen() {
        if let index = members.firstIndex(where: { $0.isBeingBorn }), random(2) == 0 {
            members[index].forker = nil
            return
        }
        let busy = members.compactMap { $0.forker }
        let idle = members.indices.filter {
            !members[$0].isBeingBorn && !busy.contains(members[$0].pid)
        }
        guard !idle.isEmpty else { return }
        let index = idle[random(idle.count)]
        switch random(12) {
        case 0, 1: if members.count < 12 { fork(index) }
        case 2: if random(3) == 0 { members[index].isHidden = true }
        case 3, 8: members[index].holds = false
        default: if members.count > 1 || members[index].holds { end(index) }
        }
    }

    private func fork(_ index: Int) {
        var child = members[index]
        child.pid = next
        // Who enters another namespace of processes becomes a child of its first one.
        child.parent = random(5) == 0 && kind == .free ? 1 : members[index].pid
        child.forker = members[index].pid
        next += 1
        members.append(child)
    }

    private func end(_ index: Int) {
        let pid = members[index].pid
        let heir: CInt = descends(pid) ? own : 1
        members.remove(at: index)
        for other in members.indices where members[other].parent == pid {
            members[other].parent = heir
        }
    }

    private func descends(_ pid: CInt) -> Bool {
        var pid = pid
        while pid > 2, let one = members.first(where: { $0.pid == pid }) { pid = one.parent }
        return pid == own
    }

    private func random(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % bound
    }
}
