import LinuxSystem

/// Who may still have the socket or pipe of a flow.
package struct HolderWatch {
    package typealias Reach = HolderLook<HostProcesses>.Reach

    /// Somebody who keeps a flow open after its command ended.
    package enum Late: Equatable, Sendable {
        case holder(CInt)
        /// We may not look into it, so it may hold the flow.
        case unseen(CInt)
        /// The kernel alone sees it.
        case hidden

        package func sentence(_ what: String) -> String {
            switch self {
            case .holder(let pid): "waiting for process \(pid), which still holds \(what)"
            case .unseen(let pid):
                "waiting for a process that still holds \(what), perhaps process \(pid), which "
                    + "socketpipe may not inspect; with --relay it need not"
            case .hidden:
                "waiting for a process that still holds \(what), but no process shows it"
            }
        }
    }

    /// A holder is worth a word when its command ended so long ago.
    private static let patience = Instant.Span.seconds(2)
    /// If we may not look into a process for so long, that is no passing state.
    private static let unseenPatience = Instant.Span.milliseconds(200)
    /// A look takes at most this part of a processor's time. On a busy host it lasts much longer than
    /// that, which is no reason to rest.
    private static let restPerLook: Int64 = 10

    private let file: Proc.OpenFile
    /// A process of ours that has it open and is not meant.
    private var spared: CInt?
    /// Whether the commands beside have it as well, for the other direction.
    private let isShared: Bool
    private var holder: CInt?
    private var restUntil: Instant?
    /// Since when nobody is seen to have it, and some may not be looked into.
    private var unseenSince: Instant?
    private var unseen: CInt?
    private var since: Instant?
    private var hasTold = false
    private var late: Late?

    package init(_ file: Proc.OpenFile, sparing spared: CInt? = nil, isShared: Bool = false) {
        self.file = file
        self.isShared = isShared
        self.spared = spared
    }

    package mutating func spare(_ process: CInt?) {
        spared = process
    }

    /// Whether anybody may have it.
    ///
    /// - Parameters:
    ///   - strangers: Commands that never got it; a descendant that we may not look into does not
    ///     count.
    ///   - hasEnded: Whether the command it was given to has ended.
    ///   - reach: Among which processes to look.
    package mutating func isHeld(
        besides strangers: [CInt], _ hasEnded: Bool, _ now: Instant,
        among reach: Reach = .everybody
    ) -> Bool {
        // Most often it is the same as before, and that is quickly seen.
        if let holder, HostProcesses().sight(of: holder, file, inFlight: false) == .holds {
            return stillHeld(hasEnded ? .holder(holder) : nil, now)
        }
        if let restUntil, now < restUntil { return true }
        let spent = Instant.Span.ofProcessor
        var look = HolderLook(
            HostProcesses(), file, besides: strangers, mayHold: isShared, spared: spared)
        let finding = look.find(among: reach)
        restUntil = now + (.ofProcessor - spent) * HolderWatch.restPerLook
        return judge(finding, hasEnded, now)
    }

    /// Whether anybody may have it, by what a look found.
    mutating func judge(
        _ finding: HolderLook<HostProcesses>.Finding, _ hasEnded: Bool, _ now: Instant
    ) -> Bool {
        holder = nil
        switch finding {
        case .unseen(let processes):
            unseenSince = unseenSince ?? now
            unseen = processes.first
        // Where processes come and go all the time no look may ever say more.
        case .unsettled: unseenSince = unseenSince ?? now
        case .nobody, .held: unseenSince = nil
        }
        switch finding {
        case .nobody: return false
        case .unsettled: return true
        case .held(let process):
            holder = process
            return stillHeld(hasEnded ? .holder(process) : nil, now)
        case .unseen:
            if hasEnded { noteUnseen(now) }
            return true
        }
    }

    /// Whether for a while nobody was seen to have it, and some may not be looked into.
    package func hasOnlyUnseen(_ now: Instant) -> Bool {
        unseenSince.map { now - $0 >= HolderWatch.unseenPatience } ?? false
    }

    /// A process that no look shows still has it.
    package mutating func noteUnseen(_ now: Instant) {
        _ = stillHeld(unseen.map { .unseen($0) } ?? .hidden, now)
    }

    /// What to tell about, once.
    package mutating func takeLate() -> Late? {
        late.take()
    }

    /// Ends our descendants that have it.
    package func endHolders(by signal: CInt = Signal.kill) {
        for process in Proc.descendants() where process != spared {
            Process.signal(process, signal) { Proc.sight(of: process, file) == .holds }
        }
    }

    private mutating func stillHeld(_ kept: Late?, _ now: Instant) -> Bool {
        guard let kept, !hasTold else { return true }
        if let since, now - since > HolderWatch.patience {
            hasTold = true
            late = kept
        }
        since = since ?? now
        return true
    }
}
