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

        package init(size: Int64) { self.size = size }
    }

    package struct Buffer: Equatable, Sendable {
        package var capacity: Int64
        package var fill: Int64 = 0
        package var lowestFill: Int64?
        /// How often it ran dry after the first start, and for how long it then fed nobody.
        package var stops: Int64 = 0
        package var stoppedMicroseconds: Int64 = 0

        package init(capacity: Int64) { self.capacity = capacity }
    }

    package var records: Records?
    package var buffer: Buffer?

    package init(records: Records?, buffer: Buffer?) {
        self.records = records
        self.buffer = buffer
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

extension FeedFacts {
    /// The same as the report has it.
    var members: [(String, JSON)] {
        var members: [(String, JSON)] = []
        if let records {
            members += [
                ("record_bytes", .number(records.size)), ("records", .number(records.count)),
                ("short_records", .number(records.short)),
                ("padded_bytes", .number(records.padded)),
                ("longest_gap_seconds", .fraction(records.longestGapMicroseconds / 1000)),
            ]
        }
        guard let buffer else { return members }
        return members + [
            ("buffer_bytes", .number(buffer.capacity)),
            ("buffer_lowest_bytes", .optional(buffer.lowestFill)),
            ("stops", .number(buffer.stops)),
            ("stopped_seconds", .fraction(buffer.stoppedMicroseconds / 1000)),
        ]
    }

    /// The same for a person.
    var sentence: String {
        var parts: [String] = []
        if let records {
            var part =
                "\(Text.counted(records.count, "record")) of \(Text.counted(records.size, "byte"))"
            part += records.short == 0 ? ", none short" : ", \(Text.grouped(records.short)) short"
            if records.padded > 0 {
                part += ", the last with \(Text.counted(records.padded, "byte")) of padding"
            }
            part +=
                ", longest gap \(Text.seconds(milliseconds: records.longestGapMicroseconds / 1000))"
                + " s"
            parts.append(part)
        }
        if let buffer {
            parts.append(
                "buffer of \(Text.size(buffer.capacity)), "
                    + (buffer.lowestFill.map { "lowest \(Text.size($0)), " } ?? "")
                    + "\(Text.counted(buffer.stops, "stop")), stopped for "
                    + "\(Text.seconds(milliseconds: buffer.stoppedMicroseconds / 1000)) s")
        }
        return parts.joined(separator: "; ")
    }

    /// The same while it goes on, for `--progress`.
    package var progress: FittedText {
        var text = FittedText()
        if let buffer {
            text.add("buffer \(buffer.percent(buffer.fill)) %")
            if let lowest = buffer.lowestFill {
                text.add(" (lowest \(buffer.percent(lowest)) %)", as: .lowest)
            }
            text.add(", \(Text.counted(buffer.stops, "stop"))")
            if buffer.stops > 0 {
                text.add(" for \(Text.seconds(milliseconds: buffer.stoppedMicroseconds / 1000)) s")
            }
        }
        if let records {
            if buffer != nil { text.add("; ", as: .records) }
            text.add(Text.counted(records.count, "record"), as: .records)
            // What a drive may not read again is no ornament.
            if records.short > 0 { text.add(", \(Text.grouped(records.short)) short") }
            let gap = Text.seconds(milliseconds: records.longestGapMicroseconds / 1000)
            text.add(", longest gap \(gap) s", as: .gap)
        }
        return text
    }
}

extension FeedFacts.Buffer {
    fileprivate func percent(_ byteCount: Int64) -> Int64 {
        min(100, byteCount / max(1, capacity / 100))
    }
}
