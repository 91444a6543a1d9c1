/// What proves, when the session's secret is gone, that a login belongs to the session.
package struct RejoinKey: Sendable {
    private let key: Secret
    package let session: SessionName

    package init(_ secret: Secret, _ session: SessionName) {
        key = secret.derived(for: "socketpipe 2 rejoin")
        self.session = session
    }

    /// The words by which the end that lost its login goes on.
    ///
    /// - Parameters:
    ///   - attempt: More than in any words before.
    ///   - seen: How many lines that are kept came from the other end.
    package func rejoining(attempt: Int64, seen: Int64) -> Rejoining {
        Rejoining(
            session: session, attempt: attempt, seen: seen, proof: proof(attempt, seen))
    }

    /// Whether these are words of the session's other end.
    package func proves(_ rejoining: Rejoining) -> Bool {
        rejoining.session == session
            && Cryptography.areEqual(
                rejoining.proof, proof(rejoining.attempt, rejoining.seen))
    }

    private func proof(_ attempt: Int64, _ seen: Int64) -> [UInt8] {
        let numbers = [attempt, seen].flatMap { number in
            (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
        }
        return key.key(for: "", session.bytes + numbers)
    }
}
