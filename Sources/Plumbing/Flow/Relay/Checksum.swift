import CSodium
import Relaying

/// A running BLAKE2b-256 over the content of a flow.
@safe package final class Checksum {
    private let state: UnsafeMutableRawPointer

    package init() {
        unsafe state = Checksum.makeState()
        unsafe crypto_generichash_init(OpaquePointer(state), nil, 0, 32)
    }

    deinit {
        unsafe state.deallocate()
    }

    package func add(_ bytes: ArraySlice<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer {
            _ = unsafe crypto_generichash_update(
                OpaquePointer(state), $0.baseAddress, UInt64($0.count))
        }
    }

    package func add(_ bytes: RawSpan) {
        unsafe bytes.withUnsafeBytes {
            unsafe $0.withMemoryRebound(to: UInt8.self) {
                _ = unsafe crypto_generichash_update(
                    OpaquePointer(state), $0.baseAddress, UInt64($0.count))
            }
        }
    }

    /// Adds what it is shown.
    package var digest: Digest { { self.add($0) } }

    /// The hash of everything that was added, 32 bytes.
    package func finish() -> [UInt8] {
        // A copy, so that it can be asked again.
        let copy = unsafe Checksum.makeState()
        defer { unsafe copy.deallocate() }
        unsafe copy.copyMemory(from: state, byteCount: crypto_generichash_statebytes())
        var digest = [UInt8](repeating: 0, count: 32)
        unsafe digest.withUnsafeMutableBufferPointer {
            _ = unsafe crypto_generichash_final(OpaquePointer(copy), $0.baseAddress!, 32)
        }
        return digest
    }

    /// libsodium wants an alignment that an array does not promise.
    private static func makeState() -> UnsafeMutableRawPointer {
        .allocate(byteCount: crypto_generichash_statebytes(), alignment: 64)
    }
}
