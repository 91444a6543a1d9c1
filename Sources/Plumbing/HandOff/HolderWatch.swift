import LinuxSystem

/// Who of our descendants may still have the socket or pipe of a flow.
package struct HolderWatch {
    /// A holder is worth a word when its command ended so long ago.
    private static let patience = Instant.Span.seconds(2)

    private let file: Proc.OpenFile
    /// A process of ours that has it open and is not meant.
    private var spared: CInt?
    private var since: Instant?
    private var hasTold = false
    private var late: CInt?

    package init(_ file: Proc.OpenFile, sparing spared: CInt? = nil) {
        self.file = file
        self.spared = spared
    }

    package mutating func spare(_ process: CInt?) {
        spared = process
    }

    /// Whether anybody may have it. Only two whole looks at the same processes, none of which has
    /// it, say no: a process may pass it to a child and end while we look.
    ///
    /// - Parameters:
    ///   - strangers: Commands that never got it; what descends from them is not looked at.
    ///   - hasEnded: Whether the command it was given to has ended.
    package mutating func isHeld(
        besides strangers: [CInt], _ hasEnded: Bool, _ now: Instant
    ) -> Bool {
        guard let before = scan(besides: strangers, hasEnded, now),
            let after = scan(besides: strangers, hasEnded, now)
        else { return true }
        return before != after
    }

    /// The process to tell about, once: it kept the flow open after its command ended.
    package mutating func takeLate() -> CInt? {
        late.take()
    }

    /// Ends whoever has it.
    package func endHolders(by signal: CInt = Signal.kill) {
        for process in Proc.descendants() where process != spared && Proc.holds(process, file) {
            Process.signal(process, signal)
        }
    }

    /// The processes looked at, when none of them has the socket and none vanished.
    private mutating func scan(
        besides strangers: [CInt], _ hasEnded: Bool, _ now: Instant
    ) -> [CInt]? {
        guard
            let processes = Proc.stableDescendants(besides: strangers + (spared.map { [$0] } ?? []))
        else { return nil }
        guard let holder = processes.first(where: { Proc.holds($0, file) }) else {
            return processes
        }
        if hasEnded { note(holder, now) }
        return nil
    }

    private mutating func note(_ holder: CInt, _ now: Instant) {
        guard let since else {
            since = now
            return
        }
        guard !hasTold, now - since > HolderWatch.patience else { return }
        hasTold = true
        late = holder
    }
}
