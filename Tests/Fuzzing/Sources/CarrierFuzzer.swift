import LinuxSystem
import Relaying
import Sealing

/// Records on their way through the hands of somebody who cuts, moves and changes them.
///
/// The first byte says how many records there are. Each deed is three bytes: what is done, to which
/// record, and how; what remains says in what pieces the result is read.
struct CarrierFuzzer {
    private var input: ArraySlice<UInt8>
    private let content: [UInt8]
    private var records: [[UInt8]] = []

    init(_ input: [UInt8]) {
        self.input = input[...]
        let count = Int(self.input.popFirst() ?? 0) % 8
        let sizes = (0..<count).map { 1 + $0 * 37 }
        content = sizes.indices.flatMap { number in
            (0..<sizes[number]).map { UInt8(truncatingIfNeeded: number * 31 + $0) }
        }
        let cipher = CarrierFuzzer.cipher
        var rest = content[...]
        for size in sizes {
            records.append(CarrierFuzzer.sealed([UInt8](rest.prefix(size)), .data, cipher))
            rest = rest.dropFirst(size)
        }
        records.append(CarrierFuzzer.sealed(SealedRecord.end, .alert, cipher))
    }

    private static var cipher: SealKey {
        SealKey(.chacha20Poly1305, key: [UInt8](0..<32), iv: [UInt8](0..<12))
    }

    private static func sealed(
        _ content: [UInt8], _ kind: SealedRecord.Kind, _ cipher: SealKey
    ) -> [UInt8] {
        var record = [UInt8](repeating: 0, count: content.count + SealedRecord.overhead)
        unsafe record.withUnsafeMutableBytes { record in
            unsafe content.withUnsafeBytes { unsafe cipher.seal($0, into: record, kind) }
        }
        return record
    }

    mutating func run() {
        let genuine = records.flatMap { $0 }
        for _ in 0..<min(4, input.count / 4) { forge() }
        let wire = records.flatMap { $0 }
        guard let opener = try? Opener(CarrierFuzzer.cipher) else { return }
        let (opened, hasEnd) = read(wire, opener)
        require(content.starts(with: opened), "a byte that nobody sealed")
        require(hasEnd == (wire == genuine), "an end of what is not whole, or none of what is")
        let seen = Int64(opened.count) + opener.overhead + Int64(opener.heldByteCount)
        require(opener.failure == .forged || seen == wire.count, "a byte that is not accounted for")
    }

    private mutating func forge() {
        let (deed, how) = (input.removeFirst(), Int(input.removeFirst()))
        let place = Int(input.removeFirst()) % max(1, records.count)
        guard !records.isEmpty else { return }
        switch deed % 7 {
        case 0: records.remove(at: place)
        case 1: records.append(records[place])
        case 2: records.swapAt(place, how % records.count)
        case 3: records[place].removeLast(min(how, records[place].count))
        case 4: records[place].insert(UInt8(how), at: how % (records[place].count + 1))
        case 5 where !records[place].isEmpty:
            records[place][how % records[place].count] ^= 1 << (deed / 7 % 8)
        default: break
        }
    }

    private mutating func read(
        _ wire: [UInt8], _ opener: Opener
    ) -> (opened: [UInt8], hasEnd: Bool) {
        var (rest, opened) = (wire[...], [UInt8]())
        var room = [UInt8](repeating: 0, count: 1 + Int(input.popFirst() ?? 63))
        while true {
            let most = 1 + Int(input.popFirst() ?? 255) * 8
            var result = Result<Int, Errno>.success(0)
            unsafe room.withUnsafeMutableBytes { memory in
                result = Result { () throws(Errno) in
                    try unsafe opener.read(into: memory) { space throws(Errno) in
                        let piece = rest.prefix(min(most, space.count))
                        unsafe space.copyBytes(from: piece)
                        rest = rest.dropFirst(piece.count)
                        return piece.count
                    }
                }
            }
            switch result {
            case .success(0): return (opened, true)
            case .success(let count): opened += room[..<count]
            case .failure(.wouldBlock): continue
            case .failure: return (opened, false)
            }
        }
    }
}
