import LinuxSystem
import Relaying

/// What is asked only of a kernel whose connection another one may follow.
extension RelayKernel {
    func read(
        _ source: Descriptor, into memory: UnsafeMutableRawBufferPointer
    ) throws(Errno) -> Int { throw .notSupported }

    func write(
        _ target: Descriptor, _ bytes: UnsafeRawBufferPointer
    ) throws(Errno) -> Int { throw .notSupported }

    func tee(
        from source: Descriptor, to target: Descriptor, byteCount: Int
    ) throws(Errno) -> Int { throw .notSupported }

    func toss(_ pipe: Descriptor, byteCount: Int) throws(Errno) -> Int { throw .notSupported }

    func makePipe(capacity: Int) -> (reader: Descriptor, writer: Descriptor)? { nil }
}
