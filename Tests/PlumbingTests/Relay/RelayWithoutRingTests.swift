import CConfinement
import Glibc
import LinuxSystem
import Testing

@testable import Plumbing
@testable import Relaying

@Suite(.enabled(if: confine_is_possible() != 0, "this kernel has no seccomp filters"))
struct RelayWithoutRingTests {
    @Test(arguments: [EPERM, ENOSYS, ENOMEM])
    func `every byte is moved where io_uring is forbidden, and why is said`(error: CInt) async {
        await #expect(processExitsWith: .success) { [error] in
            guard confine_forbid(confine_ring_setup, error) == 0 else { throw Errno.current }
            for engine in [RelayEngine.ring, .ringSplice] {
                let content = SeededGenerator.content(1_000_000)
                let first = try Link(.tcp)
                let second = try Link(.pair)
                let scene = try RelayScene(
                    content, writer: first.writer, source: first.reader, target: second.writer,
                    reader: second.reader, .fromConnection, EngineChoice(engine))
                try scene.run()
                #expect(scene.got == content)
                #expect(scene.mover.choice.engine == (engine == .ring ? .copy : .splice))
                #expect(scene.mover.choice.reason?.contains("io_uring") == true)
                #expect(scene.mover.choice.cure != nil)
            }
        }
    }

    @Test(.enabled(if: RingAvailability.here() == .available, "io_uring cannot be used here"))
    func `what the kernel has no memory for is asked of it again`() async {
        await #expect(processExitsWith: .success) {
            let first = try Link(.pipe)
            let second = try Link(.tcp)
            var mover = Mover(
                from: first.reader.borrowed, to: second.writer.borrowed, .toConnection,
                ours: [second.writer.borrowed], EngineChoice(.ring))
            guard confine_forbid(confine_ring_enter, EAGAIN) == 0 else { throw Errno.current }
            mover.advance()
            #expect(mover.progress.isRunning)
            var readiness = Readiness()
            mover.watch(&readiness)
            try readiness.wait(until: .now + .seconds(5))
            let isDue = mover.isDue(readiness)
            #expect(isDue)
        }
    }
}
