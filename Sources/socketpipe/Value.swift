import ArgumentParser
import LinuxSystem
import Plumbing
import Relaying

/// Reads the values of options; an error says what it expected.
enum Value {
    static func seconds(_ word: String) throws -> Int64 {
        guard let count = number(word), (0...1_000_000_000).contains(count) else {
            throw ValidationError("expected a whole number of seconds")
        }
        return count
    }

    private static func number(_ word: String) -> Int64? { ByteCount.number(word.utf8[...]) }

    /// How long to bear silence: with 0 every session would end.
    static func patience(_ word: String) throws -> Int64 {
        guard let count = try? seconds(word), count > 0 else {
            throw ValidationError("expected a whole number of seconds, 1 or more")
        }
        return count
    }

    /// How long to try after a loss: any longer, and nobody waits for it.
    static func reconnecting(_ word: String) throws -> Int64 {
        guard let count = number(word), (1...30 * 86400).contains(count) else {
            throw ValidationError("expected a whole number of seconds, from 1 to 2592000 (30 days)")
        }
        return count
    }

    /// `LOW-HIGH`, or one port.
    static func ports(_ word: String) throws -> ClosedRange<UInt16> {
        let ends = word.split(separator: "-", omittingEmptySubsequences: false)
            .map { ByteCount.number($0.utf8).flatMap { UInt16(exactly: $0) } }
        guard (1...2).contains(ends.count), let low = ends[0], let high = ends[ends.count - 1],
            low >= 1, low <= high
        else { throw ValidationError("expected LOW-HIGH, two ports from 1 to 65535, or one port") }
        return low...high
    }

    /// `HOST`, `HOST:PORT` or `HOST:LOW-HIGH`; an IPv6 address before ports stands in brackets.
    static func address(_ word: String) throws -> Plan.ForwardedAddress {
        if Address(word) != nil { return Plan.ForwardedAddress(host: word, ports: nil) }
        var host = word[...]
        var range: ClosedRange<UInt16>?
        if let colon = word.lastIndex(of: ":"), !word.hasSuffix("]") {
            range = try ports(String(word[word.index(after: colon)...]))
            host = word[..<colon]
        }
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        if isBracketed { host = host.dropFirst().dropLast() }
        guard !host.isEmpty, host.contains(":") == isBracketed else {
            throw ValidationError("expected HOST:LOW-HIGH, as in [2001:db8::7]:4000-4009")
        }
        return Plan.ForwardedAddress(host: String(host), ports: range)
    }

    /// `ADDRESS/LENGTH`, or the name of an interface (`if_nametoindex(3)`).
    static func network(_ word: String) throws -> Plan.NetworkChoice {
        if let subnet = Subnet(word) { return .subnet(subnet) }
        guard (1...15).contains(word.utf8.count), !word.contains("/"), !word.contains(":"),
            Address(word) == nil
        else {
            throw ValidationError(
                "expected a network such as 192.0.2.0/24, or the name of an interface")
        }
        return .interface(word)
    }

    /// A segment size that TCP accepts (`tcp(7)`, `TCP_MAXSEG`).
    static func segmentSize(_ word: String) throws -> Int {
        guard let count = number(word), SocketOrder.segments.contains(Int(count)) else {
            throw ValidationError("expected a number of bytes from 88 to 32767")
        }
        return Int(count)
    }

    static func listening(_ word: String) throws -> Plan.Listening {
        guard let end = Plan.Listening(rawValue: word) else {
            throw ValidationError("expected here, there or auto")
        }
        return end
    }

    static func way(_ word: String) throws -> Plan.Way {
        guard let way = Plan.Way(rawValue: word) else {
            throw ValidationError("expected direct, login or auto")
        }
        return way
    }

    static func relaying(_ word: String) throws -> Plan.Relaying {
        guard let ends = Plan.Relaying(rawValue: word) else {
            throw ValidationError("expected here, there or both")
        }
        return ends
    }

