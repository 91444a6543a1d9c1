import LinuxSystem
import Plumbing
import Testing

/// Whatever comes over the control channel is a message or an error, never a crash.
@Suite struct ControlMutationTests {
    /// Digits, separators and bytes that mean something, more often than others.
    private static let telling = [UInt8]("0123456789%=- :.[]ae\r\u{7f}".utf8) + [0, 255]

    private func mutated(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0...Int.random(in: 0..<4, using: &random) {
            let place = Int.random(in: 0...bytes.count, using: &random)
            let byte =
                random.chance(3)
                ? random.bytes(1)[0] : ControlMutationTests.telling.randomElement(using: &random)!
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes.insert(byte, at: place)
            case 1 where place < bytes.count: bytes[place] = byte
            case 2 where place < bytes.count: bytes.remove(at: place)
            case 3: bytes.insert(contentsOf: bytes.suffix(bytes.count - place).prefix(9), at: place)
            default: break
            }
        }
        return bytes
    }

    @Test func `a mutated line is a message that comes back, or an error with a sentence`() {
        var random = SeededGenerator(seed: 4)
        let lines = ControlMessageSamples.all.map { [UInt8]($0.line.encoded.dropLast()) }
            .filter { $0.count < 1_000 }
        var messageCount = 0
        for _ in 0..<2_000 {
            let bytes = mutated(lines.randomElement(using: &random)!, &random)
            do throws(ControlError) {
                let message = try ControlMessage(try ControlLine(parsing: bytes[...]))
                let again = try ControlMessage(
                    try ControlLine(parsing: message.line.encoded.dropLast()))
                #expect(again.line == message.line)
                messageCount += 1
            } catch {
                #expect(!error.sentence.utf8.contains { $0 < 32 || $0 == 127 })
                #expect(error.sentence.utf8.count < 600)
            }
        }
        #expect(messageCount > 60)
    }

    @Test func `a mutated stream is cut into pieces or refused`() {
        var random = SeededGenerator(seed: 5)
        let stream = ControlMessageSamples.all.flatMap { message in
            message.line.encoded.count < 1_000 ? message.line.encoded : []
        }
        for _ in 0..<100 {
            var assembler = ControlAssembler(awaitsHello: random.chance(2))
            assembler.add(mutated(stream, &random))
            do throws(ControlError) {
                while let piece = try assembler.next() {
                    if case .line(let line) = piece { _ = try ControlMessage(line) }
                }
            } catch {
                #expect(!error.sentence.isEmpty)
            }
        }
    }

    @Test func `random bytes are refused, or wait for their newline`() {
        var random = SeededGenerator(seed: 6)
        for _ in 0..<2_000 {
            var assembler = ControlAssembler(awaitsHello: false)
            let bytes = random.bytes(Int.random(in: 0..<200, using: &random))
            assembler.add(bytes)
            let piece = Result { () throws(ControlError) in try assembler.next() }
            switch piece {
            case .success(nil): #expect(!bytes.contains(10))
            case .success: break
            case .failure: #expect(bytes.contains(10))
            }
        }
    }
}
