import LinuxSystem
import Relaying

extension FeedFacts {
    /// The facts as members of the report.
    package var members: [(String, JSON)] {
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

    /// The facts as a sentence.
    package var sentence: String {
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

    /// The present state, for `--progress`.
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
            // A drive may be unable to read short records again: never leave this out.
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
