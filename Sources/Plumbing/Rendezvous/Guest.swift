import LinuxSystem

/// A listener in a meeting.
final class Door {
    let listener: Listener
    var number: CInt { listener.socket.number }

    init(_ listener: consuming Listener) {
        self.listener = listener
    }
}

/// A caller that connected to us, proved or not.
final class Guest {
    private var socket: OwnedDescriptor?
    let number: CInt
    let deadline: Instant
    var admission: ListenerAdmission
    var isAdmitted = false
    var isOver = false

    init(
        _ socket: consuming OwnedDescriptor, _ admission: ListenerAdmission, until deadline: Instant
    ) {
        number = socket.number
        self.socket = consume socket
        self.admission = admission
        self.deadline = deadline
    }

    func isTwin(of other: Guest) -> Bool {
        admission.name != nil && admission.name == other.admission.name
    }

    func send(_ bytes: [UInt8]) throws(Errno) -> Int { try TCP.send(number, bytes) }

    func takeSocket() -> OwnedDescriptor? {
        isOver = true
        return socket.take()
    }
}
