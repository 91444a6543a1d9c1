import Glibc

/// Nanoseconds of the monotonic clock, which all processes of this machine share.
func monotonicNanoseconds() -> Int64 {
    var now = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &now)
    return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
}

extension Int64 {
    /// These nanoseconds in seconds.
    var seconds: Double { Double(self) / 1e9 }
}
