/// What one end saw of a phase; the order is that of the wire.
package struct MeasuredFigures: Equatable, Sendable {
    package enum Figure: Int, CaseIterable, Sendable {
        /// The bytes that came in the measured time, and that time in nanoseconds.
        case received, receivingTime
        /// All bytes of the phase that came.
        case receivedInAll
        /// How long the phase took, in nanoseconds.
        case elapsed
        /// The processor time of the measuring program, and of the end that started it, which relays:
        /// in nanoseconds.
        case ownProcessor, endProcessor
        /// How long after the last byte sent its reader's answer came, in nanoseconds.
        case answerTime
        /// TCP's mean and longest round-trip time while we sent, in microseconds.
        case roundTrip, longestRoundTrip
        case segments, retransmits
        /// As in `TCPPath`, in microseconds.
        case busy, receiverLimited, bufferLimited
        /// At the end of the phase.
        case window, threshold, packetSize
        /// The sizes of the buffers at the end of the phase, and up to what the kernel lets them grow.
        case sendBuffer, receiveBuffer, largestSendBuffer, largestReceiveBuffer
    }

    /// What a phase can come to: 281 TB, or three days. A thousand and more times as much still fits.
    static let credible: ClosedRange<Int64> = 0...1 << 48

    private(set) var numbers: [Int64]

    init() {
        numbers = [Int64](repeating: -1, count: Figure.allCases.count)
    }

    /// - Parameter numbers: Those of a message, perhaps of an end that lies: what cannot be is unknown.
    init(_ numbers: [Int64]) {
        self.numbers = numbers.prefix(Figure.allCases.count).map {
            MeasuredFigures.credible.contains($0) ? $0 : -1
        }
    }

    /// `nil` is unknown.
    package subscript(_ figure: Figure) -> Int64? {
        get {
            let number = numbers[figure.rawValue]
            return number < 0 ? nil : number
        }
        set { numbers[figure.rawValue] = newValue ?? -1 }
    }
}
