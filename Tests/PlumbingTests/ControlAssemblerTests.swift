import LinuxSystem
import Plumbing
import Testing

@Suite struct ControlAssemblerTests {
    private typealias Piece = ControlAssembler.Piece

    private func bytes(_ text: String) -> [UInt8] { [UInt8](text.utf8) }

    private func line(_ text: String) throws -> Piece {
        .line(try ControlLine(parsing: bytes(text)[...]))
    }

    /// All the pieces of a stream that comes in the given portions; output or data that is cut only
    /// because it came so is put together again.
    private func pieces(
        _ portions: [ArraySlice<UInt8>], awaitsHello: Bool = false
    ) throws(ControlError) -> [Piece] {
        var assembler = ControlAssembler(awaitsHello: awaitsHello)
        var found: [Piece] = []
        for portion in portions {
            assembler.add([UInt8](portion))
            while let piece = try assembler.next() {
                switch (found.last, piece) {
                case (.output(let old)?, .output(let new)):
                    found[found.count - 1] = .output(old + new)
                case (.data(let flow, .bytes(let old))?, .data(let same, .bytes(let new)))
                where flow == same:
                    found[found.count - 1] = .data(flow, .bytes(old + new))
                default: found.append(piece)
                }
            }
        }
        return found
    }

    private func pieces(_ text: String, awaitsHello: Bool = false) throws(ControlError) -> [Piece] {
        try pieces([bytes(text)[...]], awaitsHello: awaitsHello)
    }

    @Test func `any split of a stream gives the same pieces`() throws {
        var random = SeededGenerator(seed: 7)
        let hello = ControlMessageSamples.all[0].line.encoded
        for _ in 0..<60 {
            var stream = bytes("motd\r\n\nno newline at the end\n") + hello
            for _ in 0..<Int.random(in: 1..<12, using: &random) {
                let message = ControlMessageSamples.all.randomElement(using: &random)!
                let bytes = random.bytes(Int.random(in: 1..<99, using: &random))
                switch message {
                case .output(let count) where count > 0:
                    stream += ControlMessage.output(byteCount: bytes.count).line.encoded + bytes
                case .data(let flow, let count) where count > 0:
                    stream += ControlMessage.data(flow, byteCount: bytes.count).line.encoded + bytes
                default: stream += message.line.encoded
                }
            }
            let whole = try pieces([stream[...]], awaitsHello: true)
            var portions: [ArraySlice<UInt8>] = []
            var rest = stream[...]
            while !rest.isEmpty {
                let most = random.chance(4) ? 3 : 4_000
                portions.append(rest.prefix(Int.random(in: 1...most, using: &random)))
                rest = rest.dropFirst(portions[portions.count - 1].count)
            }
            #expect(try pieces(portions, awaitsHello: true) == whole)
        }
    }

    @Test func `a stream that comes byte by byte gives the same pieces`() throws {
        let stream = bytes("noise\nhello protocol=1-1 program=x\noutput bytes=3\n\n\r\ndone\r\n")
        let portions = stream.indices.map { stream[$0...$0] }
        let whole = try pieces([stream[...]], awaitsHello: true)
        #expect(try pieces(portions, awaitsHello: true) == whole)
        let wanted = [
            .noise(bytes("noise\n")), try line("hello protocol=1-1 program=x"),
            try line("output bytes=3"), .output(bytes("\n\r\n")), try line("done"),
        ]
        #expect(whole == wanted)
    }

    @Test(
        arguments: [
            "", "Welcome", "hello", "hello world", "Hello protocol=1-1", " hello protocol=1-1",
            "failed", "failed to load", "\u{1b}[2J\u{0}", "Welcomehello protocol=1-1",
        ])
    func `whatever does not greet is noise, as it came`(text: String) throws {
        #expect(try pieces("\(text)\n", awaitsHello: true) == [.noise(bytes("\(text)\n"))])
        #expect(try pieces("\(text)\r\n", awaitsHello: true) == [.noise(bytes("\(text)\r\n"))])
    }

    @Test func `a greeting without a newline is ended by our peer's own`() throws {
        let found = try pieces("Welcome\nhello protocol=1-1\n", awaitsHello: true)
        #expect(found == [.noise(bytes("Welcome\n")), try line("hello protocol=1-1")])
        #expect(try pieces("\nhello protocol=1-1\n", awaitsHello: true).count == 2)
    }

