import Glibc
import LinuxSystem
import Testing

import class Foundation.Thread

@Suite struct PipeTests {
    @Test func `both ends of a pipe are close-on-exec and blocking`() throws {
        let pipe = try Pipe()
        for descriptor in [pipe.reader.borrowed, pipe.writer.borrowed] {
            #expect(isCloseOnExec(descriptor))
            #expect(!isNonblocking(descriptor))
        }
    }

    @Test func `a pipe carries bytes from its writer to its reader`() throws {
        let pipe = try Pipe()
        try pipe.writer.borrowed.writeAll([0, 255, 10])
        #expect(try pipe.reader.borrowed.read(byteCount: 9) == [0, 255, 10])
    }

    @Test func `the ends of a pipe can be given away singly`() throws {
        func takeReader(of pipe: consuming Pipe) -> OwnedDescriptor { pipe.reader }
        let reader = takeReader(of: try Pipe())
        #expect(try reader.borrowed.read(byteCount: 1) == [], "its writer was closed")
    }
}

@Suite struct ReadinessTests {
    @Test func `an empty pipe can be written and not read`() throws {
        let pipe = try Pipe()
        #expect(!Readiness.now(of: pipe.reader.borrowed, .reading).isReady)
        #expect(Readiness.now(of: pipe.writer.borrowed, .writing).isReady)
    }

    @Test func `each descriptor tells of itself, and one that was not watched of nothing`() throws {
        let empty = try Pipe()
        let full = try Pipe()
        try full.writer.borrowed.writeAll([1])
        var readiness = Readiness()
        readiness.watch(empty.reader.borrowed, .reading)
        readiness.watch(full.reader.borrowed, .reading)
        try readiness.wait(until: nil)
        #expect(!readiness[empty.reader.borrowed].isReady)
        #expect(readiness[full.reader.borrowed].isReady)
        #expect(!readiness[full.writer.borrowed].isReady)
    }

    @Test func `a writer that went is a hang-up, whatever was waited for`() throws {
        let pipe = try Pipe()
        func closeWriter(of pipe: consuming Pipe) -> OwnedDescriptor { pipe.reader }
        let reader = closeWriter(of: pipe)
        let seen = Readiness.now(of: reader.borrowed, .errorsOnly)
        #expect(seen.isReady)
        #expect(!seen.hasError)
    }

    @Test func `a reader that went is an error, whatever was waited for`() throws {
        func closeReader(of pipe: consuming Pipe) -> OwnedDescriptor { pipe.writer }
        let writer = closeReader(of: try Pipe())
        let seen = Readiness.now(of: writer.borrowed, .errorsOnly)
        #expect(seen.hasError)
    }

    @Test func `waiting ends when its moment has passed`() throws {
        let pipe = try Pipe()
        var readiness = Readiness()
        readiness.watch(pipe.reader.borrowed, .reading)
        let moment = Instant.now + .milliseconds(20)
        try readiness.wait(until: moment)
        #expect(Instant.now >= moment)
        #expect(!readiness[pipe.reader.borrowed].isReady)
    }

    @Test func `a moment in the past does not wait`() throws {
        var readiness = Readiness()
        let start = Instant.now
        try readiness.wait(until: Instant(nanoseconds: 0))
        try readiness.wait(until: Instant(nanoseconds: .min / 2))
        #expect(Instant.now - start < .seconds(1))
    }

    @Test func `a signal ends a wait and is no error`() async {
        await #expect(processExitsWith: .success) {
            // A handler that does nothing, called in the thread that waits.
            _ = signal(SIGALRM) { _ in }
            var mask = sigset_t()
            unsafe sigemptyset(&mask)
            unsafe sigaddset(&mask, SIGALRM)
            _ = unsafe pthread_sigmask(SIG_UNBLOCK, &mask, nil)
            let thread = pthread_self()
            // Again and again: the first may come before the wait begins.
            Thread.detachNewThread {
                while pthread_kill(thread, SIGALRM) == 0 { _ = poll(nil, 0, 1) }
            }
            let pipe = try Pipe()
            var readiness = Readiness()
            let reader = pipe.reader.borrowed
            readiness.watch(reader, .reading)
            let end = Instant.now + .seconds(60)
            try readiness.wait(until: end)
            #expect(Instant.now < end)
            #expect(!readiness[reader].isReady)
        }
    }

    @Test func `a descriptor that is not open is ready, to be told of the error`() {
        #expect(Readiness.now(of: Descriptor(number: 1 << 20), .reading).isReady)
    }
}
