import CLinux

/// A socket of this host's own that has a name but no file, and keeps messages whole; it never waits.
///
/// Only its own network namespace knows the name (`unix(7)`, "abstract").
package struct LocalSocket: ~Copyable {
    private let socket: OwnedDescriptor

    private init(_ socket: consuming OwnedDescriptor) { self.socket = socket }

    /// Waits for callers under a name.
    ///
    /// The corresponding C functions are `socket`, `bind` and `listen`.
    /// - Throws: `addressInUse` if another process has the name.
    package static func listening(as name: String) throws(Errno) -> LocalSocket {
        let socket = OwnedDescriptor(owning: try check(linux_local_socket()))
        _ = try check(unsafe name.withCString { unsafe linux_bind_abstract(socket.number, $0) })
        _ = try check(linux_listen(socket.number, 16))
        return LocalSocket(socket)
    }

    /// Calls whoever has the name.
    ///
    /// The corresponding C functions are `socket` and `connect`.
    /// - Throws: `connectionRefused` if nobody has it; `wouldBlock` if too many are calling.
    package static func connected(to name: String) throws(Errno) -> LocalSocket {
        let socket = OwnedDescriptor(owning: try check(linux_local_socket()))
        _ = try check(unsafe name.withCString { unsafe linux_connect_abstract(socket.number, $0) })
        return LocalSocket(socket)
    }

    package var descriptor: Descriptor { socket.borrowed }

    /// The next caller; `nil` if none waits.
    ///
    /// The corresponding C function is `accept4`.
    /// - Throws: `tooManyOpenFiles`, or another error of the call.
    package func accept() throws(Errno) -> LocalSocket? {
        let number = linux_accept(socket.number)
        if number >= 0 { return LocalSocket(OwnedDescriptor(owning: number)) }
        let error = Errno.current
        guard error == .wouldBlock || error == .interrupted || error == .connectionAborted else {
            throw error
        }
        return nil
    }

    /// Whether the other side is a process of our own user, as it was when it called or began to
    /// listen.
    ///
    /// The corresponding C function is `getsockopt` with `SO_PEERCRED`.
    package var isOfOurUser: Bool { linux_peer_user(socket.number) == Int64(linux_user()) }

    /// Sends a message, and at most four descriptors with it.
    ///
    /// The corresponding C function is `sendmsg` with `SCM_RIGHTS`.
    /// - Throws: `brokenPipe` if the other side is gone; `wouldBlock` if it has not taken others.
    package func send(_ bytes: [UInt8], with descriptors: [Descriptor] = []) throws(Errno) {
        let numbers = descriptors.map { $0.number }
        let result = unsafe linux_send_parcel(
            socket.number, bytes, bytes.count, numbers, CInt(numbers.count))
        if result < 0 { throw .current }
    }

    /// The next message; it has no bytes once the other side is gone.
    ///
    /// The corresponding C function is `recvmsg`.
    /// - Throws: `wouldBlock` if there is none yet; `messageTooLong`.
    package func receive(byteCount: Int) throws(Errno) -> Parcel {
        var bytes = [UInt8](repeating: 0, count: byteCount)
        var numbers: [CInt] = [-1, -1, -1, -1]
        var count: CInt = 0
        let result = unsafe bytes.withUnsafeMutableBytes { memory in
            unsafe numbers.withUnsafeMutableBufferPointer { numbers in
                unsafe linux_receive_parcel(
                    socket.number, memory.baseAddress, byteCount, numbers.baseAddress!, &count)
            }
        }
        if result < 0 { throw .current }
        bytes.removeLast(byteCount - result)
        return Parcel(bytes, owning: numbers.prefix(Int(count)))
    }
}

/// A message and the descriptors that came with it; it closes those that nobody took.
package final class Parcel {
    package let bytes: [UInt8]
    private var numbers: ArraySlice<CInt>

    fileprivate init(_ bytes: [UInt8], owning numbers: ArraySlice<CInt>) {
        self.bytes = bytes
        self.numbers = numbers
    }

    deinit { for number in numbers { closeDescriptor(number) } }

    package var descriptorCount: Int { numbers.count }

    /// The next descriptor; `nil` if there is no other.
    package func take() -> OwnedDescriptor? {
        numbers.popFirst().map { OwnedDescriptor(owning: $0) }
    }
}
