import CLinux

/// Reading into memory, and writing from it, that nobody else owns.
extension Descriptor {
    /// Reads what is there without waiting, whatever the flags of the shared description are.
    ///
    /// - Returns: The number of bytes read; 0 at end of file.
    /// - Throws: `wouldBlock` when there are none yet.
    package static func readWithoutBlocking(
        _ number: CInt, into memory: UnsafeMutableRawBufferPointer
    ) throws(Errno) -> Int {
        do throws(Errno) {
            return try retry { unsafe linux_read_nowait(number, memory.baseAddress, memory.count) }
        } catch  where error.meansNoSuchWay {
            guard Readiness.now(of: number, .reading).isReady else { throw .wouldBlock }
            return try retry { unsafe linux_read(number, memory.baseAddress, memory.count) }
        }
    }

    /// Writes in one call, so that a pipe with room for all the bytes takes them whole.
    ///
    /// - Parameter waits: Whether to wait for room. A pipe that knows no `RWF_NOWAIT` waits in any
    ///   case: ask it for its room first.
    /// - Returns: The number of bytes written.
    /// - Throws: `wouldBlock` when there is no room now.
    package static func writeAtOnce(
        _ number: CInt, _ bytes: UnsafeRawBufferPointer, waits: Bool
    ) throws(Errno) -> Int {
        let write = { unsafe linux_write(number, bytes.baseAddress, bytes.count) }
        if waits { return try retry(write) }
        do throws(Errno) {
            return try retry { unsafe linux_write_nowait(number, bytes.baseAddress, bytes.count) }
        } catch  where error.meansNoSuchWay {
            guard Readiness.now(of: number, .writing).isReady else { throw .wouldBlock }
            return try retry(write)
        }
    }
}

extension Errno {
    /// The file does not know the call in this form.
    fileprivate var meansNoSuchWay: Bool {
        self == .notSupported || self == .invalid || self == .notImplemented
    }
}
