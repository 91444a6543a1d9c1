import LinuxSystem

/// How a reader was fed that wanted records or a reservoir: the operator's numbers.
package struct FeedFacts: Equatable, Sendable {
    package struct Records: Equatable, Sendable {
        package var size: Int64
        package var count: Int64 = 0
        /// Those among them that were not whole: at most the last, if all is well.
        package var short: Int64 = 0
        /// Zeros that filled up the last one.
        package var padded: Int64 = 0
        package var longestGapMicroseconds: Int64 = 0

        /// - Parameter size: Of a record, in bytes.
        package init(size: Int64) { self.size = size }
    }

    package struct Buffer: Equatable, Sendable {
        package var capacity: Int64
        package var fill: Int64 = 0
        package var lowestFill: Int64?
        /// How often it ran dry after the first start, and for how long it then fed nobody.
        package var stops: Int64 = 0
        package var stoppedMicroseconds: Int64 = 0

        /// - Parameter capacity: In bytes.
        package init(capacity: Int64) { self.capacity = capacity }
    }

    package var records: Records?
    package var buffer: Buffer?

    /// `nil` for what was not asked for.
    package init(records: Records?, buffer: Buffer?) {
        self.records = records
        self.buffer = buffer
    }
}

/// How much less than was wanted a buffer holds, in bytes.
package struct BufferShortage: Equatable, Sendable {
    package let available: Int64
    package let wanted: Int64
}

/// Sees when a buffer gets smaller than it is known to be.
struct ShortageWatch {
    let wanted: Int64
    /// What the user takes for granted, in bytes.
    private var known: Int

    init(wanted: Int64, known: Int) {
        self.wanted = wanted
        self.known = known
    }

    /// - Returns: `nil` where there is nothing new.
    mutating func take(_ capacity: Int) -> BufferShortage? {
        guard capacity < known else { return nil }
        known = capacity
        return BufferShortage(available: Int64(capacity), wanted: wanted)
    }
}
