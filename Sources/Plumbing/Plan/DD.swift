import LinuxSystem

/// A `dd` that reads a stream, and what its operands make of short reads.
///
/// A socket or pipe returns whatever has arrived, which may be less than a block. GNU `dd` takes
/// each such read for a block: it pads it with `conv=sync`, counts it for `count=` and `skip=`, and
/// with `bs=` writes it short.
struct DD {
    private let operands: [[UInt8]]

    /// - Returns: `nil` for another command, and for a `dd` that reads a file.
    init?(_ words: [Word]) {
        let name = words.first?.bytes.split(separator: UInt8(ascii: "/")).last
        guard name.map({ $0.elementsEqual("dd".utf8) }) == true else { return nil }
        operands = words.dropFirst().map { $0.bytes }
        let source = value("if")
        let own = ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"]
        guard source == nil || own.contains(where: { $0.utf8.elementsEqual(source ?? []) }) else {
            return nil
        }
    }

    var target: [UInt8]? { value("of") }

    /// The size of the blocks that it pads with zeros in the middle of the data.
    ///
    /// - Parameter record: The size of the records that it gets, if any: it reads whole records as
    ///   whole blocks.
    func paddedSize(whenRecordsHave record: Int?) -> [UInt8]? {
        guard has("conv", "sync"), !has("iflag", "fullblock") else { return nil }
        let size = readSize
        if let record, let block = DD.number(size), record % block == 0 { return nil }
        return size
    }

    /// `count=` or `skip=`, if it counts reads and not blocks.
    var countedReads: [UInt8]? {
        guard !has("iflag", "fullblock") else { return nil }
        for (name, flag) in [("skip", "skip_bytes"), ("count", "count_bytes")] {
            guard let count = value(name), count != [UInt8(ascii: "0")], !has("iflag", flag),
                count.last != UInt8(ascii: "B")
            else { continue }
            return [UInt8](name.utf8) + [UInt8(ascii: "=")] + count
        }
        return nil
    }

    /// The size of the records that it could write short.
    ///
    /// - Parameter record: The size of the records that it gets, if any.
    func shortRecords(whenRecordsHave record: Int?) -> [UInt8]? {
        let reblocks = ["ascii", "ebcdic", "ibm", "block", "unblock", "lcase", "ucase", "swab"]
        guard record == nil, let size = value("bs"), !has("iflag", "fullblock"),
            !reblocks.contains(where: { has("conv", $0) })
        else { return nil }
        return size
    }

    /// `bs=` overrides `ibs=`, in any order.
    private var readSize: [UInt8] { value("bs") ?? value("ibs") ?? [UInt8]("512".utf8) }

    /// The value of the last `name=value`.
    private func value(_ name: String) -> [UInt8]? {
        let start = [UInt8](name.utf8) + [UInt8(ascii: "=")]
        return operands.last { $0.starts(with: start) }.map { [UInt8]($0.dropFirst(start.count)) }
    }

    /// Whether any `name=` has the flag: they add up.
    private func has(_ name: String, _ flag: String) -> Bool {
        let start = [UInt8](name.utf8) + [UInt8(ascii: "=")]
        return operands.filter { $0.starts(with: start) }.contains { operand in
            operand.dropFirst(start.count).split(separator: UInt8(ascii: ","))
                .contains { $0.elementsEqual(flag.utf8) }
        }
    }

    /// A number of bytes as `dd` reads it; `nil` if it is not positive or not a number.
    private static func number(_ word: [UInt8]) -> Int? {
        let digits = word.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        let factors: [(String, Int)] = [
            ("", 1), ("c", 1), ("w", 2), ("b", 512), ("kB", 1000), ("k", 1 << 10), ("K", 1 << 10),
            ("KiB", 1 << 10), ("MB", 1_000_000), ("M", 1 << 20), ("MiB", 1 << 20),
            ("GB", 1_000_000_000), ("G", 1 << 30), ("GiB", 1 << 30),
        ]
        let suffix = word.dropFirst(digits.count)
        guard let count = Int(String(decoding: digits, as: UTF8.self)), count > 0,
            let factor = factors.first(where: { $0.0.utf8.elementsEqual(suffix) })?.1
        else { return nil }
        let product = count.multipliedReportingOverflow(by: factor)
        return product.overflow ? nil : product.partialValue
    }
}
