import CLinux

/// A path as bytes, which need not be UTF-8; a NUL ends it.
package struct Path: Equatable, Sendable {
    package let bytes: [UInt8]

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    package init(_ text: String) {
        bytes = [UInt8](text.utf8)
    }

    func withCString<R>(_ body: (UnsafePointer<CChar>) -> R) -> R {
        let terminated = bytes.map { CChar(bitPattern: $0) } + [0]
        return unsafe terminated.withUnsafeBufferPointer { unsafe body($0.baseAddress!) }
    }
}

/// What a path leads to, and what becomes of it there.
extension Path {
    /// What kind of file is there, told without opening it; `nil` where there is none.
    package var kind: FileKind? {
        unsafe withCString { unsafe FileKind(format: linux_format_of_path($0)) }
    }

    /// Where the path leads when it is a link, and that one, whether or not anything is there.
    ///
    /// - Throws: `tooManyLinks` where they lead nowhere.
    package func followed() throws(Errno) -> Path {
        var path = self
        for _ in 0..<40 {
            guard let target = path.link else { return path }
            path = target.first == UInt8(ascii: "/") ? Path(target) : Path(path.folder + target)
        }
        throw .tooManyLinks
    }

    /// What the link says.
    ///
    /// The corresponding C function is `readlink`.
    private var link: [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: Int(linux_longest_path))
        let length = unsafe buffer.withUnsafeMutableBytes { buffer in
            unsafe withCString { unsafe linux_read_link($0, buffer.baseAddress, buffer.count) }
        }
        return length < 0 ? nil : [UInt8](buffer.prefix(Int(length)))
    }

    /// All before the last name, the slash included.
    private var folder: [UInt8] {
        [UInt8](bytes[..<(bytes.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0)])
    }

    /// The number of a descriptor of ours that the path stands for: `/dev/stdout`, `/dev/fd/3`.
    ///
    /// To open such a path would make another open file of a regular one, at its start.
    package var descriptorNumber: CInt? {
        let text = String(decoding: bytes, as: UTF8.self)
        if let place = ["/dev/stdin", "/dev/stdout", "/dev/stderr"].firstIndex(of: text) {
            return CInt(place)
        }
        let digits = ["/dev/fd/", "/proc/self/fd/"].first { text.hasPrefix($0) }
            .map { text.dropFirst($0.utf8.count) }
        return digits.flatMap { CInt($0) }
    }

    /// A hidden name in the same folder.
    package func beside(_ suffix: String) -> Path {
        let folder = folder
        // With what is added it must not become too long for a name.
        let name = bytes[folder.count...].prefix(200)
        return Path(folder + [UInt8(ascii: ".")] + name + [UInt8](".\(suffix)".utf8))
    }

    package func remove() throws(Errno) {
        _ = try check(unsafe withCString { unsafe linux_remove($0) })
    }

    /// Gives the file this name, in the place of what had it.
    package func rename(to other: Path) throws(Errno) {
        _ = try check(
            unsafe withCString { from in
                unsafe other.withCString { unsafe linux_rename(from, $0) }
            })
    }
}
