import Glibc
import LinuxSystem

/// A file of its own for one test, gone with this value.
package struct ScratchFile: ~Copyable {
    package let path: String

    package init(_ contents: [UInt8] = [], isExecutable: Bool = false) throws {
        var name = [CChar]("/tmp/socketpipe-test-XXXXXX".utf8CString)
        let file = OwnedDescriptor(owning: unsafe mkstemp(&name))
        path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        _ = fcntl(file.number, F_SETFD, FD_CLOEXEC)
        fchmod(file.number, isExecutable ? 0o700 : 0o600)
        try file.borrowed.writeAll(contents)
    }

    package var asPath: Path { Path([UInt8](path.utf8)) }

    /// Opens it again.
    package func open(_ flags: CInt) throws -> OwnedDescriptor {
        try ScratchFile.open(path, flags)
    }

    package static func open(_ path: String, _ flags: CInt) throws -> OwnedDescriptor {
        let number = unsafe Glibc.open(path, flags)
        guard number >= 0 else { throw Errno.current }
        return OwnedDescriptor(owning: number)
    }

    package var contents: [UInt8] { Proc.contents(of: path, limit: 1 << 26) ?? [] }

    deinit {
        _ = unsafe unlink(path)
    }
}
