/// A tape drive as arithmetic: what it takes at which moment, and when it has to stop.
///
/// It writes from its buffer at the speed at which it is fed, within its limits. Dry, it stops, winds
/// back and stands ready again some seconds later. It sets out with a quarter of its buffer, so that
/// a second record that is a little late stops nothing.
struct Drive {
    /// That it set out or stopped.
    struct Change {
        /// Seconds after the first look at it.
        let time: Double
        let isStreaming: Bool
    }

    struct Model {
        var bufferSize = 1_000_000.0
        /// Bytes a second.
        var slowest = 10_000_000.0
        var fastest = 30_000_000.0
        /// Seconds that a stop costs.
        var backHitch = 0.2
        var capacity = Double.infinity
    }

    let model: Model
    private(set) var stops = 0
    private(set) var secondsStopped = 0.0
    private(set) var total = 0.0
    private(set) var changes: [Change] = []
    private var fill = 0.0
    private var speed: Double
    private var isStreaming = false
    private var stoppedAt: Double?
    private var last = 0.0
    private var lastFed: Double?
    private var fedRate: Double

    init(_ model: Model) {
        self.model = model
        speed = model.slowest
        fedRate = model.slowest
    }

    private var isReady: Bool { fill >= model.bufferSize / 4 }

    var isFull: Bool { total > model.capacity }

    /// How many seconds to wait before the buffer has room for a record.
    func wait(for size: Double) -> Double {
        let over = fill + size - model.bufferSize
        guard over > 0 else { return 0 }
        let hitch = stoppedAt.map { max(0, $0 + model.backHitch - last) } ?? 0
        return hitch + over / speed
    }

    /// Writes what it could until now.
    mutating func advance(to now: Double) {
        defer { last = now }
        if let since = stoppedAt, isReady, now >= since + model.backHitch {
            secondsStopped += now - since
            setOut(at: now)
            return
        }
        guard isStreaming else { return }
        let written = speed * (now - last)
        if written > fill { stop(at: last + fill / speed) }
        fill = max(0, fill - written)
    }

    private mutating func setOut(at now: Double) {
        stoppedAt = nil
        isStreaming = true
        changes.append(Change(time: now, isStreaming: true))
    }

    private mutating func stop(at time: Double) {
        stops += 1
        isStreaming = false
        stoppedAt = time
        changes.append(Change(time: time, isStreaming: false))
    }

    mutating func feed(_ size: Double, at now: Double) {
        if let lastFed {
            fedRate = 0.9 * fedRate + 0.1 * size / max(1e-6, now - lastFed)
            speed = min(max(fedRate, model.slowest), model.fastest)
        }
        lastFed = now
        fill += size
        total += size
        if stoppedAt == nil, !isStreaming, isReady { setOut(at: now) }
    }
}
