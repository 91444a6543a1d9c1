import Glibc

/// The whole of a small file, of `/proc` as well; nil if it cannot be read.
func text(of path: String) -> String? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 16384)
    while true {
        let count = unsafe piece.withUnsafeMutableBytes { space in
            unsafe read(descriptor, space.baseAddress, space.count)
        }
        guard count >= 0 else { return nil }
        guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
        bytes += piece[..<count]
    }
}

func size(of path: String) throws -> Int {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { throw Failure(path, errno: errno) }
    return Int(status.st_size)
}

/// Writes a file anew, or one of the kernel's.
func write(_ text: String, to path: String) throws {
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Failure(path, errno: errno) }
    defer { close(descriptor) }
    guard writeAll(Array(text.utf8)[...], to: descriptor) else {
        throw Failure(path, errno: errno)
    }
}

/// Writes every byte; false, and errno, if the descriptor does not take them.
func writeAll(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) -> Bool {
    var rest = bytes
    while !rest.isEmpty {
        let count = unsafe rest.withUnsafeBytes { bytes in
            unsafe write(descriptor, bytes.baseAddress, bytes.count)
        }
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { return false }
        rest = rest.dropFirst(count)
    }
    return true
}

func say(_ text: String) {
    _ = writeAll(Array("socketpipe-bench: \(text)\n".utf8)[...], to: 2)
}

/// Prints a line to standard output at once.
func show(_ text: String) {
    _ = writeAll(Array("\(text)\n".utf8)[...], to: 1)
}
