import Glibc
import LinuxSystem

/// A file of its own for one test, gone with this value.
struct TemporaryFile: ~Copyable {
    let path: Path

    init(contents: [UInt8], isExecutable: Bool = false) throws {
        var name = [CChar]("/tmp/socketpipe-test-XXXXXX".utf8CString)
        let number = unsafe mkstemp(&name)
        path = Path(name.dropLast().map { UInt8(bitPattern: $0) })
        let file = OwnedDescriptor(owning: number)
        _ = fcntl(number, F_SETFD, FD_CLOEXEC)
        fchmod(number, isExecutable ? 0o700 : 0o600)
        try Descriptor.writeAll(file.number, contents)
    }

    var text: String { String(decoding: path.bytes, as: UTF8.self) }

    var contents: [UInt8]? { Proc.contents(of: text) }

    deinit {
        _ = unsafe unlink(String(decoding: path.bytes, as: UTF8.self))
    }
}
