import Fixtures

/// How much is to be run, and with which programs.
struct Options {
    let lab: String
    let socketpipe: String
    let remote: String
    private(set) var nanoseconds = Int64.max / 2
    private(set) var sessions = Int.max
    private(set) var only: Int?
    private(set) var seed = UInt64.random(in: 0..<32768)

    static let usage = Failure(
        "usage: scripts/soak MINUTES|--sessions COUNT [--seed N], or --seed N --only K")

    init(_ arguments: [String]) throws {
        guard arguments.count > 3 else { throw Self.usage }
        lab = arguments[0]
        socketpipe = arguments[1]
        remote = arguments[2]
        var words = arguments.dropFirst(3)
        var amounts = 0
        while let word = words.popFirst() {
            let value = word.hasPrefix("--") ? words.popFirst() : word
            guard let number = value.flatMap({ Int($0) }), number >= 0 else { throw Self.usage }
            if word != "--seed" { amounts += 1 }
            switch word {
            case "--seed": seed = UInt64(number)
            case "--sessions": sessions = number
            case "--only": only = number
            case value: nanoseconds = Int64(number) * 60_000_000_000
            default: throw Self.usage
            }
        }
        // One of the three tells how much is to be run.
        guard amounts == 1 else { throw Self.usage }
    }
}
