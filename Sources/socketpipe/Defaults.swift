import LinuxSystem
import Plumbing

/// The options that the user need not type: those of a file, then those of `SOCKETPIPE_OPTIONS`.
/// They go in front of the command line's; what comes later wins.
struct Defaults {
    static let variable = "SOCKETPIPE_OPTIONS"
    private static let noFile = "--no-config"
    private static let largestFile = 1 << 20
    /// Options that say what one session does, or ask for something other than a session.
    private static let unfit: Set = [
        "-i", "--input", "-o", "--output", "-l", "--login", "-r", "--remote", "--rsh", "--measure",
        "--help", "--progress-fd", "--help-hidden", "--version", "--dry-run",
        "--generate-completion-script", "--experimental-dump-help", "--to", "--from",
        "--next-volume", "--label", "--volumes", "--verify",
    ]
    /// Options of which the later replaces the earlier.
    private static let rivals = [
        ["--push", "--there"], ["--verbose", "--quiet"], ["--progress", "--quiet"],
        ["--rate", "--rate-file"],
        ["--checksum", "--relay"], ["--checksum", "--engine"],
        ["--measure", "--progress"], ["--measure", "--strict"],
        ["--measure", "--allow-early-exit"], ["--measure", "--reconnect"],
        ["--network", "--via"], ["--network", "--address"], ["--network", "-h"],
    ]

    private typealias Source = (name: String, options: [DefaultOption])

    private var options: [DefaultOption] = []
    /// Where they came from.
    private var places: [Source] = []

    /// - Parameter line: The command line; without a login it has no use for them.
    init(for line: FoldedLine, _ environment: Environment) throws {
        guard !line.words.contains(Defaults.noFile),
            let host = Defaults.login(line).flatMap({ LoginHost.name(in: $0) })
        else { return }
        let names = line.words.filter { $0.hasPrefix("-") && $0.utf8.count > 1 }
            .map { String($0.prefix { $0 != "=" }) }
        for source in try Defaults.sources(host, environment).reversed() {
            keep(source, before: names)
        }
    }

    private static func sources(_ host: String, _ environment: Environment) throws -> [Source] {
        let variable = try ofVariable(environment)
        var sources: [Source] = []
        let ignoresFile = variable.contains { $0.name == noFile }
        if !ignoresFile, let path = path(environment), let bytes = try contents(path) {
            let name = Text.escaped(path.bytes)
            let options = try reading { try ConfigFile(bytes, path: name).options(for: host) }
            sources.append((name, options))
        }
        sources.append((Defaults.variable, variable.filter { $0.name != noFile }))
        for option in sources.flatMap({ $0.options }) { try requireFit(option) }
        return sources
    }

    /// Takes of a source what nothing later replaces.
    private mutating func keep(_ source: Source, before names: [String]) {
        var kept: [DefaultOption] = []
        for option in source.options.reversed() {
            let later = names + (options + kept).map { $0.name }
            if !later.contains(where: { Defaults.replaces($0, option.name) }) {
                kept.insert(option, at: 0)
            }
        }
        options.insert(contentsOf: kept, at: 0)
        if !kept.isEmpty { places.insert((source.name, kept), at: 0) }
    }

    /// Reads these options and those of the line; an error in one of these names its place.
    func read(before words: [String]) throws -> Options {
        do { return try Options.read(options.flatMap { $0.words } + words) } catch {
            for option in options { try Defaults.check(option) }
            throw error
        }
    }

    /// What came from where.
    var sentences: [String] {
        places.map { place in
            let words = place.options.flatMap { $0.words }.map { Text.forShell([UInt8]($0.utf8)) }
            return "options from \(place.name): \(words.joined(separator: " "))"
        }
    }

    /// Runs a body whose errors may be due to options from elsewhere, and tells of them.
    func explaining<Result>(_ body: () throws -> Result) throws -> Result {
        do { return try body() } catch let error as OptionError where !places.isEmpty {
            let names = places.map { $0.name }.joined(separator: " and ")
            let hint = "some options come from \(names); --no-config leaves them out"
            throw OptionError(error.sentence, hint: error.hint.map { "\($0); \(hint)" } ?? hint)
        }
    }

