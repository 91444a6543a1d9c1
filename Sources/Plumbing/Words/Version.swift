/// The versions of this program and its protocols.
package enum Version {
    package static let program = "2.1.0"
    /// The protocols this program speaks, oldest to newest.
    package static let protocols: ClosedRange<Int64> = 1...2
    /// The first protocol in which a sending end says that its stream is whole.
    package static let firstTellingEnds: Int64 = 2

    /// The newest protocol that both ends speak; `nil` if there is none.
    package static func common(with other: ClosedRange<Int64>) -> Int64? {
        let newest = min(protocols.upperBound, other.upperBound)
        return newest >= max(protocols.lowerBound, other.lowerBound) ? newest : nil
    }
}
