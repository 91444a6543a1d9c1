import LinuxSystem

/// A listener in a meeting.
final class Door {
    let listener: Listener
    var descriptor: Descriptor { listener.socket.borrowed }

    init(_ listener: consuming Listener) {
        self.listener = listener
    }
}

/// A caller that connected to us, proved or not.
final class Guest {
    private var socket: OwnedDescriptor?
    let descriptor: Descriptor
    let deadline: Instant
    var admission: ListenerAdmission
    var isAdmitted = false
    var isOver = false

    init(
        _ socket: consuming OwnedDescriptor, _ admission: ListenerAdmission, until deadline: Instant
    ) {
        descriptor = socket.borrowed
        self.socket = consume socket
        self.admission = admission
        self.deadline = deadline
    }

    func isTwin(of other: Guest) -> Bool {
        admission.name != nil && admission.name == other.admission.name
    }

    func send(_ bytes: [UInt8]) throws(Errno) -> Int { try TCP.send(descriptor, bytes) }

    func takeSocket() -> OwnedDescriptor? {
        isOver = true
        return socket.take()
    }
}
