import CLinux

/// A moment on the monotonic clock, which no change of the date touches.
package struct Instant: Comparable, Sendable {
    package let nanoseconds: Int64

    package init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    package static var now: Instant { Instant(nanoseconds: linux_monotonic_nanoseconds()) }

    package static let distantFuture = Instant(nanoseconds: .max)

    /// Lets this much time pass.
    package static func rest(_ span: Span) {
        _ = linux_poll(nil, 0, span.nanoseconds)
    }

    package static func < (left: Instant, right: Instant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    package static func + (instant: Instant, span: Span) -> Instant {
        Instant(nanoseconds: instant.nanoseconds + span.nanoseconds)
    }

    package static func - (later: Instant, earlier: Instant) -> Span {
        Span(nanoseconds: later.nanoseconds - earlier.nanoseconds)
    }
}

extension Instant {
    /// A length of time.
    package struct Span: Comparable, Sendable {
        package let nanoseconds: Int64

        package init(nanoseconds: Int64) {
            self.nanoseconds = nanoseconds
        }

        /// What this process has had of the processors until now.
        package static var ofProcessor: Span { Span(nanoseconds: linux_processor_nanoseconds()) }

        package static func seconds(_ count: Int64) -> Span {
            Span(nanoseconds: count * 1_000_000_000)
        }

        package static func milliseconds(_ count: Int64) -> Span {
            Span(nanoseconds: count * 1_000_000)
        }

        package static func < (left: Span, right: Span) -> Bool {
            left.nanoseconds < right.nanoseconds
        }

        package static func - (left: Span, right: Span) -> Span {
            Span(nanoseconds: left.nanoseconds - right.nanoseconds)
        }

        package static func + (left: Span, right: Span) -> Span {
            Span(nanoseconds: left.nanoseconds + right.nanoseconds)
        }

        package static func * (span: Span, factor: Int64) -> Span {
            Span(nanoseconds: span.nanoseconds * factor)
        }

        package var milliseconds: Int64 { nanoseconds / 1_000_000 }
        package var seconds: Int64 { nanoseconds / 1_000_000_000 }
    }
}
