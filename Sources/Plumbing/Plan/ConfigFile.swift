/// The user's defaults: options as on the command line, one a line, in sections for hosts.
///
/// The options before the first section are for all hosts. The title of a section consists of
/// patterns in brackets: `*` stands for any characters, `?` for one; `!` in front excludes hosts.
package struct ConfigFile: Sendable {
    /// What a line says, and the patterns of its section; none before the first section.
    private var lines: [(Result<DefaultOption, DefaultsError>, patterns: [HostPattern]?)] = []

    /// - Parameter path: The path to name in messages.
    package init(_ bytes: [UInt8], path: String) {
        var section: [HostPattern]?
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, bytes) in lines.enumerated() {
            let place = "line \(index + 1) of \(path)"
            guard let text = String(validating: bytes, as: UTF8.self) else {
                self.lines.append((.failure(.notText(place: place)), section))
                continue
            }
            let line = ConfigFile.trimmed(text[...])
            if line.isEmpty || line.hasPrefix("#") { continue }
            if let patterns = ConfigFile.patterns(line) {
                section = patterns
            } else {
                self.lines.append((ConfigFile.option(line, at: place), section))
            }
        }
    }

    /// The options for a host, in the order of the file.
    ///
    /// - Throws: What is wrong with a line for that host.
    package func options(for host: String) throws(DefaultsError) -> [DefaultOption] {
        var options: [DefaultOption] = []
        for (line, patterns) in lines {
            guard patterns.map({ HostPattern.match(host, $0) }) ?? true else { continue }
            options.append(try line.get())
        }
        return options
    }

    private static func patterns(_ line: Substring) -> [HostPattern]? {
        guard line.hasPrefix("["), line.hasSuffix("]") else { return nil }
        let words = line.dropFirst().dropLast().split(whereSeparator: isBlank)
        return words.isEmpty ? nil : words.map { HostPattern($0) }
    }

    /// `--name`, `--name value` or `--name=value`; the value is the rest of the line.
    private static func option(
        _ line: Substring, at place: String
    ) -> Result<DefaultOption, DefaultsError> {
        let name = line.prefix { $0 != "=" && !isBlank($0) }
        guard name.hasPrefix("--"), name.utf8.count > 2 else {
            return .failure(.malformed([UInt8](line.utf8), at: place))
        }
        let rest = line.dropFirst(name.count)
        let value = rest.first == "=" ? rest.dropFirst() : trimmed(rest)
        return .success(
            DefaultOption(String(name), rest.isEmpty ? nil : String(value), at: place))
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop(while: isBlank)
        while let last = text.last, isBlank(last) { text.removeLast() }
        return text
    }

    private static func isBlank(_ character: Character) -> Bool {
        character == " " || character == "\t" || character == "\r"
    }
}

/// A name of hosts, with wildcards.
struct HostPattern: Sendable {
    private let excludes: Bool
    private let bytes: [UInt8]

    init(_ text: Substring) {
        excludes = text.hasPrefix("!")
        bytes = [UInt8](LoginHost.lowercased((excludes ? text.dropFirst() : text).utf8).utf8)
    }

    /// Whether a pattern names the host, and none excludes it.
    static func match(_ host: String, _ patterns: [HostPattern]) -> Bool {
        let matching = patterns.filter { $0.matches([UInt8](host.utf8)[...], $0.bytes[...]) }
        return !matching.isEmpty && !matching.contains { $0.excludes }
    }

    private func matches(_ text: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>) -> Bool {
        // Where to go on if what follows the last star does not match.
        var (text, pattern) = (text, pattern)
        var retry: (text: ArraySlice<UInt8>, pattern: ArraySlice<UInt8>)?
        while true {
            if pattern.first == UInt8(ascii: "*") {
                pattern.removeFirst()
                retry = (text, pattern)
            } else if let byte = text.first,
                pattern.first == byte || pattern.first == UInt8(ascii: "?")
            {
                text.removeFirst()
                pattern.removeFirst()
            } else if text.isEmpty, pattern.isEmpty {
                return true
            } else if let (rest, after) = retry, !rest.isEmpty {
                (text, pattern) = (rest.dropFirst(), after)
                retry = (text, after)
            } else {
                return false
            }
        }
    }
}