    private static func requireFit(_ option: DefaultOption) throws {
        guard !unfit.contains(option.name), option.name != noFile else {
            throw OptionError(
                "\(option.place): \(option.name) belongs on the command line", hint: escape)
        }
    }

    private static func check(_ option: DefaultOption) throws {
        do { _ = try Options.read(option.words) } catch {
            throw OptionError("\(option.place): \(Options.sentence(of: error))", hint: escape)
        }
    }

    private static func replaces(_ later: String, _ earlier: String) -> Bool {
        let names = [later, earlier].map { Options.grammar.spelling(of: $0) }
        return names[0] == names[1]
            || rivals.contains { $0.contains(names[0]) && $0.contains(names[1]) }
    }

    private static func login(_ line: FoldedLine) -> [Word]? {
        if let rest = line.rest { return [Word("ssh")] + rest }
        guard let place = line.words.firstIndex(where: { $0 == "-l" || $0 == "--login" }),
            place + 1 < line.words.count, let block = FoldedLine.blockIndex(line.words[place + 1])
        else { return nil }
        return line.blocks[block]
    }

    // MARK: Reading

    private static func ofVariable(_ environment: Environment) throws -> [DefaultOption] {
        guard let bytes = environment[variable] else { return [] }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw OptionError(DefaultsError.notText(place: variable).sentence)
        }
        return try reading {
            let words = text.split { $0 == " " || $0 == "\t" || $0 == "\n" }
            return try DefaultOption.reading(words, at: variable)
        }
    }

    /// `$XDG_CONFIG_HOME/socketpipe/config`; `nil` if nothing says where that is.
    private static func path(_ environment: Environment) -> Path? {
        let slash = UInt8(ascii: "/")
        let folder = environment["XDG_CONFIG_HOME"].flatMap { $0.first == slash ? $0 : nil }
        let home = environment["HOME"].flatMap { $0.first == slash ? $0 : nil }
        return (folder ?? home.map { $0 + [UInt8]("/.config".utf8) })
            .map { Path($0 + [UInt8]("/socketpipe/config".utf8)) }
    }

    private static func reading<Found>(_ body: () throws -> Found) throws -> Found {
        do { return try body() } catch let error as DefaultsError {
            throw OptionError(error.sentence, hint: escape)
        }
    }

    /// - Returns: `nil` if there is no such file, or `/dev/null` in its place.
    private static func contents(_ path: Path) throws -> [UInt8]? {
        let name = Text.quoted(path.bytes)
        let found: (bytes: [UInt8], trust: FileTrust)?
        do throws(Errno) { found = try read(path) } catch {
            let reason = error == .invalid ? "it is no regular file" : error.sentence
            throw OptionError("cannot read the options in \(name): \(reason)", hint: escape)
        }
        switch found?.trust {
        case .foreign(let owner):
            throw OptionError(
                "\(name) belongs to user \(owner), so its options are not yours", hint: escape)
        case .writable:
            throw OptionError(
                "others than its owner may write \(name)", hint: "chmod go-w it; \(escape)")
        case .trusted, nil: return found?.bytes
        }
    }

    private static let escape = "--no-config goes without it"

    private static func read(_ path: Path) throws(Errno) -> (bytes: [UInt8], trust: FileTrust)? {
        do throws(Errno) {
            // Opening a pipe would wait for its writer.
            let file = try OwnedDescriptor.open(path, .readingUnblocked)
            let kind = FileKind(of: file.borrowed)
            if kind == .characterDevice, try file.borrowed.read(byteCount: 1).isEmpty { return nil }
            guard kind == .regular else { throw kind == .directory ? .isDirectory : .invalid }
            var bytes: [UInt8] = []
            while case let piece = try file.borrowed.read(byteCount: 65536), !piece.isEmpty {
                bytes += piece
                if bytes.count > largestFile { throw .fileTooLarge }
            }
            return (bytes, try FileTrust(of: file.borrowed))
        } catch .notFound {
            return nil
        } catch .notDirectory {
            return nil
        }
    }
}
