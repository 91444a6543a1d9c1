import LinuxSystem
import Plumbing
import Relaying

/// How a set was written or read, and what is on each volume.
package struct VolumeResult: Sendable {
    /// The version of `volumes.schema.json`: raise it if a member changes its meaning or goes.
    static let version: Int64 = 1

    package let order: VolumeOrder
    package let volumes: [VolumeFacts]
    package let error: VolumeError?
    package var set: VolumeSet?
    package var feeding: FeedFacts?
    /// Bytes that were read and are on no volume.
    package var unwritten: Int64 = 0
    package var hasInputLeft = false

    init(_ order: VolumeOrder, _ volumes: [VolumeFacts], _ error: VolumeError?) {
        self.order = order
        self.volumes = volumes
        self.error = error
    }

    package var bytes: Int64 { volumes.reduce(0) { $0 + $1.bytes } }
    package var records: Int64 { volumes.reduce(0) { $0 + $1.records } }

    package var outcome: Outcome {
        if let error { return error.outcome(order) }
        let count = Text.counted(Int64(volumes.count), "volume")
        let size = Text.counted(bytes, "byte")
        let sentence =
            switch order.direction {
            case .to: "\(size) written to \(count)"
            case .from: "\(size) read from \(count)"
            case .verify: "\(size) on \(count) are those of the report"
            }
        return Outcome(0, "success", sentence)
    }

    /// What is where, after a failure.
    package var remarks: [String] {
        guard error != nil, !volumes.isEmpty else { return [] }
        let lines = volumes.map { $0.sentence }
        guard order.direction == .to else { return lines }
        return lines + [
            "\(Text.counted(unwritten, "byte")) more were read from standard input and are on no "
                + "volume" + (hasInputLeft ? "; what follows them was not read" : "")
        ]
    }

    /// A few lines for a person.
    package var summary: [String] {
        volumes.map { $0.sentence } + (feeding.map { [$0.sentence] } ?? [])
    }

    package var json: JSON {
        var members: [(String, JSON)] = [
            ("version", .number(VolumeResult.version)),
            ("program", .text("socketpipe \(Version.program)")),
            ("status", .number(Int64(outcome.ending.status))), ("outcome", .text(outcome.name)),
            ("sentence", .text(outcome.sentence)),
            ("direction", .text(order.direction.rawValue)),
            ("device", .text(String(decoding: order.device.bytes, as: UTF8.self))),
            ("set", .optional(set?.name)), ("set_id", .optional(set?.id)),
            ("bytes", .number(bytes)), ("records", .number(records)),
            ("volumes", .list(volumes.map { $0.json })),
        ]
        if let feeding { members.append(("feeding", .object(feeding.members))) }
        if error != nil, order.direction == .to {
            members.append(("unwritten_bytes", .number(unwritten)))
        }
        return .object(members)
    }
}

extension VolumeFacts {
    var json: JSON {
        .object([
            ("volume", .number(Int64(number))), ("bytes", .number(bytes)),
            ("records", .number(records)), ("complete", .boolean(isComplete)),
            ("blake2b", .optional(hash.map { Hex.encode($0) })),
            ("seconds", .fraction(milliseconds)),
        ])
    }
}
