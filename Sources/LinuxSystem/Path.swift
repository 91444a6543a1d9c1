import CLinux

/// A path as bytes, which need not be UTF-8; a NUL ends it.
package struct Path: Equatable, Sendable {
    package let bytes: [UInt8]

    /// - Parameter bytes: The path without a NUL at its end.
    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// A path as UTF-8.
    package init(_ text: String) {
        bytes = [UInt8](text.utf8)
    }

    func withCString<R>(_ body: (UnsafePointer<CChar>) -> R) -> R {
        let terminated = bytes.map { CChar(bitPattern: $0) } + [0]
        return unsafe terminated.withUnsafeBufferPointer { unsafe body($0.baseAddress!) }
    }
}

/// What a path leads to, and how to change that.
extension Path {
    /// The kind of the file there, without opening it; `nil` if there is none.
    ///
    /// The corresponding C function is `stat`.
    package var kind: FileKind? {
        unsafe withCString { unsafe FileKind(format: linux_format_of_path($0)) }
    }

    /// The path at the end of a chain of links, whether or not a file is there.
    ///
    /// - Throws: `tooManyLinks` after 40 of them.
    package func followed() throws(Errno) -> Path {
        var path = self
        for _ in 0..<40 {
            guard let target = path.link else { return path }
            path = target.first == UInt8(ascii: "/") ? Path(target) : Path(path.folder + target)
        }
        throw .tooManyLinks
    }

    /// The target of the link; `nil` if the path is no link.
    ///
    /// The corresponding C function is `readlink`.
    private var link: [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: Int(linux_longest_path))
        let length = unsafe buffer.withUnsafeMutableBytes { buffer in
            unsafe withCString { unsafe linux_read_link($0, buffer.baseAddress, buffer.count) }
        }
        return length < 0 ? nil : [UInt8](buffer.prefix(Int(length)))
    }

    /// Everything before the last name, including the slash.
    private var folder: [UInt8] {
        [UInt8](bytes[..<(bytes.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0)])
    }

    /// The folder, and the name in it.
    var split: (folder: Path, name: Path) {
        let folder = folder
        return (
            Path(folder.isEmpty ? [UInt8]("./".utf8) : folder),
            Path([UInt8](bytes[folder.count...]))
        )
    }

    /// Our descriptor that the path names, such as `/dev/stdout` or `/dev/fd/3`.
    ///
    /// Opening such a path would start at the beginning of a regular file, with another
    /// description.
    package var descriptor: Descriptor? {
        let text = String(decoding: bytes, as: UTF8.self)
        if let place = ["/dev/stdin", "/dev/stdout", "/dev/stderr"].firstIndex(of: text) {
            return Descriptor(number: CInt(place))
        }
        let digits = ["/dev/fd/", "/proc/self/fd/"].first { text.hasPrefix($0) }
            .map { text.dropFirst($0.utf8.count) }
        return digits.flatMap { CInt($0) }.map { Descriptor(number: $0) }
    }

    /// A hidden name in the same folder.
    package func beside(_ suffix: String) -> Path {
        let folder = folder
        // The additions must not make the name too long.
        let name = bytes[folder.count...].prefix(200)
        return Path(folder + [UInt8(ascii: ".")] + name + [UInt8](".\(suffix)".utf8))
    }

    /// Removes the name.
    ///
    /// The corresponding C function is `unlink`.
    /// - Throws: The error of `unlink(2)`, such as `notFound`.
    package func remove() throws(Errno) {
        _ = try check(unsafe withCString { unsafe linux_remove($0) })
    }

    /// Gives the file another name, and replaces the file that had it.
    ///
    /// The corresponding C function is `rename`.
    /// - Throws: The error of `rename(2)`, such as `accessDenied`.
    package func rename(to other: Path) throws(Errno) {
        _ = try check(
            unsafe withCString { from in
                unsafe other.withCString { unsafe linux_rename(from, $0) }
            })
    }
}
