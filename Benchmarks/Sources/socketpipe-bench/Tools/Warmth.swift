import Fixtures
import Glibc

/// Uses so much memory for a moment, for processes and once more for pipes: `warm BYTES`.
///
/// The host of a virtual machine may take back memory that is free, and giving it again takes up to
/// two seconds for each GB, which whoever needs it first would pay. The kernel keeps the pages of
/// processes apart from its own, those of pipes and sockets.
struct Warmth {
    private static let pipeSize = 1 << 20
    /// F_SETPIPE_SZ, which glibc shows to GNU sources only.
    private static let setPipeSize: Int32 = 1031

    private let byteCount: Int

    init(_ arguments: [String]) throws {
        byteCount = try arguments.number(0, "number of bytes")
    }

    func run() throws {
        try fillPipes()
        try fillMemory()
    }

    private func fillMemory() throws {
        let memory = unsafe mmap(
            nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE,
            -1, 0)
        guard unsafe memory != MAP_FAILED else { throw Failure("memory", errno: errno) }
        unsafe munmap(memory, byteCount)
    }

    /// As many as we may have; whom we measure may have no more.
    private func fillPipes() throws {
        var limit = rlimit()
        unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        let zeros = [UInt8](repeating: 0, count: Self.pipeSize)
        for _ in 0..<byteCount / Self.pipeSize {
            var ends: [Int32] = [0, 0]
            guard unsafe pipe(&ends) == 0,
                fcntl(ends[1], Self.setPipeSize, Int32(Self.pipeSize)) > 0
            else { return }
            guard unsafe write(ends[1], zeros, zeros.count) == zeros.count else {
                throw Failure("a pipe", errno: errno)
            }
        }
    }
}
