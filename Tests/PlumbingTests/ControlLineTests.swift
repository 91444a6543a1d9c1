import LinuxSystem
import Plumbing
import Testing

@Suite struct ControlLineTests {
    private func parse(_ text: String) throws(ControlError) -> ControlLine {
        try ControlLine(parsing: [UInt8](text.utf8)[...])
    }

    @Test func `a line is written as a verb and fields that a person can read`() {
        let line = ControlLine("use").with("flow", "out").with("bytes", 12).with("strict", true)
            .with("word", "a b\n").with("none", Int64?.none).with("some", Int64?(7))
        let text = String(decoding: line.encoded, as: UTF8.self)
        #expect(text == "use flow=out bytes=12 strict=yes word=a%20b%0a some=7\n")
    }

    @Test func `every byte comes back, in one line of plain text`() throws {
        let every = [UInt8](0...255)
        let line = ControlLine("word").with("bytes", every)
        #expect(line.encoded.dropLast().allSatisfy { (0x20..<0x7f).contains($0) })
        #expect(line.encoded.last == 10)
        let parsed = try ControlLine(parsing: line.encoded.dropLast())
        #expect(parsed == line)
        #expect(try parsed.bytes("bytes") == every)
    }

    @Test func `random lines come back`() throws {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<2_000 {
            var line = ControlLine(["hello", "a-b", "z"].randomElement(using: &random)!)
            for _ in 0..<Int.random(in: 0..<5, using: &random) {
                let count = Int.random(in: 0..<12, using: &random)
                line = line.with(
                    ["key", "k-x", "key"]
                        .randomElement(using: &random)!, random.bytes(count))
            }
            #expect(try ControlLine(parsing: line.encoded.dropLast()) == line)
        }
    }

    @Test(
        arguments: [
            "", " ", "Hello", "hello ", " hello", "hello  a=1", "hello a", "hello =1", "hello A=1",
            "hello a=1 ", "hello a=%", "hello a=%2", "hello a=%2g", "hello a=%%", "hello a=b c",
            "hello a=b=c", "hello a=\u{1}", "hello a=ä", "hello\ta=1", "he llo", "1hello",
            "hello a=\"x\"", "hello a='x'", "hello\r", "hello a=~", "hello a=%-1",
        ])
    func `what is not a verb and fields is malformed, and quoted whole`(text: String) {
        #expect(throws: ControlError.malformed([UInt8](text.utf8))) { try parse(text) }
    }

    @Test(arguments: [("a=%41", "A"), ("a=%4a%4A", "JJ"), ("a=", ""), ("a=%25", "%")])
    func `a percent code stands for its byte`(field: String, value: String) throws {
        #expect(try parse("word \(field)").text("a") == value)
    }

    @Test func `the first of several fields counts, all are there`() throws {
        let line = try parse("x a=1 b=2 a=3")
        #expect(line.verb == "x")
        #expect(try line.integer("a") == 1)
        #expect(line.all("a") == [[0x31], [0x33]])
        #expect(line.all("c") == [])
        #expect(line.optionalBytes("c") == nil)
    }

    @Test func `a field that is missing is malformed`() throws {
        let line = try parse("x a=1")
        #expect(throws: ControlError.malformed(line.encoded)) { try line.bytes("b") }
        #expect(throws: ControlError.malformed(line.encoded)) { try line.integer("b") }
        #expect(throws: ControlError.malformed(line.encoded)) { try line.flow() }
        #expect(try line.optionalInteger("b") == nil)
        #expect(!line.flag("b"))
    }

    @Test(
        arguments: [
            ("0", 0), ("7", 7), ("0000000000000000007", 7), ("9223372036854775807", Int64.max),
            ("1000000000000000000", 1_000_000_000_000_000_000),
        ])
    func `a number has up to 19 digits`(text: String, number: Int64) throws {
        #expect(try parse("x a=\(text)").integer("a") == number)
    }

    @Test(
        arguments: [
            "", "-1", "+1", "%201", "1%20", "0x1", "1e3", "1.0", "00000000000000000001",
            "9223372036854775808", "9999999999999999999", "99999999999999999999", "%d9%a3",
        ])
    func `a number that is negative, odd or too long is malformed`(text: String) throws {
        let line = try parse("x a=\(text)")
        #expect(throws: ControlError.malformed(line.encoded)) { try line.integer("a") }
        #expect(throws: ControlError.malformed(line.encoded)) { try line.optionalInteger("a") }
    }

    @Test func `only yes is yes`() throws {
        for text in ["no", "YES", "1", "true", "yes%20", ""] {
            #expect(!(try parse("x a=\(text)").flag("a")))
        }
        #expect(try parse("x a=yes").flag("a"))
    }

    @Test func `a flow is out or back`() throws {
        #expect(try parse("x flow=out").flow() == .out)
        #expect(try parse("x flow=back").flow() == .back)
        let odd = try parse("x flow=Out")
        #expect(throws: ControlError.malformed(odd.encoded)) { try odd.flow() }
    }

    @Test func `one bad endpoint makes the line malformed`() throws {
        let good = try parse("x e=192.0.2.7:1 e=[::1]:2")
        #expect(try good.endpoints("e").map { $0.description } == ["192.0.2.7:1", "[::1]:2"])
        let odd = try parse("x e=192.0.2.7:1 e=192.0.2.7")
        #expect(throws: ControlError.malformed(odd.encoded)) { try odd.endpoints("e") }
    }

    @Test func `hexadecimal text is exactly as long as its bytes need`() {
        #expect(Hex.encode([0, 0x7f, 0xff]) == "007fff")
        #expect(Hex.decode([UInt8]("007fFF".utf8), byteCount: 3) == [0, 0x7f, 0xff])
        for text in ["", "00", "007ff", "007fff0", "007ffg", "0x7fff", "007ff "] {
            #expect(Hex.decode([UInt8](text.utf8), byteCount: 3) == nil)
        }
    }
}
