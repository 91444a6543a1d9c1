import CLiburing

/// The operations of io_uring that we use.
package enum RingOperation: CaseIterable, Sendable {
    case read, write, splice

    fileprivate var code: CInt {
        switch self {
        case .read: CInt(IORING_OP_READ.rawValue)
        case .write: CInt(IORING_OP_WRITE.rawValue)
        case .splice: CInt(IORING_OP_SPLICE.rawValue)
        }
    }
}

extension Ring {
    /// Whether the kernel has the operation; a kernel before 5.6 has no answer, which counts as no.
    ///
    /// The corresponding C function is `io_uring_register` with `IORING_REGISTER_PROBE`.
    package func supports(_ operation: RingOperation) -> Bool {
        guard let raw = unsafe raw, let probe = unsafe io_uring_get_probe_ring(raw) else {
            return false
        }
        defer { unsafe io_uring_free_probe(probe) }
        return unsafe io_uring_opcode_supported(probe, operation.code) != 0
    }
}
