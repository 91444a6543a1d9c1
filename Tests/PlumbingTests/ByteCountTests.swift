import Plumbing
import Testing

@Suite struct ByteCountTests {
    @Test(
        arguments: [
            ("1", 1), ("1500", 1500), ("800k", 819_200), ("800K", 819_200), ("20M", 20 << 20),
            ("1G", 1 << 30), ("3T", 3 << 40), ("0", 0), ("0k", 0), ("300MB", 300_000_000),
            ("1kB", 1000), ("2GB", 2_000_000_000), ("9223372TB", 9_223_372_000_000_000_000),
            ("9223372036854775807", .max),
            ("9007199254740991k", .max - 1023), ("8388607T", 8_388_607 << 40),
        ] as [(String, Int64)])
    func `a suffix counts in 1024s, and with B in 1000s`(word: String, count: Int64) {
        #expect(ByteCount.reading(word) == count)
    }

    @Test(
        arguments: [
            "", "k", "kB", "B", "1B", "1bB", "+5", "+5k", "+5MB", "9223373TB", "-1", "-1k", "1.5k",
            "1kk", "1 k", " 1", "1P", "1b", "0x10",
            "1k\u{301}", "5\u{600}k",
            "9223372036854775808", "9007199254740992k", "8388608T", "-8388609T",
        ])
    func `a size that is no number, or too large, is refused`(word: String) {
        #expect(ByteCount.reading(word) == nil)
    }
}
