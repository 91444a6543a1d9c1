import LinuxSystem
import Testing

@testable import Plumbing

@Suite struct WindowWatchTests {
    private func narrow(_ windows: [Int64?]) -> Instant.Span {
        var watch = WindowWatch()
        for (number, window) in windows.enumerated() {
            watch.note(window, Instant(nanoseconds: Int64(number) * 1_000_000))
        }
        return watch.narrow
    }

    @Test func `a window that only grows was never narrow`() {
        #expect(narrow([1000, 2000, 2000, 1000, 4000]) == .milliseconds(0))
    }

    @Test func `the time counts in which less than half of the widest was granted`() {
        #expect(narrow([1000, 499, 500, 0, 0]) == .milliseconds(3))
    }

    @Test func `a kernel that does not tell has no narrow window`() {
        #expect(narrow([nil, nil, nil]) == .milliseconds(0))
    }
}
