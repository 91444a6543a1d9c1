import LinuxSystem
import Plumbing

/// The set that a volume belongs to.
package struct VolumeSet: Equatable, Sendable {
    package let name: String
    /// 16 hexadecimal digits, other ones for each set that is written.
    package let id: String

    package init(name: String, id: String) {
        self.name = name
        self.id = id
    }

    /// A new set.
    static func fresh(_ name: String) -> VolumeSet {
        VolumeSet(name: name, id: Hex.encode(Cryptography.randomBytes(8)))
    }
}

/// The first record of a volume: lines of text, filled up with zeros to the size of a record.
package struct VolumeLabel: Equatable, Sendable {
    package static let longestName = 60
    static let title = "socketpipe volume label 1"

    package var set: VolumeSet
    package var volume: Int
    package var record: Int
    /// How many bytes of the stream are on the volumes before it.
    package var start: Int64
    /// As in `2026-11-30T07:50:00Z`.
    package var date: String

    package init(_ set: VolumeSet, volume: Int, record: Int, start: Int64, date: String) {
        self.set = set
        self.volume = volume
        self.record = record
        self.start = start
        self.date = date
    }

    package var bytes: [UInt8] {
        LabelText.bytes(
            Self.title,
            [
                ("set", set.name), ("id", set.id), ("volume", "\(volume)"),
                ("record", "\(record)"), ("start", "\(start)"), ("date", date),
            ], record)
    }

    /// - Returns: `nil` if a record does not begin with a label.
    package init?(_ bytes: some Sequence<UInt8>) {
        guard let fields = LabelText.fields(bytes, Self.title), let name = fields["set"],
            let id = fields["id"], let volume = fields["volume"].flatMap({ Int($0) }), volume > 0,
            let record = fields["record"].flatMap({ Int($0) }),
            VolumeOrder.labelledRecords.contains(record),
            let start = fields["start"].flatMap({ Int64($0) }), start >= 0,
            let date = fields["date"]
        else { return nil }
        self.init(
            VolumeSet(name: name, id: id), volume: volume, record: record, start: start, date: date)
    }
}

/// The record behind the last volume's file mark: it says that the set is complete.
package struct EndLabel: Equatable, Sendable {
    static let title = "socketpipe end label 1"

    package let set: VolumeSet
    package let volumes: Int
    package let bytes: Int64

    package init(_ set: VolumeSet, volumes: Int, bytes: Int64) {
        self.set = set
        self.volumes = volumes
        self.bytes = bytes
    }

    package func bytes(of record: Int) -> [UInt8] {
        LabelText.bytes(
            Self.title,
            [
                ("set", set.name), ("id", set.id), ("volumes", "\(volumes)"),
                ("bytes", "\(bytes)"),
            ], record)
    }

    /// - Returns: `nil` if a record does not begin with an end label.
    package init?(_ bytes: some Sequence<UInt8>) {
        guard let fields = LabelText.fields(bytes, Self.title), let name = fields["set"],
            let id = fields["id"], let volumes = fields["volumes"].flatMap({ Int($0) }),
            let count = fields["bytes"].flatMap({ Int64($0) })
        else { return nil }
        self.init(VolumeSet(name: name, id: id), volumes: volumes, bytes: count)
    }
}

/// A title and lines of a name and a value.
private enum LabelText {
    static func bytes(_ title: String, _ fields: [(String, String)], _ size: Int) -> [UInt8] {
        let lines = [title] + fields.map { "\($0.0) \($0.1)" }
        let text = [UInt8]((lines.joined(separator: "\n") + "\n").utf8)
        return text + [UInt8](repeating: 0, count: max(0, size - text.count))
    }

    static func fields(_ bytes: some Sequence<UInt8>, _ title: String) -> [String: String]? {
        let start = [UInt8](bytes.prefix(VolumeOrder.leastLabelled)).prefix { $0 != 0 }
        // It is shown on terminals.
        guard start.allSatisfy({ $0 == 10 || (32..<127).contains($0) || $0 > 127 }) else {
            return nil
        }
        let lines = String(decoding: start, as: UTF8.self).split(separator: "\n")
        guard lines.first.map({ $0 == title }) == true else { return nil }
        var fields: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: " ", maxSplits: 1)
            if parts.count == 2 { fields[String(parts[0])] = String(parts[1]) }
        }
        return fields
    }
}
