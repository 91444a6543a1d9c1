import Relaying

/// A cipher that keeps nothing secret, and knows every change: its tag tells the place of a record and
/// the sum of what is in it.
final class ToyCipher: RecordCipher {
    private var number: UInt64 = 0

    func seal(
        _ content: UnsafeRawBufferPointer, into record: UnsafeMutableRawBufferPointer,
        _ kind: SealedRecord.Kind
    ) {
        unsafe SealedRecord.writeHead(of: record)
        unsafe record[SealedRecord.headByteCount...].copyBytes(from: content)
        let type = record.count - 1 - SealedRecord.tagByteCount
        unsafe record[type] = kind.rawValue
        for (offset, byte) in unsafe tag(record).enumerated() {
            unsafe record[type + 1 + offset] = byte
        }
        number += 1
        unsafe mask(record)
    }

    func open(
        _ record: UnsafeMutableRawBufferPointer, into content: UnsafeMutableRawBufferPointer
    ) -> SealedRecord.Kind? {
        unsafe mask(record)
        let type = record.count - 1 - SealedRecord.tagByteCount
        guard unsafe record[(type + 1)...].elementsEqual(tag(record)) else { return nil }
        number += 1
        unsafe content.copyMemory(
            from: .init(rebasing: record[SealedRecord.headByteCount..<type]))
        return unsafe SealedRecord.Kind(rawValue: record[type])
    }

    private func mask(_ record: UnsafeMutableRawBufferPointer) {
        for place in SealedRecord.headByteCount..<record.count { unsafe record[place] ^= 0x5A }
    }

    /// FNV-1a, twice.
    private func tag(_ record: UnsafeMutableRawBufferPointer) -> [UInt8] {
        var sum: UInt64 = 14_695_981_039_346_656_037 ^ number
        let sealed = unsafe [UInt8](record.dropLast(SealedRecord.tagByteCount))
        for byte in sealed {
            sum = (sum ^ UInt64(byte)) &* 1_099_511_628_211
        }
        let bytes = (0..<8).map { UInt8(truncatingIfNeeded: sum >> (8 * $0)) }
        return bytes + bytes
    }
}
