import LinuxSystem

/// How the bytes of a relay stand on its connection: as they are, or in records that only the other
/// end can open and nobody can change unseen.
package enum Carrier {
    case plain
    case sealing(Sealer)
    case opening(Opener)

    /// What fills a block of a pump.
    static let recordsAtOnce = Mover.usualBlockSize / SealedRecord.contentLimit

    /// - Throws: Where there is no memory.
    package init(_ cipher: (any RecordCipher)?, _ direction: RelayDirection) throws(Errno) {
        guard let cipher else {
            self = .plain
            return
        }
        switch direction {
        case .toConnection: self = .sealing(try Sealer(cipher))
        case .fromConnection: self = .opening(try Opener(cipher))
        }
    }

    var sealer: Sealer? { if case .sealing(let sealer) = self { sealer } else { nil } }
    var opener: Opener? { if case .opening(let opener) = self { opener } else { nil } }

    /// Whether the bytes must be seen: the kernel cannot move them.
    package var isSealed: Bool { if case .plain = self { false } else { true } }

    /// What the connection carries besides the bytes of the stream, as far as it is known.
    package var overhead: Int64 { sealer?.overhead ?? opener?.overhead ?? 0 }
}
