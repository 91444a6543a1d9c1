import CLinux

/// The descriptors one wait watches, and what it saw of each.
///
/// The corresponding C function is `ppoll`.
package struct Readiness {
    /// What to wait for besides errors and hang-ups, which are always reported.
    package enum Interest: Sendable {
        case reading, writing, errorsOnly

        var events: CShort {
            switch self {
            case .reading: linux_poll_reading
            case .writing: linux_poll_writing
            case .errorsOnly: 0
            }
        }
    }

    /// What was seen of one descriptor.
    package struct Seen: Sendable {
        let events: CShort

        /// Something can be done: what was waited for, or an error or hang-up to be told of it.
        package var isReady: Bool { events != 0 }
        package var hasError: Bool { events & linux_poll_error != 0 }
        package var isHungUp: Bool { events & linux_poll_hang_up != 0 }
    }

    private var entries: [pollfd] = []

    package init() {}

    /// Adds a descriptor, or what else to wait for on one that is watched.
    package mutating func watch(_ number: CInt, _ interest: Interest) {
        if let index = entries.firstIndex(where: { $0.fd == number }) {
            entries[index].events |= interest.events
            return
        }
        entries.append(pollfd(fd: number, events: interest.events, revents: 0))
    }

    /// Waits until something was seen, a signal came or the moment passed; `nil` waits for ever.
    package mutating func wait(until moment: Instant?) throws(Errno) {
        var limit: Int64 = -1
        if let moment { limit = max(0, (moment - Instant.now).nanoseconds) }
        let count = entries.count
        let result = unsafe entries.withUnsafeMutableBufferPointer {
            unsafe linux_poll($0.baseAddress, count, limit)
        }
        if result < 0, Errno.current != .interrupted { throw .current }
    }

    /// What was seen of a descriptor; nothing where it was not watched.
    package subscript(number: CInt) -> Seen {
        Seen(events: entries.first { $0.fd == number }?.revents ?? 0)
    }

    /// What is to be seen of one descriptor now, without waiting.
    package static func now(of number: CInt, _ interest: Interest) -> Seen {
        var readiness = Readiness()
        readiness.watch(number, interest)
        do throws(Errno) { try readiness.wait(until: .now) } catch { return Seen(events: 0) }
        return readiness[number]
    }
}
