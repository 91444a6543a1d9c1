import Testing

/// Which way the bytes of a session go.
enum Direction: CaseIterable, CustomTestStringConvertible {
    case out, back

    /// The end of the reader.
    var target: String { self == .out ? "there" : "here" }

    var testDescription: String { "bytes go \(self)" }
}

extension Session {
    /// A session of one flow: to its remote command, or from it.
    init(
        _ direction: Direction, from sender: Words, to reader: Words, _ way: Way = Way.usual[0],
        login: Words = "env", options: Words = [], wrapper: Words = []
    ) {
        self.init(
            there: way.there, route: way.route, login: login,
            remote: direction == .out ? reader : sender, options: options, wrapper: wrapper)
        switch direction {
        case .out: producer = sender
        case .back: consumer = reader
        }
    }
}
