import CLinux

/// The descriptors that one wait watches, and the events it saw on each.
///
/// The corresponding C function is `ppoll`.
package struct Readiness {
    /// The event to wait for, besides errors and hang-ups, which the kernel always reports.
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

    /// The events seen on one descriptor.
    package struct Seen: Sendable {
        let events: CShort

        /// Whether a read or a write would tell something: data, room, an error or a hang-up.
        package var isReady: Bool { events != 0 }
        package var hasError: Bool { events & linux_poll_error != 0 }
        package var isHungUp: Bool { events & linux_poll_hang_up != 0 }
    }

    private var entries: [pollfd] = []

    /// Watches nothing yet.
    package init() {}

    /// Adds a descriptor, or another event for one that it watches already.
    package mutating func watch(_ descriptor: Descriptor, _ interest: Interest) {
        if let index = entries.firstIndex(where: { $0.fd == descriptor.number }) {
            entries[index].events |= interest.events
            return
        }
        entries.append(pollfd(fd: descriptor.number, events: interest.events, revents: 0))
    }

    /// How many descriptors it watches.
    package var count: Int { entries.count }

    /// Whether anything was seen on one of those that it watched first.
    package func sawAny(ofFirst count: Int) -> Bool {
        entries[..<count].contains { $0.revents != 0 }
    }

    /// Waits for an event, a signal or the moment; `nil` waits forever.
    ///
    /// - Throws: The error of `ppoll(2)`; an interruption is none.
    package mutating func wait(until moment: Instant?) throws(Errno) {
        var limit: Int64 = -1
        if let moment { limit = max(0, (moment - Instant.now).nanoseconds) }
        let count = entries.count
        let result = unsafe entries.withUnsafeMutableBufferPointer {
            unsafe linux_poll($0.baseAddress, count, limit)
        }
        if result < 0, Errno.current != .interrupted { throw .current }
    }

    /// The events seen on a descriptor; none if nothing watched it.
    package subscript(descriptor: Descriptor) -> Seen {
        Seen(events: entries.first { $0.fd == descriptor.number }?.revents ?? 0)
    }

    /// The events of one descriptor now, without waiting; none if `poll` fails.
    package static func now(of descriptor: Descriptor, _ interest: Interest) -> Seen {
        var readiness = Readiness()
        readiness.watch(descriptor, interest)
        do throws(Errno) { try readiness.wait(until: .now) } catch { return Seen(events: 0) }
        return readiness[descriptor]
    }
}
