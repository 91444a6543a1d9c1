import LinuxSystem

/// What a relay tells of itself when its flow is over.
package struct RelayFacts: Equatable, Sendable {
    package var engine: RelayEngine
    /// Why it was not a faster one.
    package var reason: String?
    /// BLAKE2b-256 of the content.
    package var checksum: [UInt8]?
    package var waitedForSourceMicroseconds: Int64
    package var waitedForTargetMicroseconds: Int64
    /// How a reader was fed that wanted records or a reservoir.
    package var feeding: FeedFacts?

    package init(_ relay: Relay) {
        engine = relay.choice.engine
        reason = relay.choice.reason
        checksum = relay.checksum?.finish()
        waitedForSourceMicroseconds = relay.times.source.nanoseconds / 1000
        waitedForTargetMicroseconds = relay.times.target.nanoseconds / 1000
        feeding = relay.feeding
    }
}

extension RelayFacts {
    func fields(on line: ControlLine) -> ControlLine {
        var line = line.with("engine", engine.rawValue)
            .with("source-wait", waitedForSourceMicroseconds)
            .with("target-wait", waitedForTargetMicroseconds)
        if let reason { line = line.with("reason", reason) }
        if let checksum { line = line.with("hash", Hex.encode(checksum)) }
        return feeding?.fields(on: line) ?? line
    }

    init?(_ line: ControlLine) throws(ControlError) {
        guard line.optionalBytes("engine") != nil else { return nil }
        guard let engine = RelayEngine(rawValue: try line.text("engine")) else {
            throw .malformed(line.encoded)
        }
        self.engine = engine
        waitedForSourceMicroseconds = try line.integer("source-wait")
        waitedForTargetMicroseconds = try line.integer("target-wait")
        if line.optionalBytes("reason") != nil { reason = try line.text("reason") }
        if line.optionalBytes("hash") != nil {
            checksum = Hex.decode(try line.bytes("hash"), byteCount: 32)
            guard checksum != nil else { throw .malformed(line.encoded) }
        }
        feeding = try FeedFacts(line)
    }
}
