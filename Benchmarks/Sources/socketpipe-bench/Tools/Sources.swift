import Fixtures
import Glibc

/// Writes noise to its standard output: `source BYTES BLOCK`.
struct Source {
    private let byteCount: Int
    private let block: Int

    init(_ arguments: [String]) throws {
        byteCount = try arguments.number(0, "number of bytes")
        block = max(1, try arguments.number(1, "block size"))
    }

    func run() throws {
        var noise = Noise()
        try noise.write(byteCount, in: block, to: 1)
    }
}

extension Noise {
    /// Writes so many bytes of it from its beginning, at most a block at a time.
    mutating func write(_ byteCount: Int, in block: Int, to descriptor: Int32) throws {
        var position = 0
        while position < byteCount {
            let wanted = min(block, byteCount - position)
            position += try unsafe bytes(from: position) { bytes in
                let count = unsafe Glibc.write(
                    descriptor, bytes.baseAddress, min(wanted, bytes.count))
                guard count >= 0 || errno == EINTR else {
                    throw Failure("a descriptor for noise", errno: errno)
                }
                return max(0, count)
            }
        }
    }
}

/// A source and a sink at the same time: `both BYTES BLOCK`, then the arguments of a sink.
struct Both {
    private let source: [String]
    private let sink: Sink

    init(_ arguments: [String]) throws {
        source = ["/proc/self/exe", "source"] + arguments.prefix(2)
        sink = try Sink(Array(arguments.dropFirst(2)))
    }

    /// Returns the status of the source.
    func run() throws -> Int32 {
        let child = try Child(inPlace: Words(source))
        // The source's end is the end of what we write.
        close(1)
        try sink.run()
        return child.awaitExit() == .status(0) ? 0 : 1
    }
}

/// Makes a folder of so many bytes, half of them in small files and half in large ones, the same
/// everywhere: `tree FOLDER BYTES`.
struct Tree {
    private static let largest = 16 << 20
    private let folder: String
    private let byteCount: Int

    init(_ arguments: [String]) throws {
        folder = try arguments.argument(0, "folder")
        byteCount = try arguments.number(1, "number of bytes")
    }

    func run() throws {
        try make(folder)
        // From 512 bytes to 64 KiB, each size as often as any other.
        try fill("small", byteCount / 2) { 512 << ($0 % 8) }
        try fill("large", byteCount / 2) { _ in min(Self.largest, max(1, byteCount / 4)) }
    }

    /// Fills a folder, with subfolders of a hundred files each.
    private func fill(_ name: String, _ byteCount: Int, size: (Int) -> Int) throws {
        try make("\(folder)/\(name)")
        var (left, number, noise) = (byteCount, 0, Noise())
        while left > 0 {
            let place = "\(folder)/\(name)/\(number / 100)"
            if number % 100 == 0 { try make(place) }
            let count = size(number)
            try fill("\(place)/\(number)", count, &noise)
            left -= count
            number += 1
        }
    }

    private func fill(_ path: String, _ byteCount: Int, _ noise: inout Noise) throws {
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw Failure(path, errno: errno) }
        defer { close(file) }
        try noise.write(byteCount, in: Noise.period, to: file)
    }

    private func make(_ folder: String) throws {
        guard unsafe mkdir(folder, 0o755) == 0 else { throw Failure(folder, errno: errno) }
    }
}
