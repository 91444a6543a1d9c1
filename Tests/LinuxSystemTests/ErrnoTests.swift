import CLinux
import Glibc
import LinuxSystem
import Testing

@Suite struct ErrnoTests {
    @Test func `the current error is the one of the last call that failed`() {
        #expect(linux_close(-1) == -1)
        #expect(Errno.current == Errno(EBADF))
    }

    @Test(
        arguments: [
            (Errno.interrupted, EINTR), (.wouldBlock, EAGAIN), (.notFound, ENOENT),
            (.notPermitted, EPERM), (Errno(ESRCH), ESRCH), (.accessDenied, EACCES),
            (.busy, EBUSY), (.brokenPipe, EPIPE), (.notSupported, EOPNOTSUPP),
            (.invalid, EINVAL), (.inProgress, EINPROGRESS), (.addressInUse, EADDRINUSE),
            (.timedOut, ETIMEDOUT), (.connectionRefused, ECONNREFUSED),
            (.connectionReset, ECONNRESET), (.tooManyWords, E2BIG),
        ])
    func `each name stands for the kernel's number`(error: Errno, code: CInt) {
        #expect(error.code == code)
        #expect(!error.sentence.isEmpty)
    }

    @Test func `the sentence is the C library's`() {
        #expect(Errno.connectionRefused.sentence == "Connection refused")
        #expect(Errno(EADDRINUSE).sentence == "Address already in use")
    }

    @Test func `a number that means nothing still has a sentence`() {
        #expect(Errno(9999).sentence == "Unknown error 9999")
    }
}

@Suite struct InstantTests {
    @Test func `the clock never goes back`() {
        var last = Instant.now
        for _ in 0..<10_000 {
            let now = Instant.now
            #expect(now >= last)
            last = now
        }
    }

    @Test func `the clock is the one that no change of the date touches`() {
        let before = monotonicNanoseconds()
        let now = Instant.now
        #expect((before...monotonicNanoseconds()).contains(now.nanoseconds))
    }

    private func monotonicNanoseconds() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    @Test func `a span is what lies between two instants`() {
        let start = Instant(nanoseconds: 5_000_000_000)
        let end = start + .milliseconds(1_500)
        #expect(end.nanoseconds == 6_500_000_000)
        #expect(end - start == .milliseconds(1_500))
        #expect((start - end).milliseconds == -1_500)
        #expect(start < end)
    }

    @Test func `units agree with each other`() {
        #expect(Instant.Span.seconds(3) == .milliseconds(3_000))
        #expect(Instant.Span.seconds(1) + .milliseconds(1) == .milliseconds(1_001))
        #expect(Instant.Span.milliseconds(1_999).seconds == 1)
        #expect(Instant.Span.milliseconds(999) < .seconds(1))
    }

    @Test func `the longest span an option can ask for does not overflow`() {
        let span = Instant.Span.seconds(1_000_000_000)
        #expect((Instant.now + span) - .now > .seconds(999_999_999))
    }
}
