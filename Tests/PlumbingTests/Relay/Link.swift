import Glibc
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
            let listener = try Listener(on: .loopbackIPv4, ports: nil, maximumSegment: nil)
            let dialled = try TCP.socket(for: .loopbackIPv4, maximumSegment: nil)
            _ = try TCP.connect(dialled, to: listener.endpoint)
            _ = Link.becomesReady(listener.socket.number, .reading)
            guard let accepted = try listener.accept() else { throw Errno.timedOut }
            _ = Link.becomesReady(dialled.number, .writing)
            writer = dialled
            reader = accepted
        }
    }

    static func becomesReady(_ number: CInt, _ interest: Readiness.Interest) -> Bool {
        var readiness = Readiness()
        readiness.watch(number, interest)
        try? readiness.wait(until: .now + .seconds(10))
        return readiness[number].isReady
    }
}

/// A file of its own for one test, gone with this value.
struct ScratchFile: ~Copyable {
    let path: String

    init(_ contents: [UInt8] = []) throws {
        var name = [CChar]("/tmp/socketpipe-test-XXXXXX".utf8CString)
        let file = OwnedDescriptor(owning: unsafe mkstemp(&name))
        path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        try Descriptor.writeAll(file.number, contents)
    }

    /// Opens it again.
    func open(_ flags: CInt) throws -> OwnedDescriptor { try ScratchFile.open(path, flags) }

    static func open(_ path: String, _ flags: CInt) throws -> OwnedDescriptor {
        let number = unsafe Glibc.open(path, flags)
        guard number >= 0 else { throw Errno.current }
        return OwnedDescriptor(owning: number)
    }

    var contents: [UInt8] { Proc.contents(of: path, limit: 1 << 26) ?? [] }

    deinit {
        _ = unsafe unlink(path)
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

func isNonblocking(_ number: CInt) -> Bool {
    fcntl(number, F_GETFL) & O_NONBLOCK != 0
}

/// What a pipe holds (`F_GETPIPE_SZ`, which glibc shows to GNU sources only).
func pipeCapacity(_ number: CInt) -> CInt { fcntl(number, 1032) }
