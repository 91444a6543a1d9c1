import LinuxSystem

/// Lets bytes gather at a source before a pump in full flow takes them.
///
/// A link that is slower than this host hands its bytes over in small pieces, and to wake up for
/// each costs more than to move it. So while pieces come one after the other the pump rests for up
/// to 4 ms, as long as that brings more at once. Where it does not, as when two programs take turns,
/// it soon stops. And it rests for a sixteenth of the time at most for which bytes have come without
/// a pause: what is sent in bursts takes no more than that longer.
struct Gathering {
    /// Less than this at once is a message, for which somebody may wait.
    static var leastPiece: Int64 { 16 << 10 }
    /// What may gather: half of what a pipe of ours holds.
    static var room: Int64 { 512 << 10 }
    static var longest: Instant.Span { .milliseconds(4) }
    /// Without a byte for so long besides a rest, the flow has paused.
    private static var gap: Instant.Span { .milliseconds(2) }
    /// A shorter sleep is none: the kernel's timers are 50 µs late.
    private static var shortest: Instant.Span { Instant.Span(nanoseconds: 100_000) }
    /// How often to rest before another look at what comes without.
    private static var restsInARow: Int { 64 }
    private static var longestBreak: Int { 1024 }

    /// Until when the source is left alone.
    private(set) var until: Instant?
    private var lastMoved: Instant
    /// Since when bytes have come without a pause.
    private var flowsSince: Instant
    /// What came the last time without a rest.
    private var piece: Int64 = 0
    private var rests = 0
    /// How many pieces to take without a rest, and how many the next time that it brings nothing.
    private var pause = 0
    private var nextPause = 1

    init(_ now: Instant) { (lastMoved, flowsSince) = (now, now) }

    /// Takes account of what the pump has moved until it had to wait for the source.
    mutating func note(moved byteCount: Int64, _ now: Instant) {
        let span = now - lastMoved
        let rested = until.map { $0 - lastMoved }
        (lastMoved, until) = (now, nil)
        guard byteCount >= Gathering.leastPiece, span < (rested ?? .seconds(0)) + Gathering.gap
        else {
            flowsSince = now
            return
        }
        if rested != nil { judge(byteCount) } else { piece = byteCount }
        guard pause == 0 else {
            pause -= 1
            return
        }
        let filling = Instant.Span(nanoseconds: span.nanoseconds * Gathering.room / byteCount)
        let share = Instant.Span(nanoseconds: (now - flowsSince).nanoseconds / 16)
        let rest = min(filling, share, Gathering.longest)
        if rest >= Gathering.shortest { until = now + rest }
    }

    /// Nothing is to come, or the target takes no more.
    mutating func stop() { until = nil }

    private mutating func judge(_ byteCount: Int64) {
        rests += 1
        if byteCount < piece + piece / 2 {
            pause = nextPause
            nextPause = min(nextPause * 2, Gathering.longestBreak)
        } else {
            nextPause = 1
            if rests.isMultiple(of: Gathering.restsInARow) { pause = 1 }
        }
    }
}
