/// What a relay is to do.
package struct RelayOrder: Equatable, Sendable {
    /// `nil` chooses.
    package var engine: RelayEngine?
    /// Whether the content's hash is to be part of the verdict.
    package var hasChecksum = false
    /// The records in which a reader is to get its bytes.
    package var record: RecordOrder?
    /// What stands before a reader.
    package var buffer: BufferOrder?
    /// Whether ends that write hand off, because only readers need a relay.
    package var isForReaders = false

    package init(engine: RelayEngine? = nil, hasChecksum: Bool = false) {
        self.engine = engine
        self.hasChecksum = hasChecksum
    }

    /// Whether readers need a relay, whatever else is asked for.
    package var servesReaders: Bool { record != nil || buffer != nil }
}

/// The size in which a reader must get its bytes.
package struct RecordOrder: Equatable, Sendable {
    package static let sizes = 1...1 << 30

    package var size: Int
    /// Whether the last one is filled up with zeros.
    package var isPadded: Bool

    package init(size: Int, isPadded: Bool = false) {
        self.size = size
        self.isPadded = isPadded
    }
}

/// The reservoir before a reader, and when it feeds him.
package struct BufferOrder: Equatable, Sendable {
    package var byteCount: Int64
    /// The fill at which to begin, in percent.
    package var start: Int
    /// The fill at which to go on after having run dry, in percent.
    package var resume: Int

    package init(byteCount: Int64, start: Int = 0, resume: Int = 0) {
        self.byteCount = byteCount
        self.start = start
        self.resume = resume
    }
}

extension RelayOrder {
    func fields(on line: ControlLine) -> ControlLine {
        var line = line.with("engine", engine?.rawValue ?? "auto").with("checksum", hasChecksum)
        if isForReaders { line = line.with("readers", true) }
        if let record { line = line.with("record", record.size).with("pad", record.isPadded) }
        guard let buffer else { return line }
        return line.with("buffer", buffer.byteCount).with("start", buffer.start)
            .with("resume", buffer.resume)
    }

    init?(_ line: ControlLine) throws(ControlError) {
        guard line.optionalBytes("engine") != nil else { return nil }
        let name = try line.text("engine")
        let engine = RelayEngine(rawValue: name)
        guard engine != nil || name == "auto" else { throw .malformed(line.encoded) }
        self.init(engine: engine, hasChecksum: line.flag("checksum"))
        isForReaders = line.flag("readers")
        if let size = try line.optionalInteger("record") {
            guard RecordOrder.sizes.contains(Int(size)) else { throw .malformed(line.encoded) }
            record = RecordOrder(size: Int(size), isPadded: line.flag("pad"))
        }
        guard let byteCount = try line.optionalInteger("buffer") else { return }
        let start = try line.integer("start")
        let resume = try line.integer("resume")
        guard byteCount > 0, start <= 100, resume <= 100 else { throw .malformed(line.encoded) }
        buffer = BufferOrder(byteCount: byteCount, start: Int(start), resume: Int(resume))
    }
}
