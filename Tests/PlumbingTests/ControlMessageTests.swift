import LinuxSystem
import Plumbing
import Testing

@Suite struct ControlMessageTests {
    private func message(_ text: String) throws(ControlError) -> ControlMessage {
        try ControlMessage(try ControlLine(parsing: [UInt8](text.utf8)[...]))
    }

    private func malformed(_ text: String) -> Bool {
        do throws(ControlError) {
            _ = try message(text)
            return false
        } catch {
            if case .malformed = error { return true }
            return false
        }
    }

    @Test func `every message comes back from its line`() throws {
        for message in ControlMessageSamples.all {
            let line = message.line
            #expect(line.encoded.count <= ControlLine.maximumByteCount)
            let parsed = try ControlLine(parsing: line.encoded.dropLast())
            #expect(parsed == line)
            #expect(try ControlMessage(parsed).line == line)
        }
    }

    @Test func `there are samples of every kind, each named by its verb`() {
        let kinds = Set(ControlMessageSamples.all.map { ControlMessageSamples.kind($0) })
        #expect(kinds.count == 35)
        for message in ControlMessageSamples.all {
            #expect(message.line.verb == ControlMessageSamples.kind(message))
        }
    }

    @Test func `a message comes back with the fields put into it`() throws {
        guard
            case .hello(let hello) = try message(
                "hello protocol=1-3 program=2.1 kernel=6.1 network=n ssh=192.0.2.1%201%20192.0.2.2%2022"
                    + " address=192.0.2.2 address=::1")
        else { return #expect(Bool(false)) }
        #expect(hello.protocols == 1...3)
        #expect(hello.ssh?.client == Address("192.0.2.1"))
        #expect(hello.addresses.map { $0.description } == ["192.0.2.2", "::1"])
        guard
            case .counts(.back, let facts) = try message(
                "counts flow=back ending=left bytes=9 unread=2 padding=3 busy=4")
        else { return #expect(Bool(false)) }
        #expect(facts.ending == .left)
        #expect((facts.byteCount, facts.unread, facts.padding) == (9, 2, 3))
        #expect(facts.path.busyMicroseconds == 4)
        #expect(facts.path.retransmits == nil)
    }

    @Test(arguments: ["hullo", "outputs", "invites", "x", "run-", "--"])
    func `an unknown verb is unexpected`(verb: String) {
        #expect(throws: ControlError.unexpected(verb: verb)) { try message(verb) }
    }

    @Test(
        arguments: [
            "hello", "hello protocol=1-1", "hello protocol= program=x",
            "hello protocol=x program=x",
            "hello protocol=3-1 program=x", "unreachable flow=out errno=1",
            "unreachable flow=out endpoint=192.0.2.7:1", "listening endpoint=192.0.2.7",
            "admitted flow=out", "admitted flow=in connection=000102030405060708090a0b0c0d0e0f",
            "admitted flow=out connection=000102030405060708090a0b0c0d0e",
            "admitted flow=out connection=000102030405060708090a0b0c0d0e0g",
            "started", "started pid=x", "started pid=2147483648", "output", "output bytes=-1",
            "ended", "ended status=x", "ended status=256", "ended signal=256", "ended status=-1",
            "waiting flow=out", "waiting flow=x pid=1", "failed", "failed cause=none",
            "failed cause=exec", "failed cause=signal", "failed cause=protocol", "run",
            "run words=1", "run words=1 credit=x", "word", "part", "word bytes=a%00b",
            "part bytes=%00", "use flow=out", "use",
            "credit", "credit bytes=18446744073709551616", "alive", "alive after=-1", "broken",
            "broken flow=x",
            "counts flow=out ending=finished bytes=1 unread=0",
            "counts flow=out ending=ended bytes=1 unread=0 padding=0",
            "counts flow=out ending=finished bytes=1 unread=0 padding=0 rtt=x",
        ])
    func `a message with a field missing or out of bounds is malformed`(text: String) {
        #expect(malformed(text))
    }

    @Test func `an unknown field is ignored`() throws {
        #expect(try message("done later=1").line == ControlLine("done"))
        #expect(try message("started pid=7 x=%00").line == ControlLine("started").with("pid", 7))
    }

    @Test func `no status or signal from the other end looks like success to a shell`() {
        let odd = (0...256).filter { number in
            guard let parsed = try? message("ended signal=\(number)"),
                case .ended(let status, _) = parsed
            else { return false }
            return !(1...255).contains(status.shellStatus)
        }
        #expect(odd == [])
    }

    @Test func `at most 64 addresses of the other end are taken`() throws {
        let many = (0..<200).map { " address=192.0.2.\($0)" }.joined()
        guard case .hello(let hello) = try message("hello protocol=1-1 program=x" + many) else {
            return
        }
        #expect(hello.addresses.count == 64)
    }
}
