import Fixtures
import FoundationEssentials
import Glibc

/// The small programs that run inside what is measured.
enum Tool: String {
    case source, sink, both, tree, gate, begin, bare, finish, meter, call, hear, echo, warm, delay,
        strike

    /// Runs it with its arguments, and returns its exit status.
    func run(_ arguments: [String]) -> Int32 {
        do {
            switch self {
            case .source: try Source(arguments).run()
            case .sink: try Sink(arguments).run()
            case .both: return try Both(arguments).run()
            case .tree: try Tree(arguments).run()
            case .gate: try Barrier(arguments).run()
            case .begin: try Opening(arguments).run()
            case .finish: shutdown(1, Int32(SHUT_WR))
            case .bare: try BareSocket(arguments).run()
            case .meter: return try Meter(arguments).run()
            case .call: try Caller(arguments).run()
            case .hear: try Hearer(arguments).run()
            case .echo: try Echo(arguments).run()
            case .warm: try Warmth(arguments).run()
            case .delay: try DelayLine(arguments).run()
            case .strike: return try Strike(arguments).run()
            }
            return 0
        } catch {
            say("\(rawValue): \(error)")
            return 1
        }
    }
}

extension [String] {
    /// The argument of a tool at an index.
    func argument(_ index: Int, _ name: String) throws -> String {
        guard indices.contains(index) else { throw Failure("no \(name) was given") }
        return self[index]
    }

    func number(_ index: Int, _ name: String) throws -> Int {
        let word = try argument(index, name)
        guard let number = Int(word), number >= 0 else {
            throw Failure("\(name) is a number, not '\(word)'")
        }
        return number
    }
}

/// Leaves what a tool found for the suite, in one piece.
func leave(_ note: some Encodable, at path: String) throws {
    let json = try JSONEncoder().encode(note)
    try write(String(decoding: json, as: UTF8.self), to: path + ".part")
    guard unsafe rename(path + ".part", path) == 0 else { throw Failure(path, errno: errno) }
}

/// What a tool left; nil if it left nothing.
func note<Note: Decodable>(_ type: Note.Type, at path: String) throws -> Note? {
    try text(of: path).map { try JSONDecoder().decode(type, from: Data($0.utf8)) }
}
