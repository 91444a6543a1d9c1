import Glibc
@_exported import KernelFixtures
import LinuxSystem

/// A way for bytes over the real kernel: from its writer to its reader.
struct Link: ~Copyable {
    enum Kind: String, CaseIterable { case pipe, pair, tcp }

    var writer: OwnedDescriptor
    var reader: OwnedDescriptor

    init(_ kind: Kind) throws {
        switch kind {
        case .pipe:
            let pipe = try Pipe()
            writer = pipe.writer
            reader = pipe.reader
        case .pair:
            let pair = try SocketPair(bufferSize: 65536)
            writer = pair.first
            reader = pair.second
        case .tcp:
            let listener = try Listener(on: .loopbackIPv4, ports: nil)
            let dialled = try TCP.socket(for: .loopbackIPv4)
            _ = try TCP.connect(dialled, to: listener.endpoint)
            _ = Link.becomesReady(listener.socket.borrowed, .reading)
            guard let accepted = try listener.accept() else { throw Errno.timedOut }
            _ = Link.becomesReady(dialled.borrowed, .writing)
            writer = dialled
            reader = accepted
        }
    }

    static func becomesReady(_ descriptor: Descriptor, _ interest: Readiness.Interest) -> Bool {
        (try? KernelFixtures.becomesReady(descriptor, interest)) ?? false
    }
}

/// Runs a test in which pipes break, without the signal that would end the whole process.
func withBrokenPipes<Result>(_ body: () throws -> Result) rethrows -> Result {
    var (broken, before) = (sigset_t(), sigset_t())
    unsafe sigemptyset(&broken)
    unsafe sigaddset(&broken, SIGPIPE)
    unsafe pthread_sigmask(SIG_BLOCK, &broken, &before)
    defer {
        var none = timespec()
        while unsafe sigtimedwait(&broken, nil, &none) > 0 {}
        unsafe pthread_sigmask(SIG_SETMASK, &before, nil)
    }
    return try body()
}

/// What a pipe holds (`F_GETPIPE_SZ`, which glibc shows to GNU sources only).
func pipeCapacity(_ pipe: Descriptor) -> CInt { fcntl(pipe.number, 1032) }
