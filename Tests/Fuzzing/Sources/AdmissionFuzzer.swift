import Plumbing

/// A stranger at a listener, and at a caller.
///
/// The first two bytes say who calls whom, and in how long pieces the rest is sent.
struct AdmissionFuzzer {
    private let end: End
    private let flow: Flow
    private let pieceByteCount: Int
    private let bytes: [UInt8]

    init(_ input: [UInt8]) {
        let choice = input.first ?? 0
        end = choice & 1 == 0 ? .here : .there
        flow = choice & 2 == 0 ? .out : .back
        pieceByteCount = Int(input.dropFirst().first ?? 0) + 1
        bytes = [UInt8](input.dropFirst(2))
    }

    func run() {
        let (opening, reply, closing) = genuine()
        let message = opening + closing
        require(!isAdmitted(bytes), "somebody without the secret is admitted")
        let isChanged = bytes.prefix(message.count).contains { $0 != 0 }
        require(isAdmitted(masked(message)) != isChanged, "only the genuine must be admitted")
        let isOther = bytes.prefix(reply.count).contains { $0 != 0 }
        require(caller.closing(after: bytes) == nil, "a stranger's reply is answered")
        require((caller.closing(after: masked(reply)) == nil) == isOther, "another reply")
    }

    private static let keys: AdmissionKeys = {
        let digits = [UInt8](String(repeating: "0123456789abcdef", count: 4).utf8)
        return AdmissionKeys(Secret(text: digits)!)
    }()

    private var caller: CallerAdmission {
        let nonce = [UInt8](repeating: 7, count: ConnectionName.byteCount)
        return CallerAdmission(flow, from: end.peer, keys: AdmissionFuzzer.keys, nonce: nonce)
    }

    private var listener: ListenerAdmission {
        let nonce = [UInt8](repeating: 9, count: ConnectionName.byteCount)
        return ListenerAdmission(at: end, keys: AdmissionFuzzer.keys, nonce: nonce)
    }

    private func genuine() -> (opening: [UInt8], reply: [UInt8], closing: [UInt8]) {
        var listener = listener
        guard case .reply(let reply) = listener.receive(caller.opening),
            let closing = caller.closing(after: reply)
        else { fatalError("found: the genuine opening or reply is refused") }
        return (caller.opening, reply, closing)
    }

    /// The message with those bits changed that are set in our bytes.
    private func masked(_ message: [UInt8]) -> [UInt8] {
        message.indices.map { message[$0] ^ ($0 < bytes.count ? bytes[$0] : 0) }
    }

    /// Lets a listener read the stream as a meeting does: never more than it needs.
    private func isAdmitted(_ stream: [UInt8]) -> Bool {
        var listener = listener
        var rest = stream[...]
        while !rest.isEmpty {
            let wanted = listener.needed
            require(wanted > 0, "a listener that decides nothing and reads nothing")
            let piece = [UInt8](rest.prefix(min(wanted, pieceByteCount)))
            rest = rest.dropFirst(piece.count)
            let taken = stream.count - rest.count
            require(taken <= Admission.callerByteCount, "a listener that takes too much")
            switch listener.receive(piece) {
            case .needs(let byteCount):
                require(byteCount == wanted - piece.count, "a listener that cannot count")
            case .reply: require(listener.flow == flow, "another flow than the caller's")
            case .admitted: return true
            case .refused: return false
            }
        }
        return false
    }
}
