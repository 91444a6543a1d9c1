import CLinux

/// One word of a command: bytes of any value but NUL, in no particular encoding.
package struct Word: Equatable, Sendable {
    package let bytes: [UInt8]

    /// - Parameter bytes: The word, without a NUL at its end.
    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// A word as UTF-8.
    package init(_ text: String) {
        bytes = [UInt8](text.utf8)
    }

    /// Whether its bytes are UTF-8.
    package var isText: Bool { [UInt8](String(decoding: bytes, as: UTF8.self).utf8) == bytes }
}

/// The variables of a process, each as `NAME=value`.
package struct Environment: Sendable {
    package private(set) var entries: [[UInt8]]

    /// - Parameter entries: Each `NAME=value`, without a NUL at its end.
    package init(entries: [[UInt8]]) {
        self.entries = entries
    }

    /// The variables that this process got at its start (`environ(7)`).
    package static func inherited() -> Environment {
        var entries: [[UInt8]] = []
        guard var next = unsafe linux_environment() else { return Environment(entries: []) }
        while let entry = unsafe next.pointee {
            let length = unsafe strlen(entry)
            let bytes = unsafe UnsafeRawBufferPointer(start: entry, count: length)
            entries.append(unsafe [UInt8](bytes))
            unsafe next += 1
        }
        return Environment(entries: entries)
    }

    /// The value of a variable; `nil` if it is not set.
    package subscript(name: String) -> [UInt8]? {
        let prefix = [UInt8](name.utf8) + [UInt8(ascii: "=")]
        return entries.first { $0.starts(with: prefix) }.map { [UInt8]($0.dropFirst(prefix.count)) }
    }

    /// The same variables, with one set to a value.
    package func setting(_ name: String, to value: String) -> Environment {
        let prefix = [UInt8](name.utf8) + [UInt8(ascii: "=")]
        let others = entries.filter { !$0.starts(with: prefix) }
        return Environment(entries: others + [prefix + [UInt8](value.utf8)])
    }
}

/// The words of this program's command line, its own name first.
package func ownWords() -> [Word] {
    guard let words = unsafe linux_words() else { return [] }
    return unsafe arguments(linux_word_count(), words)
}

/// The words of a C program's command line, from the parameters of its `main`.
package func arguments(
    _ count: CInt, _ words: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
) -> [Word] {
    (0..<Int(count)).compactMap { index in
        guard let word = unsafe words[index] else { return nil }
        let bytes = unsafe UnsafeRawBufferPointer(start: word, count: strlen(word))
        return unsafe Word([UInt8](bytes))
    }
}
