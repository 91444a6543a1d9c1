import LinuxSystem
import Plumbing
import Relaying

/// What the user asked for: a stream onto volumes, or back from them.
package struct VolumeOrder: Sendable {
    package enum Direction: String, Sendable {
        case to, from, verify
    }

    package static let usualRecord = 256 << 10
    /// The least record that a label fits into.
    package static let leastLabelled = 512
    static let labelledRecords = leastLabelled...1 << 30

    package var direction: Direction
    package var device: Path
    /// The size of a record; how many bytes to read at once, at first.
    package var record: Int?
    package var isPadded = false
    package var buffer: BufferOrder?
    /// The name of the set, where its volumes have labels.
    package var label: String?
    /// The volumes to read; of a set with labels all where there are none.
    package var volumes: ClosedRange<Int>?
    /// The command that puts in the next volume.
    package var changer: [Word]?
    /// What a report said of each volume.
    package var expected: [VolumeFacts] = []
    /// What it said of the set.
    package var expectedSet: String?
    package var hasHash = false

    /// - Parameter device: A tape drive, or a file.
    package init(_ direction: Direction, _ device: Path) {
        self.direction = direction
        self.device = device
    }

    var recordSize: Int { record ?? VolumeOrder.usualRecord }
    var deviceName: String { Text.quoted(device.bytes) }
}

/// What is on one volume, as far as it was written or read.
package struct VolumeFacts: Equatable, Sendable {
    package let number: Int
    /// Of the stream, without labels.
    package var bytes: Int64 = 0
    package var records: Int64 = 0
    /// BLAKE2b-256 of those bytes, where it was asked for.
    package var hash: [UInt8]?
    package var isComplete = false
    package var milliseconds: Int64 = 0

    package init(_ number: Int) { self.number = number }

    var sentence: String {
        let told = records > 0 ? " in \(Text.counted(records, "record"))" : ""
        return "volume \(number): \(Text.counted(bytes, "byte"))\(told)"
            + (isComplete ? "" : ", incomplete")
    }
}
