/// Notes how much has come, no oftener than once a period.
struct Sampler {
    let period: Int64
    private(set) var samples: [Sample] = []
    private var start: Int64?
    private var latest: Int64 = 0

    init(period: Int64) {
        self.period = period
    }

    mutating func add(_ byteCount: Int) {
        let now = monotonicNanoseconds()
        let start = start ?? now
        self.start = start
        guard now - latest >= period else { return }
        latest = now
        samples.append(Sample(seconds: (now - start).seconds, byteCount: byteCount))
    }
}
