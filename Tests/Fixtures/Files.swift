import FoundationEssentials
import Glibc

/// Everything in a file, of /proc too, where sizes say nothing; `nil` if it cannot be read.
package func contents(of path: String) -> Data? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var data = Data()
    var buffer = [UInt8](repeating: 0, count: 8192)
    while true {
        let count = unsafe read(descriptor, &buffer, buffer.count)
        guard count >= 0 else { return nil }
        guard count > 0 else { return data }
        data.append(contentsOf: buffer[..<count])
    }
}

package func text(of path: String) -> String? {
    contents(of: path).map { String(decoding: $0, as: UTF8.self) }
}

/// Writes a file anew, or one of the kernel's.
package func write(_ bytes: ArraySlice<UInt8>, to path: String, mode: mode_t = 0o600) throws {
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw Failure(path, errno: errno) }
    defer { close(descriptor) }
    guard writeAll(bytes, to: descriptor) else { throw Failure(path, errno: errno) }
}

package func write(_ text: String, to path: String) throws {
    try write(Array(text.utf8)[...], to: path)
}

/// Writes every byte; false, and errno, if the descriptor does not take them.
package func writeAll(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) -> Bool {
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

/// Where a program stands on PATH; `nil` if nowhere.
package func path(of program: String) -> String? {
    let folders = ((environment("PATH") ?? "") + ":/usr/sbin:/sbin").split(separator: ":")
    return folders.map { "\($0)/\(program)" }.first { unsafe access($0, X_OK) == 0 }
}

package func environment(_ name: String) -> String? {
    unsafe getenv(name).map { unsafe String(cString: $0) }
}
