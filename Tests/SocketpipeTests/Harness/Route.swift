import Testing

/// How the bytes of a session get past our processes.
enum Route: CustomTestStringConvertible, Hashable, Sendable {
    case handOff
    /// By hand-off, but through the login.
    case login
    /// By relays at both ends, encrypted.
    case sealed
    /// By relays at both ends, to go on after a loss.
    case kept
    case relay(Ends, Engine)

    enum Ends: String, CaseIterable { case here, there, both }

    enum Engine: String, CaseIterable {
        case splice, ring
        case ringSplice = "ring-splice"
        case copy
    }

    static let all =
        [handOff, login, sealed, kept]
        + Ends.allCases.flatMap { ends in Engine.allCases.map { .relay(ends, $0) } }

    var options: Words {
        switch self {
        case .handOff: []
        case .login: ["--via", "login"]
        case .sealed: ["--encrypt"]
        case .kept: ["--reconnect", "3"]
        case .relay(let ends, let engine):
            ["--relay", ends.rawValue, "--engine", engine.rawValue]
        }
    }

    /// The engine that moves the bytes at an end, `here` or `there`; `nil` where the command has
    /// the socket itself.
    func engine(at end: String) -> Engine? {
        switch self {
        case .handOff, .login: nil
        case .sealed: .copy
        case .kept: .splice
        case .relay(let ends, let engine):
            ends == .both || ends.rawValue == end ? engine : nil
        }
    }

    /// Checks how the stream broke for a reader that ends in `cat >/dev/null; echo $? >FILE`.
    ///
    /// A socket gives it an error. A pipe cannot: where a relay runs at its end, the reader is
    /// ended, whether or not it comes to say so; what it must never see is a clean end.
    func expectBroken(
        _ status: String?, at end: String, _ comment: Comment? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        // What `cat` says of the error may kill it, where the one who would bring it home is lost.
        let allowed = engine(at: end) == nil ? ["1\n", "141\n"] : [nil, "", "143\n", "137\n"]
        #expect(allowed.contains(status), comment, sourceLocation: sourceLocation)
    }

    var testDescription: String {
        switch self {
        case .handOff: "hand-off"
        case .login: "login"
        case .sealed: "sealed"
        case .kept: "kept"
        case .relay(let ends, let engine): "relay \(ends) by \(engine.rawValue)"
        }
    }
}

/// What a user may choose and no command may notice: the there-end's program, and the route.
struct Way: CustomTestStringConvertible, Sendable {
    var there: ThereEnd
    var route: Route

    /// Hand-off with either program, every engine at both ends, through the login, encrypted, and kept.
    static let usual = mortal + [Way(there: .remoteAlone, route: .kept)]

    /// The same without the one that goes on after a loss.
    static let mortal = [
        Way(there: .socketpipe, route: .handOff), Way(there: .remoteAlone, route: .handOff),
        Way(there: .remoteAlone, route: .relay(.both, .splice)),
        Way(there: .socketpipe, route: .relay(.both, .ring)),
        Way(there: .remoteAlone, route: .relay(.both, .ringSplice)),
        Way(there: .remoteAlone, route: .relay(.both, .copy)),
        Way(there: .remoteAlone, route: .login),
        Way(there: .remoteAlone, route: .sealed),
    ]

    /// The same, each with one of the programs.
    static let each = Array(usual.dropFirst())

    /// Those whose bytes the network carries, which may be what fails.
    static let direct = each.filter { $0.route != .login }

    /// Does the same over each of these routes at once: for tests that mostly wait.
    static func eachAtOnce(
        _ ways: [Way] = each, _ body: @escaping @Sendable (Way) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for way in ways { group.addTask { try await body(way) } }
            try await group.waitForAll()
        }
    }

    /// For tests that take their time.
    static let few = [usual[0], usual[2]]

    /// Every route, each with one of the programs.
    static let all = Route.all.enumerated().map { number, route in
        Way(there: number.isMultiple(of: 2) ? .socketpipe : .remoteAlone, route: route)
    }

    var testDescription: String { "\(there.testDescription), \(route.testDescription)" }
}
