import CConfinement
import Glibc
import LinuxSystem
import Testing

@Suite(
    .enabled(if: hasRings, withoutRings),
    .enabled(if: confine_is_possible() != 0, "this kernel has no seccomp filters"))
struct RingAvailabilityTests {
    @Test(arguments: [EPERM, EACCES, ENOSYS, ENOMEM, EMFILE])
    func `a ring that cannot be made is unavailable for that reason`(error: CInt) async {
        await #expect(processExitsWith: .success) { [error] in
            try forbid(confine_ring_setup, error)
            #expect(RingAvailability.here() == .unavailable(Errno(error)))
            #expect(throws: Errno(error)) { _ = try Ring.small() }
        }
    }

    @Test func `a ring that may be made and not used is unavailable`() async {
        await #expect(processExitsWith: .success) {
            try forbid(confine_ring_enter, EPERM)
            #expect(RingAvailability.here() == .unavailable(.notPermitted))
        }
    }

    @Test func `a kernel that cannot tell what its rings do has too old ones`() async {
        await #expect(processExitsWith: .success) {
            try forbid(confine_ring_register, EINVAL)
            #expect(RingAvailability.here() == .unavailable(.notImplemented))
            let ring = try Ring.small()
            #expect(!ring.supports(.splice))
        }
    }

    @Test func `each reason has its sentence, and those that can be cured a hint`() {
        #expect(RingAvailability.available.sentence == nil)
        #expect(RingAvailability.available.hint == nil)
        let curable: [Errno] = [.notPermitted, .accessDenied, .notImplemented, .outOfMemory]
        for error in curable {
            #expect(RingAvailability.unavailable(error).sentence != nil)
            #expect(RingAvailability.unavailable(error).hint != nil)
        }
        let other = RingAvailability.unavailable(Errno(EMFILE))
        #expect(other.sentence == "io_uring cannot be used (Too many open files)")
        #expect(other.hint == nil)
    }

    @Test(arguments: [EAGAIN, EBUSY])
    func `what the kernel cannot take now stays queued`(error: CInt) async {
        await #expect(processExitsWith: .success) { [error] in
            let ring = try Ring.small()
            try forbid(confine_ring_enter, error)
            #expect(ring.read(from: 0, into: 0, offset: nil, tag: 1))
            try ring.submit()
            #expect((ring.unsubmittedCount, ring.inFlightCount) == (1, 1))
            ring.close()
            #expect(ring.inFlightCount == 1)
        }
    }

    @Test func `a kernel that refuses operations is an error`() async {
        await #expect(processExitsWith: .success) {
            let ring = try Ring.small()
            try forbid(confine_ring_enter, EPERM)
            #expect(ring.read(from: 0, into: 0, offset: nil, tag: 1))
            #expect(throws: Errno.notPermitted) { try ring.submit() }
        }
    }

    @Test func `blocks beyond the limit of locked memory work, unregistered`() async {
        await #expect(processExitsWith: .success) {
            guard confine_locked_memory(65536) == 0 else { throw Errno.current }
            let ring = try Ring(entries: 4, blockCount: 2, blockSize: 1 << 20)
            #expect(ring.registrationError == .outOfMemory)
            #expect(!ring.isRegistered)
            try ring.fill(1, [1, 2, 3])
            let pipe = try Pipe()
            let writer = pipe.writer.borrowed
            let isQueued = ring.write(to: writer, from: 1, range: 1..<3, offset: nil, tag: 1)
            #expect(try ring.run(isQueued) == 2)
            #expect(try pipe.reader.borrowed.read(byteCount: 9) == [2, 3])
        }
    }

    // Without that right the limit counts what all other tests have locked, too.
    @Test(.enabled(if: mayLockMemory(), "needs the right to lock memory, CAP_IPC_LOCK"))
    func `blocks within the limit of locked memory are registered`() async {
        await #expect(processExitsWith: .success) {
            guard confine_locked_memory(65536) == 0 else { throw Errno.current }
            let ring = try Ring(entries: 4, blockCount: 2, blockSize: 4096)
            #expect(ring.isRegistered)
        }
    }
}

/// Whether the limit of locked memory does not count for us.
private func mayLockMemory() -> Bool {
    let text = Proc.contents(of: "/proc/self/status", limit: 1 << 16) ?? []
    let status = String(decoding: text, as: UTF8.self)
    let right = status.firstMatch(of: /CapEff:\s*([0-9a-f]+)/).flatMap { UInt64($0.1, radix: 16) }
    return (right ?? 0) & 1 << 14 != 0
}
