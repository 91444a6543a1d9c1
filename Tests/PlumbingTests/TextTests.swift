import Plumbing
import Testing

@Suite struct TextTests {
    @Test(
        arguments: [
            ("plain text, ä and 漢字", "plain text, ä and 漢字"), ("", ""),
            ("\u{1b}[31mred\u{7}", #"\x1b[31mred\x07"#), ("a\nb\tc\r", #"a\x0ab\x09c\x0d"#),
            ("\u{0}\u{7f}\u{80}\u{9b}", #"\x00\x7f\x80\x9b"#),
            ("\u{202e}gnp.\u{2066}", #"\x202egnp.\x2066"#), ("\u{2028}", #"\x2028"#),
        ])
    func `terminal control characters are written as numbers`(text: String, escaped: String) {
        #expect(Text.escaped(text.utf8) == escaped)
    }

    @Test func `no bytes at all reach a terminal as they are but text`() {
        var random = SeededGenerator(seed: 13)
        for _ in 0..<2_000 {
            let escaped = Text.escaped(random.bytes(Int.random(in: 0..<40, using: &random)))
            let isSafe = escaped.unicodeScalars.allSatisfy { scalar in
                scalar.value >= 0x20 && !(0x7f..<0xa0).contains(scalar.value)
            }
            #expect(isSafe)
        }
    }

    @Test func `characters that are kept stay as they are, and no others`() {
        let bytes = [UInt8]("a\n\tb\u{1b}".utf8)
        #expect(Text.escaped(bytes, keeping: "\n\t") == "a\n\tb\\x1b")
        #expect(Text.escaped(bytes, keeping: "") == #"a\x0a\x09b\x1b"#)
    }

    @Test func `quotes hold up to 80 bytes`() {
        let most = [UInt8](repeating: 120, count: 80)
        #expect(Text.quoted([]) == "''")
        #expect(Text.quoted(most) == "'\(String(repeating: "x", count: 80))'")
        #expect(Text.quoted(most + [120]) == "'\(String(repeating: "x", count: 80))…'")
    }

    @Test(
        arguments: [
            (0, "0"), (7, "7"), (999, "999"), (1_000, "1,000"), (123_456, "123,456"),
            (1_234_567, "1,234,567"), (-1, "-1"), (-999, "-999"), (-1_000, "-1,000"),
            (-123_456, "-123,456"), (.max, "9,223,372,036,854,775,807"),
            (.min, "-9,223,372,036,854,775,808"),
        ] as [(Int64, String)])
    func `digits stand in groups of three`(number: Int64, text: String) {
        #expect(Text.grouped(number) == text)
    }

    @Test(arguments: [(0, "0 stops"), (1, "1 stop"), (2, "2 stops"), (1_001, "1,001 stops")])
    func `one of something is not several`(number: Int64, text: String) {
        #expect(Text.counted(number, "stop") == text)
    }

    @Test(
        arguments: [
            (0, "0.000"), (1, "0.001"), (10, "0.010"), (999, "0.999"), (1_000, "1.000"),
            (61_005, "61.005"), (.max, "9223372036854775.807"),
        ] as [(Int64, String)])
    func `a time is seconds with three decimals`(milliseconds: Int64, text: String) {
        #expect(Text.seconds(milliseconds: milliseconds) == text)
    }

    @Test(
        arguments: [
            (0, "0 B"), (1, "1 B"), (950, "950 B"), (999, "999 B"), (1_000, "1.00 kB"),
            (1_009, "1.00 kB"), (1_010, "1.01 kB"), (9_999, "9.99 kB"), (10_000, "10.0 kB"),
            (99_999, "99.9 kB"), (100_000, "100 kB"), (999_999, "999 kB"),
            (1_000_000, "1.00 MB"), (1_250_000_000, "1.25 GB"), (4_096_000_000_000, "4.09 TB"),
            (1_000_000_000_000_000, "1.00 PB"), (.max, "9.22 EB"), (-1, "-1 B"),
        ] as [(Int64, String)])
    func `a size has three digits and a unit, and is never rounded up`(
        number: Int64, text: String
    ) {
        #expect(Text.size(number) == text)
    }

    @Test(
        arguments: [
            (0, "0:00:00"), (999, "0:00:00"), (1_000, "0:00:01"), (59_999, "0:00:59"),
            (60_000, "0:01:00"), (155_000, "0:02:35"), (3_599_999, "0:59:59"),
            (3_600_000, "1:00:00"), (360_000_000, "100:00:00"),
        ] as [(Int64, String)])
    func `a length of time is hours, minutes and seconds`(milliseconds: Int64, text: String) {
        #expect(Text.duration(.milliseconds(milliseconds)) == text)
    }
}
