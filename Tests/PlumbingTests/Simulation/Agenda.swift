import LinuxSystem

/// What is still to happen in a simulated world, in the order of its own clock and never of ours.
final class Agenda {
    private(set) var now = Instant(nanoseconds: 1_000_000_000)
    private var entries: [(moment: Instant, number: Int, action: () -> Void)] = []
    private var count = 0
    var random: SeededGenerator

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    /// Does something after a while that only chance knows, at most so many milliseconds.
    func soon(within milliseconds: Int, _ action: @escaping () -> Void) {
        after(.milliseconds(Int64(random.below(milliseconds + 1))), action)
    }

    func after(_ span: Instant.Span, _ action: @escaping () -> Void) {
        at(now + span, action)
    }

    func at(_ moment: Instant, _ action: @escaping () -> Void) {
        entries.append((max(moment, now), count, action))
        count += 1
    }

    /// Lets go of all that would still have happened, and of whom it would have happened to.
    func forget() { entries = [] }

    /// Goes on to what comes next, or to the moment if that is earlier.
    func advance(to moment: Instant) {
        guard
            let index = entries.indices.min(by: {
                (entries[$0].moment, entries[$0].number) < (entries[$1].moment, entries[$1].number)
            }), entries[index].moment <= moment
        else {
            now = max(now, moment)
            return
        }
        let entry = entries.remove(at: index)
        now = entry.moment
        entry.action()
    }
}
