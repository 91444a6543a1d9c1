/// An option that does not stand on the command line.
package struct DefaultOption: Equatable, Sendable {
    /// The name as it was written, such as `--port`.
    package let name: String
    package let value: String?
    /// Where it stands.
    package let place: String

    package init(_ name: String, _ value: String? = nil, at place: String) {
        self.name = name
        self.value = value
        self.place = place
    }

    /// The words of a command line that say the same.
    package var words: [String] {
        guard let value else { return [name] }
        return name.hasPrefix("--") ? ["\(name)=\(value)"] : [name, value]
    }

    /// Reads words such as those of a command line: `--push --port 40000-40009 -t 60`.
    ///
    /// - Throws: `strayWord` for a word that belongs to no option.
    package static func reading(
        _ words: [Substring], at place: String
    ) throws(DefaultsError) -> [DefaultOption] {
        var found: [DefaultOption] = []
        var rest = words[...]
        while let word = rest.popFirst() {
            guard word.utf8.first == UInt8(ascii: "-"), word.utf8.count > 1 else {
                throw .strayWord(String(word), at: place)
            }
            let parts = word.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            var value = parts.count > 1 ? parts[1] : nil
            if value == nil, rest.first?.utf8.first.map({ $0 != UInt8(ascii: "-") }) ?? false {
                value = rest.popFirst()
            }
            found.append(DefaultOption(String(parts[0]), value.map { String($0) }, at: place))
        }
        return found
    }
}

/// Why options that do not stand on the command line cannot be used.
package enum DefaultsError: Error, Equatable, Sendable {
    case notText(place: String)
    case strayWord(String, at: String)
    /// A line is neither a section nor an option.
    case malformed([UInt8], at: String)

    package var sentence: String {
        switch self {
        case .notText(let place): "\(place): expected UTF-8"
        case .strayWord(let word, let place):
            "\(place): expected an option, found \(Text.quoted(word))"
        case .malformed(let line, let place):
            "\(place): expected [HOST] or an option such as --port 40000-40009, found "
                + Text.quoted(line)
        }
    }
}
