import CLinux

/// An error number of the kernel (`errno(3)`).
package struct Errno: Error, Equatable, Sendable {
    package let code: CInt

    /// - Parameter code: One of the numbers of `errno(3)`.
    package init(_ code: CInt) {
        self.code = code
    }

    /// The error of the last call that failed in this thread.
    package static var current: Errno { Errno(linux_errno()) }

    package static let cancelled = Errno(ECANCELED)
    package static let interrupted = Errno(EINTR)
    package static let wouldBlock = Errno(EAGAIN)
    package static let noSuchProcess = Errno(ESRCH)
    package static let notFound = Errno(ENOENT)
    package static let exists = Errno(EEXIST)
    package static let noSuchDevice = Errno(ENXIO)
    package static let notPermitted = Errno(EPERM)
    package static let badDescriptor = Errno(EBADF)
    package static let notDirectory = Errno(ENOTDIR)
    package static let fileTooLarge = Errno(EFBIG)
    package static let isDirectory = Errno(EISDIR)
    package static let accessDenied = Errno(EACCES)
    package static let busy = Errno(EBUSY)
    package static let timedOut = Errno(ETIMEDOUT)
    package static let notConnected = Errno(ENOTCONN)
    package static let connectionRefused = Errno(ECONNREFUSED)
    package static let brokenPipe = Errno(EPIPE)
    package static let notSupported = Errno(EOPNOTSUPP)
    package static let invalid = Errno(EINVAL)
    package static let inProgress = Errno(EINPROGRESS)
    package static let addressInUse = Errno(EADDRINUSE)
    package static let connectionReset = Errno(ECONNRESET)
    package static let connectionAborted = Errno(ECONNABORTED)
    package static let hostUnreachable = Errno(EHOSTUNREACH)
    package static let networkUnreachable = Errno(ENETUNREACH)
    package static let networkDown = Errno(ENETDOWN)
    package static let tooManyWords = Errno(E2BIG)
    package static let outOfMemory = Errno(ENOMEM)
    package static let noBuffers = Errno(ENOBUFS)
    package static let tooManyOpenFiles = Errno(EMFILE)
    package static let tooManyFilesOfSystem = Errno(ENFILE)
    package static let notImplemented = Errno(ENOSYS)
    package static let protocolError = Errno(EPROTO)
    package static let notSocket = Errno(ENOTSOCK)
    package static let inputOutput = Errno(EIO)
    package static let badState = Errno(EBADFD)
    package static let noSpace = Errno(ENOSPC)
    /// There is no tape in the drive.
    package static let noMedium = Errno(ENOMEDIUM)
    package static let readOnlyFileSystem = Errno(EROFS)
    package static let overflow = Errno(EOVERFLOW)
    package static let tooManyLinks = Errno(ELOOP)
    /// The program is for another processor.
    package static let noExecution = Errno(ENOEXEC)
    package static let messageTooLong = Errno(EMSGSIZE)
    /// Our own: no call that we make returns it.
    package static let urgentData = Errno(ESTRPIPE)
    /// A record that the other end did not seal, or in another place; the kernel's TLS says the same.
    package static let forged = Errno(EBADMSG)
    /// Our own: the connection ended before the stream that it carries.
    package static let truncated = Errno(ENODATA)

    /// Whether this way of doing it does not work here, because the kernel or a confinement refuses
    /// it. Another way may work; if the error means something else, the other way fails with it
    /// too.
    package var meansAnotherWay: Bool {
        switch self {
        case .invalid, .notSupported, .notImplemented, .notPermitted, .accessDenied: true
        default: false
        }
    }

    /// The other end of a connection or pipe is gone or cannot be reached any more.
    package var endsConnection: Bool {
        switch self {
        case .brokenPipe, .connectionReset, .connectionAborted, .timedOut, .hostUnreachable,
            .networkUnreachable, .networkDown:
            true
        default: false
        }
    }

    /// The C library's sentence for the number, such as "Connection refused".
    ///
    /// The corresponding C function is `strerror`.
    package var sentence: String {
        unsafe String(cString: linux_strerror(code))
    }
}

/// Turns the kernel's -1 into a typed error.
func check(_ result: CInt) throws(Errno) -> CInt {
    if result < 0 { throw .current }
    return result
}

/// Repeats a call that a signal interrupted, and turns its -1 into a typed error.
func retry(_ call: () -> Int) throws(Errno) -> Int {
    while true {
        let result = call()
        if result >= 0 { return result }
        let error = Errno.current
        if error != .interrupted { throw error }
    }
}
