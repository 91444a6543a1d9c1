import Glibc
import LinuxSystem
import Testing

@Suite struct WallTimeTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (951_868_799_999, "2000-02-29T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"), (1_796_027_107_042, "2026-11-30T08:25:07.042Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        ] as [(Int64, String)])
    func `a moment is told by its date and time in UTC`(milliseconds: Int64, text: String) {
        #expect(WallTime(milliseconds: milliseconds).text == text)
    }

    @Test func `every day of eight hundred years is that of the C library`() {
        var wrong: [String] = []
        for day in -146_000..<146_000 {
            var seconds = day * 86_400
            let parts = unsafe gmtime(&seconds).pointee
            let date = unsafe [parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday]
            let text = WallTime(milliseconds: Int64(seconds) * 1000).text
            let told = text.prefix(10).split(separator: "-").compactMap { Int32($0) }
            if told != date { wrong.append(text) }
        }
        #expect(wrong == [])
    }

    @Test func `now is what the C library says`() {
        let before = time(nil)
        let now = WallTime.now.milliseconds / 1000
        #expect((before...time(nil)).contains(Int(now)))
    }
}