    @Test func `a refusal in the place of hello is no noise`() throws {
        let found = try pieces("x\nfailed cause=terminal\r\n", awaitsHello: true)
        #expect(found == [.noise(bytes("x\n")), try line("failed cause=terminal")])
    }

    @Test func `after hello there is no noise any more`() {
        #expect(throws: ControlError.malformed(bytes("Bye!"))) {
            try pieces("hello protocol=1-1\nBye!\n", awaitsHello: true)
        }
        #expect(throws: ControlError.malformed([])) { try pieces("\n") }
    }

    @Test func `a carriage return is dropped once, and only before the newline`() throws {
        #expect(try pieces("done\r\n") == [try line("done")])
        #expect(throws: ControlError.malformed(bytes("done\r"))) { try pieces("done\r\r\n") }
        #expect(throws: ControlError.malformed(bytes("al\rive"))) { try pieces("al\rive\n") }
    }

    @Test func `a line may have 65536 bytes and not one more`() throws {
        let most = "word bytes=" + String(repeating: "a", count: 65536 - 11)
        #expect(try pieces(most + "\n") == [try line(most)])
        for tooLong in [most + "a", most + "a\n", most + most, most + "a\ndone\n"] {
            for portions in [[bytes(tooLong)[...]], bytes(tooLong).chunks(of: 4096)] {
                #expect(throws: ControlError.lineTooLong) { try pieces(portions) }
            }
        }
    }

    @Test func `a line of noise may be of any length, however it comes`() throws {
        for count in [65536, 65537, 200_000] {
            let stream = bytes(String(repeating: "#", count: count) + "\nhello protocol=1-1\n")
            for size in [stream.count, 65536, 4096] {
                let found = try pieces(stream.chunks(of: size), awaitsHello: true)
                let noise = found.flatMap { piece -> [UInt8] in
                    if case .noise(let bytes) = piece { return bytes }
                    return []
                }
                #expect(noise == [UInt8](stream.prefix(count + 1)))
                #expect(found.last == (try line("hello protocol=1-1")))
            }
        }
    }

    @Test(arguments: [1, 2, 65535, 65536])
    func `output is passed on as it is, exactly as much as was announced`(count: Int) throws {
        let output = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        let stream = bytes("output bytes=\(count)\n") + output + bytes("done\n")
        let found = try pieces(stream.chunks(of: 1_000))
        #expect(found == [try line("output bytes=\(count)"), .output(output), try line("done")])
    }

    @Test func `output of no bytes is only a line`() throws {
        #expect(
            try pieces("output bytes=0\ndone\n") == [
                try line("output bytes=0"), try line("done"),
            ])
    }

    @Test(arguments: ["done\nalive after=1\n", "done\ncancel\nalive after=1\nalive after=3\n"])
    func `a heartbeat before which all lines came is a line`(stream: String) throws {
        #expect(try pieces(stream).count == stream.split(separator: "\n").count)
    }

    @Test(arguments: [
        ("alive after=1\n", 1), ("done\nalive after=4\ndone\ndone\n", 3),
        ("output bytes=1\n\nalive after=2\n", 1), ("alive after=9223372036854775807\n", .max),
    ])
    func `a heartbeat tells how many lines were lost`(stream: String, lost: Int64) {
        #expect(throws: ControlError.linesLost(lost)) { try pieces(stream) }
    }

    @Test func `bytes before the greeting are no line`() throws {
        let stream = bytes("motd\nalive after=9\nhello protocol=1-1 program=x\nalive after=1\n")
        #expect(try pieces([stream[...]], awaitsHello: true).count == 4)
    }

    @Test(arguments: ["65537", "9223372036854775807"])
    func `more output than a window is refused before it comes`(count: String) {
        #expect(throws: ControlError.tooMuchOutput) { try pieces("output bytes=\(count)\n") }
    }

    @Test func `an unfinished line at the end of the channel is left over`() throws {
        var assembler = ControlAssembler(awaitsHello: true)
        assembler.add(bytes("ssh: con\nnect: no"))
        let (first, second) = (try assembler.next(), try assembler.next())
        #expect(first == .noise(bytes("ssh: con\n")))
        #expect(second == nil)
        #expect(assembler.rest == bytes("nect: no"))
    }
}

extension Array {
    fileprivate func chunks(of count: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: self.count, by: count).map {
            self[$0..<Swift.min($0 + count, self.count)]
        }
    }
}
