import Foundation

/// `tape-drive RECORD [buffer=N] [min=N] [max=N] [stop=SECONDS] [capacity=N] [trace=FILE]`: a drive
/// that reads standard input, a record with each `read`, and tells how it fared as JSON.
///
/// The trace is a line for each time that it set out or stopped: the nanoseconds of the monotonic
/// clock, and `streaming` or `stopped`.
@main
struct TapeDrive {
    static func main() {
        let words = CommandLine.arguments.dropFirst()
        guard let size = words.first.flatMap({ Int($0) }), size > 0
        else {
            FileHandle.standardError.write(Data("tape-drive: expected a record size\n".utf8))
            exit(2)
        }
        var drive = Drive(model(words.dropFirst()))
        var block = [UInt8](repeating: 0, count: size)
        var (records, short) = (0, 0)
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        let began = seconds()
        while true {
            drive.advance(to: seconds() - began)
            let pause = drive.wait(for: Double(size))
            if pause > 0 { usleep(UInt32(pause * 1e6)) }
            drive.advance(to: seconds() - began)
            let count = unsafe read(0, &block, size)
            guard count > 0 else { break }
            drive.advance(to: seconds() - began)
            drive.feed(Double(count), at: seconds() - began)
            if drive.isFull { break }
            records += 1
            if count < size { short += 1 }
            hash = hashed(block, count, after: hash)
        }
        if let file = trace(words) { write(drive.changes, since: began, to: file) }
        let elapsed = max(1e-6, seconds() - began)
        print(
            """
            {"records": \(records), "short": \(short), "bytes": \(Int(drive.total)), \
            "stops": \(drive.stops), "stopped_seconds": \(drive.secondsStopped), \
            "rate": \(Int(drive.total / elapsed)), "hash": "\(String(hash, radix: 16))"}
            """)
        if drive.isFull {
            FileHandle.standardError.write(Data("tape-drive: No space left on device\n".utf8))
            exit(1)
        }
    }

    private static func model(_ words: ArraySlice<String>) -> Drive.Model {
        var model = Drive.Model()
        for word in words {
            let parts = word.split(separator: "=")
            guard parts.count == 2, let value = Double(parts[1]) else { continue }
            switch parts[0] {
            case "buffer": model.bufferSize = value
            case "min": model.slowest = value
            case "max": model.fastest = value
            case "stop": model.backHitch = value
            case "capacity": model.capacity = value
            default: FileHandle.standardError.write(Data("tape-drive: \(word)?\n".utf8))
            }
        }
        return model
    }

    private static func trace(_ words: ArraySlice<String>) -> String? {
        words.first { $0.hasPrefix("trace=") }.map { String($0.dropFirst("trace=".count)) }
    }

    private static func write(_ changes: [Drive.Change], since began: Double, to file: String) {
        let lines = changes.map { change in
            "\(Int((began + change.time) * 1e9)) \(change.isStreaming ? "streaming" : "stopped")\n"
        }
        guard FileManager.default.createFile(atPath: file, contents: Data(lines.joined().utf8))
        else {
            FileHandle.standardError.write(Data("tape-drive: cannot write \(file)\n".utf8))
            exit(2)
        }
    }

    /// FNV-1a over eight bytes at a time, and over what is left of a record.
    private static func hashed(_ block: [UInt8], _ count: Int, after hash: UInt64) -> UInt64 {
        var hash = hash
        unsafe block.withUnsafeBytes { bytes in
            for place in stride(from: 0, to: count - 7, by: 8) {
                let word = unsafe bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
                hash = (hash ^ word) &* 0x100_0000_01b3
            }
            for place in count / 8 * 8..<count {
                hash = (hash ^ UInt64(unsafe bytes[place])) &* 0x100_0000_01b3
            }
        }
        return hash
    }

    private static func seconds() -> Double {
        Double(DispatchTime.now().uptimeNanoseconds) / 1e9
    }
}
