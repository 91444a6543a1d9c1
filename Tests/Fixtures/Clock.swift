import Glibc

/// Nanoseconds of the monotonic clock, which all processes of this machine share.
package func monotonicNanoseconds() -> Int64 {
    var now = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &now)
    return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
}

extension Int64 {
    /// These nanoseconds in seconds.
    package var seconds: Double { Double(self) / 1e9 }
}

/// Asks again and again until the condition holds or the time is over.
package func eventually(
    within limit: Duration = .seconds(15), _ condition: () async throws -> Bool
) async throws -> Bool {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else { return false }
        try await Task.sleep(for: .milliseconds(10))
    }
    return true
}

/// Asks like that on a thread of its own; throws if a signal tells us to stop.
package func happens(within seconds: Int64 = 15, _ condition: () throws -> Bool) throws -> Bool {
    let deadline = monotonicNanoseconds() + seconds * 1_000_000_000
    while try !condition() {
        guard monotonicNanoseconds() < deadline else { return false }
        try Signals.wait(nanoseconds: 5_000_000)
    }
    return true
}
