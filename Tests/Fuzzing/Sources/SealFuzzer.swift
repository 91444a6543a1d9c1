import Relaying
import Sealing

/// Somebody between two ends that encrypt.
///
/// The first byte chooses the cipher, the second how long a record of theirs is. The rest is a stream of
/// that somebody's own, and says which bits of the record they change.
struct SealFuzzer {
    private let cipher: Cipher
    private let content: [UInt8]
    private let bytes: [UInt8]

    init(_ input: [UInt8]) {
        cipher = Cipher.allCases[Int(input.first ?? 0) % Cipher.allCases.count]
        content = [UInt8](repeating: 7, count: Int(input.dropFirst().first ?? 0))
        bytes = [UInt8](input.dropFirst(2))
    }

    func run() {
        guard Cipher.available.contains(cipher) else { return }
        let opener = key
        refuse(bytes, opener)
        let record = genuine()
        let altered = record.indices.map { record[$0] ^ ($0 < bytes.count ? bytes[$0] : 0) }
        require(altered == record || open(altered, opener) == nil, "an altered record opens")
        require(open(record, opener) == content, "the genuine record does not open")
        require(open(record, opener) == nil, "a record opens twice")
    }

    private var key: SealKey {
        SealKey(cipher, key: [UInt8](0..<32), iv: [UInt8](0..<12))
    }

    private func genuine() -> [UInt8] {
        var record = [UInt8](repeating: 0, count: content.count + SealedRecord.overhead)
        unsafe record.withUnsafeMutableBytes { record in
            unsafe content.withUnsafeBytes { unsafe key.seal($0, into: record, .data) }
        }
        return record
    }

    private func open(_ record: [UInt8], _ opener: SealKey) -> [UInt8]? {
        var record = record
        var room = [UInt8](repeating: 0, count: max(0, record.count - SealedRecord.overhead))
        let kind = unsafe record.withUnsafeMutableBytes { record in
            unsafe room.withUnsafeMutableBytes { unsafe opener.open(record, into: $0) }
        }
        require(kind != nil || room.allSatisfy { $0 == 0 }, "a byte that was not proved")
        return kind.map { _ in room }
    }

    /// Cuts a stream into records, as far as their heads go, none of which may open.
    private func refuse(_ stream: [UInt8], _ opener: SealKey) {
        var rest = stream[...]
        while rest.count >= SealedRecord.headByteCount {
            let byteCount = unsafe rest.withUnsafeBytes { unsafe SealedRecord.byteCount($0) }
            guard let byteCount else { return }
            require(
                (SealedRecord.overhead...SealedRecord.limit).contains(byteCount),
                "a record of \(byteCount) bytes")
            let record = [UInt8](rest.prefix(byteCount))
            require(open(record, opener) == nil, "a record of somebody without the key opens")
            rest = rest.dropFirst(byteCount)
        }
    }
}
