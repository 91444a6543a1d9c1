import Glibc

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
