/// A number of bytes as an option accepts it: with a suffix, like `dd`.
package enum ByteCount {
    /// - Returns: `nil` if the word is no number, or too large.
    package static func reading(_ word: String) -> Int64? {
        let digits = word.utf8.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        let suffix = word.utf8.dropFirst(digits.count)
        guard let count = number(digits), let unit = unit(suffix) else { return nil }
        let product = count.multipliedReportingOverflow(by: unit)
        return product.overflow ? nil : product.partialValue
    }

    /// A number without a sign, which `Int64` would accept.
    package static func number(_ digits: Substring.UTF8View) -> Int64? {
        guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }
        return Int64(Substring(digits))
    }

    /// Powers of 1024, or of 1000 with `B`.
    private static func unit(_ suffix: Substring.UTF8View) -> Int64? {
        let letters: [(UInt8, Int64, Int64)] = [
            (UInt8(ascii: "k"), 1 << 10, 1000), (UInt8(ascii: "K"), 1 << 10, 1000),
            (UInt8(ascii: "M"), 1 << 20, 1_000_000), (UInt8(ascii: "G"), 1 << 30, 1_000_000_000),
            (UInt8(ascii: "T"), 1 << 40, 1_000_000_000_000),
        ]
        guard let first = suffix.first else { return 1 }
        guard let letter = letters.first(where: { $0.0 == first }) else { return nil }
        let rest = suffix.dropFirst()
        if rest.isEmpty { return letter.1 }
        return rest.elementsEqual("B".utf8) ? letter.2 : nil
    }
}
