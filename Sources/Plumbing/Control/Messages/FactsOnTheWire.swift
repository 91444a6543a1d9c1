import LinuxSystem
import Relaying

extension FlowFacts {
    func fields(on line: ControlLine) -> ControlLine {
        let told = line.with("ending", ending.rawValue).with("bytes", max(0, byteCount))
            .with("unread", unread).with("padding", padding)
            .with("rtt", path.roundTripMicroseconds).with("retransmits", path.retransmits)
            .with("mss", path.segmentSize).with("busy", path.busyMicroseconds)
            .with("rwnd-limited", path.receiverLimitedMicroseconds)
            .with("sndbuf-limited", path.sendBufferLimitedMicroseconds)
            .with("backlog", path.backlogMicroseconds)
        let all = path.socket?.fields(on: told) ?? told
        return relay?.fields(on: all) ?? all
    }

    init(_ line: ControlLine) throws(ControlError) {
        guard let ending = Ending(rawValue: try line.text("ending")) else {
            throw .malformed(line.encoded)
        }
        self.init(ending, byteCount: try line.integer("bytes"))
        unread = try line.integer("unread")
        padding = try line.integer("padding")
        path.roundTripMicroseconds = try line.optionalInteger("rtt")
        path.retransmits = try line.optionalInteger("retransmits")
        path.segmentSize = try line.optionalInteger("mss")
        path.busyMicroseconds = try line.optionalInteger("busy")
        path.receiverLimitedMicroseconds = try line.optionalInteger("rwnd-limited")
        path.sendBufferLimitedMicroseconds = try line.optionalInteger("sndbuf-limited")
        path.backlogMicroseconds = try line.optionalInteger("backlog")
        path.socket = try SocketFacts(line)
        relay = try RelayFacts(line)
    }
}

extension SocketFacts {
    func fields(on line: ControlLine) -> ControlLine {
        line.with("congestion", congestionControl).with("socket-buffer", bufferSize)
            .with("dscp", codePoint.number)
    }

    init?(_ line: ControlLine) throws(ControlError) {
        guard line.optionalBytes("congestion") != nil else { return nil }
        congestionControl = try line.text("congestion")
        bufferSize = try line.integer("socket-buffer")
        guard let codePoint = CodePoint(try line.integer("dscp")) else {
            throw .malformed(line.encoded)
        }
        self.codePoint = codePoint
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

extension FeedFacts {
    func fields(on line: ControlLine) -> ControlLine {
        var line = line
        if let records {
            line = line.with("record", records.size).with("records", records.count)
                .with("short", records.short).with("padded", records.padded)
                .with("gap", records.longestGapMicroseconds)
        }
        guard let buffer else { return line }
        return line.with("buffer", buffer.capacity).with("fill", buffer.fill)
            .with("lowest", buffer.lowestFill).with("stops", buffer.stops)
            .with("stopped", buffer.stoppedMicroseconds)
    }

    init?(_ line: ControlLine) throws(ControlError) {
        self.init(records: nil, buffer: nil)
        if let size = try line.optionalInteger("record") {
            var told = Records(size: size)
            told.count = try line.integer("records")
            told.short = try line.integer("short")
            told.padded = try line.integer("padded")
            told.longestGapMicroseconds = try line.integer("gap")
            records = told
        }
        if let capacity = try line.optionalInteger("buffer") {
            var told = Buffer(capacity: capacity)
            told.fill = try line.integer("fill")
            told.lowestFill = try line.optionalInteger("lowest")
            told.stops = try line.integer("stops")
            told.stoppedMicroseconds = try line.integer("stopped")
            buffer = told
        }
        if records == nil, buffer == nil { return nil }
    }
}
