import LinuxSystem

/// What the two programs that measure tell each other, in the same streams as the data: a kind and
/// some numbers, always of the same length, in the byte order that all our processors share.
struct MeasuringMessage: Equatable, Sendable {
    enum Kind: Int64 {
        /// Wants the same back.
        case ping = 1
        /// A phase begins: which, and for how many nanoseconds.
        case phase
        /// So many bytes follow, which mean nothing.
        case chunk
        /// The sender has sent enough.
        case end
        /// The receiver has come to that end.
        case arrived
        /// What an end saw of a phase.
        case figures
    }

    static let numberCount = 31
    static let byteCount = (numberCount + 1) * 8

    let kind: Kind
    /// At most `numberCount`; what is missing arrives as 0.
    var numbers: [Int64] = []

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        for index in -1..<MeasuringMessage.numberCount {
            let number = index < 0 ? kind.rawValue : index < numbers.count ? numbers[index] : 0
            for place in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: number >> (8 * place))) }
        }
        return bytes
    }

    /// - Returns: `nil` for bytes that are no message.
    init?(_ bytes: ArraySlice<UInt8>) {
        guard bytes.count == MeasuringMessage.byteCount else { return nil }
        var all: [Int64] = []
        var number: UInt64 = 0
        for (place, byte) in bytes.enumerated() {
            number |= UInt64(byte) << (8 * UInt64(place % 8))
            guard place % 8 == 7 else { continue }
            all.append(Int64(bitPattern: number))
            number = 0
        }
        guard let kind = Kind(rawValue: all[0]) else { return nil }
        self.kind = kind
        numbers = [Int64](all.dropFirst())
    }

    init(_ kind: Kind, _ numbers: [Int64] = []) {
        self.kind = kind
        self.numbers = numbers
    }
}

/// A part of a measurement: who sends.
package enum MeasuringPhase: Int64, CaseIterable, Sendable {
    case out = 1
    case back, both

    package func sends(from end: End) -> Bool {
        self == .both || (self == .out) == (end == .here)
    }
}
