import CLinux

/// A moment of the calendar, by a clock that may be set.
package struct WallTime: Equatable, Sendable {
    /// Since the start of 1970, in UTC.
    package let milliseconds: Int64

    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// The corresponding C function is `clock_gettime` with `CLOCK_REALTIME`.
    package static var now: WallTime {
        WallTime(milliseconds: linux_wall_nanoseconds() / 1_000_000)
    }

    /// The moment in UTC by RFC 3339, such as `2026-11-30T08:05:07.042Z`.
    package var text: String {
        let fraction = milliseconds - WallTime.floor(milliseconds, 1000) * 1000
        return "\(textInSeconds.dropLast()).\(WallTime.digits(fraction, 3))Z"
    }

    /// The same without the fraction of a second.
    package var textInSeconds: String {
        let seconds = WallTime.floor(milliseconds, 1000)
        let days = WallTime.floor(seconds, 86_400)
        let (year, month, day) = WallTime.date(days)
        let second = seconds - days * 86_400
        return "\(WallTime.digits(year, 4))-\(WallTime.digits(month, 2))-\(WallTime.digits(day, 2))"
            + "T\(WallTime.digits(second / 3600, 2)):\(WallTime.digits(second / 60 % 60, 2))"
            + ":\(WallTime.digits(second % 60, 2))Z"
    }

    /// The date so many days after the first of January 1970 (proleptic Gregorian calendar).
    ///
    /// A year begins in March here, so that a leap day is its last.
    private static func date(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = floor(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let year = yearOfEra + era * 400 + (month < 10 ? 0 : 1)
        return (year, month < 10 ? month + 3 : month - 9, dayOfYear - (153 * month + 2) / 5 + 1)
    }

    private static func floor(_ number: Int64, _ unit: Int64) -> Int64 {
        number >= 0 ? number / unit : -((unit - 1 - number) / unit)
    }

    private static func digits(_ number: Int64, _ count: Int) -> String {
        let digits = "\(number)"
        return String(repeating: "0", count: max(0, count - digits.utf8.count)) + digits
    }
}
