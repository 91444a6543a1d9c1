import CLinux

/// A moment on the monotonic clock, which a change of the date does not affect.
package struct Instant: Comparable, Sendable {
    package let nanoseconds: Int64

    /// - Parameter nanoseconds: The time since an arbitrary start.
    package init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// The corresponding C function is `clock_gettime` with `CLOCK_MONOTONIC`.
    package static var now: Instant { Instant(nanoseconds: linux_monotonic_nanoseconds()) }

    package static let distantFuture = Instant(nanoseconds: .max)

    /// Sleeps for this long, or until a signal comes.
    ///
    /// The corresponding C function is `ppoll`.
    package static func rest(_ span: Span) {
        _ = linux_poll(nil, 0, span.nanoseconds)
    }

    /// Whether the left moment is earlier.
    package static func < (left: Instant, right: Instant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// The moment `span` later.
    package static func + (instant: Instant, span: Span) -> Instant {
        Instant(nanoseconds: instant.nanoseconds + span.nanoseconds)
    }

    /// The time from `earlier` to `later`; negative in the other order.
    package static func - (later: Instant, earlier: Instant) -> Span {
        Span(nanoseconds: later.nanoseconds - earlier.nanoseconds)
    }
}

extension Instant {
    /// A length of time.
    package struct Span: Comparable, Sendable {
        package let nanoseconds: Int64

        /// - Parameter nanoseconds: The length; negative for a time in the past.
        package init(nanoseconds: Int64) {
            self.nanoseconds = nanoseconds
        }

        /// The processor time that this process has used until now.
        ///
        /// The corresponding C function is `clock_gettime` with `CLOCK_PROCESS_CPUTIME_ID`.
        package static var ofProcessor: Span { Span(nanoseconds: linux_processor_nanoseconds()) }

        /// The processor time of the children that this process has waited for (`getrusage(2)`).
        package static var ofChildren: Span { Span(nanoseconds: linux_children_nanoseconds()) }

        /// The processor time that another process has used, its children not counted; `nil` if the
        /// kernel does not tell.
        ///
        /// The corresponding C functions are `clock_getcpuclockid` and `clock_gettime`.
        package static func ofProcessor(_ process: CInt) -> Span? {
            let time = linux_processor_nanoseconds_of(process)
            return time < 0 ? nil : Span(nanoseconds: time)
        }

        /// A number of seconds.
        package static func seconds(_ count: Int64) -> Span {
            Span(nanoseconds: count * 1_000_000_000)
        }

        /// A number of milliseconds.
        package static func milliseconds(_ count: Int64) -> Span {
            Span(nanoseconds: count * 1_000_000)
        }

        /// Whether the left span is shorter.
        package static func < (left: Span, right: Span) -> Bool {
            left.nanoseconds < right.nanoseconds
        }

        /// The left span less the right one.
        package static func - (left: Span, right: Span) -> Span {
            Span(nanoseconds: left.nanoseconds - right.nanoseconds)
        }

        /// Both spans, one after the other.
        package static func + (left: Span, right: Span) -> Span {
            Span(nanoseconds: left.nanoseconds + right.nanoseconds)
        }

        /// The span `factor` times over.
        package static func * (span: Span, factor: Int64) -> Span {
            Span(nanoseconds: span.nanoseconds * factor)
        }

        package var milliseconds: Int64 { nanoseconds / 1_000_000 }
        package var seconds: Int64 { nanoseconds / 1_000_000_000 }
    }
}