    static func engine(_ word: String) throws -> RelayEngine? {
        if word == "auto" { return nil }
        guard let engine = RelayEngine(rawValue: word) else {
            throw ValidationError("expected auto, splice, ring, ring-splice or copy")
        }
        return engine
    }

    /// A number of bytes; 0 means no limit, no buffer, or an unknown size.
    static func byteCount(_ word: String) throws -> Int64 {
        guard let count = ByteCount.reading(word) else {
            throw ValidationError("expected a number of bytes, such as 1500, 800k, 20M, 1G or 20MB")
        }
        return count
    }

    static func rates(_ word: String) throws -> Rates {
        guard let rates = Rates(word) else { throw ValidationError(Rates.expectation) }
        return rates
    }

    /// A number of bytes on their way; 0 leaves it to the kernel.
    static func window(_ word: String) throws -> Int {
        guard let count = ByteCount.reading(word),
            count == 0 || SocketOrder.windows.contains(Int(count))
        else { throw ValidationError("expected 4k bytes to less than 1G, or 0") }
        return Int(count)
    }

    static func congestion(_ word: String) throws -> String {
        guard (1...SocketOrder.longestName).contains(word.utf8.count),
            word.utf8.allSatisfy({ $0 > 32 && $0 < 127 })
        else { throw ValidationError("expected a name such as bbr") }
        return word
    }

    static func codePoint(_ word: String) throws -> CodePoint {
        guard let point = CodePoint(name: word) ?? number(word).flatMap({ CodePoint($0) }) else {
            throw ValidationError("expected a name such as LE, CS1, AF11 or EF, or 0 to 63")
        }
        return point
    }

    /// The size of a record, which a pipe may be able to hold.
    static func record(_ word: String) throws -> Int {
        let count = try byteCount(word)
        guard RecordOrder.sizes.contains(Int(count)) else {
            throw ValidationError("expected 1 to 1G bytes")
        }
        return Int(count)
    }

    static func percent(_ word: String) throws -> Int {
        guard let count = number(word), (0...100).contains(count) else {
            throw ValidationError("expected a number from 0 to 100")
        }
        return Int(count)
    }

    /// A descriptor that is not for the data.
    static func descriptor(_ word: String) throws -> Descriptor {
        guard let number = number(word).flatMap({ CInt(exactly: $0) }), number >= 2 else {
            throw ValidationError("expected the number of a descriptor, 2 or more")
        }
        return Descriptor(number: number)
    }

    static func path(_ word: String) throws -> Path {
        guard !word.isEmpty else { throw ValidationError("expected the name of a file") }
        return Path(word)
    }

    /// A name that is safe in any shell of the login command.
    static func program(_ word: String) throws -> String {
        let others = Set("/._-+~,:@%".utf8)
        let isSafe = word.utf8.allSatisfy { byte in
            others.contains(byte) || (byte < 0x80 && Character(Unicode.Scalar(byte)).isLetter)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        guard !word.isEmpty, isSafe, !word.hasPrefix("-") else {
            throw ValidationError("expected a name or path of only letters, digits and /._-+~,:@%")
        }
        return word
    }
}

/// How long `--measure` takes, in seconds.
struct MeasuringTime: ExpressibleByArgument, CustomStringConvertible {
    static let usual = MeasuringTime("10")
    static let example = "as in socketpipe --measure -l { ssh host }"

    let description: String

    private init(_ word: String) { description = word }

    /// Takes any word: what this refuses would count as another argument.
    init(argument: String) { self.init(argument) }

    func seconds() throws -> Int64 {
        guard let count = ByteCount.number(description.utf8[...]), (1...3600).contains(count) else {
            throw OptionError(
                "--measure takes 1 to 3600 seconds, not \(Text.quoted(description))",
                hint: MeasuringTime.example)
        }
        return count
    }
}
