import FoundationEssentials
import Glibc

/// A temporary folder that goes when its owner goes.
package final class Scratch: Sendable {
    package let path: String

    package init() throws {
        let folder = (environment("TMPDIR") ?? "/tmp") + "/spt-XXXXXX"
        var name = [UInt8](folder.utf8) + [0]
        let made = unsafe name.withUnsafeMutableBufferPointer { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) { unsafe mkdtemp($0.baseAddress!) }
                != nil
        }
        guard made else { throw Failure(folder, errno: errno) }
        path = String(decoding: name.dropLast(), as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    package static func / (scratch: Scratch, name: String) -> String { scratch.path + "/" + name }

    @discardableResult
    package func write(
        _ text: String, to name: String, executable: Bool = false
    ) throws -> String {
        let file = self / name
        let written = executable ? file + ".text" : file
        try Fixtures.write(text, to: written)
        if executable {
            unsafe chmod(written, 0o755)
            // By another process: what we wrote ourselves may for a moment be open in a child that
            // another thread starts, and cannot be executed as long (ETXTBSY).
            try Said.must(["cp", written, file])
        }
        return file
    }

    package func text(_ name: String) -> String? { Fixtures.text(of: self / name) }

    package func exists(_ name: String) -> Bool { unsafe access(self / name, F_OK) == 0 }
}
