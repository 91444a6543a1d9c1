/// A number of bytes as an option takes it: with a suffix of 1024s, as `dd` takes it.
package enum ByteCount {
    /// - Returns: `nil` when the word is no number, is not positive, or is more than fits.
    package static func reading(_ word: String) -> Int64? {
        let shift = shift(word.utf8.last)
        guard let count = Int64(Substring(shift == 0 ? word.utf8[...] : word.utf8.dropLast())),
            count > 0,
            count <= Int64.max >> shift
        else { return nil }
        return count << shift
    }

    private static func shift(_ suffix: UInt8?) -> Int64 {
        switch suffix {
        case UInt8(ascii: "k"), UInt8(ascii: "K"): 10
        case UInt8(ascii: "M"): 20
        case UInt8(ascii: "G"): 30
        case UInt8(ascii: "T"): 40
        default: 0
        }
    }
}
