import LinuxSystem
import Testing

@Suite struct SocketOptionsTests {
    private var options: SocketOptions {
        var options = SocketOptions()
        options.window = 1 << 18
        options.buffers = [.send, .receive]
        options.congestionControl = "reno"
        options.codePoint = CodePoint(name: "LE")
        return options
    }

    @Test func `the options reach the dialled and the accepted connection, of both families`()
        throws
    {
        for address in [Address.loopbackIPv4] + (hasIPv6() ? [.loopbackIPv6] : []) {
            let pair = try Connection(over: address, options)
            for role in Connection.Role.allCases {
                let socket = pair.end(role)
                for buffer in SocketOptions.Buffer.allCases {
                    #expect(buffer.size(of: socket) == 2 << 18)
                }
                #expect(TCP.congestionControl(socket) == "reno")
                #expect(CodePoint(of: socket)?.name == "LE")
            }
        }
    }

    @Test func `only the buffers that are named keep a size`() throws {
        var options = SocketOptions()
        options.window = 1 << 18
        options.buffers = [.receive]
        let usual = try Connection()
        let pair = try Connection(options)
        let buffer = SocketOptions.Buffer.send
        #expect(buffer.size(of: pair.dialled.borrowed) == buffer.size(of: usual.dialled.borrowed))
        #expect(SocketOptions.Buffer.receive.size(of: pair.dialled.borrowed) == 2 << 18)
    }

    @Test func `a congestion control that this kernel lacks is named, with those that it has`()
        throws
    {
        for name in ["nosuch", "reno-but-longer-than-it-may-be"] {
            var options = SocketOptions()
            options.congestionControl = name
            guard case .congestionControl(name, .notFound, let choices) = try options.obstacle()
            else {
                Issue.record("\(name) is there")
                continue
            }
            #expect(choices.split(separator: " ").contains("reno"))
            #expect(throws: Errno.notFound) { _ = try TCP.socket(for: .loopbackIPv4, options) }
        }
        #expect(try options.obstacle() == nil)
    }

    @Test func `a code point has one number, and a name in either case`() {
        for (name, number) in [
            ("CS0", 0), ("CS7", 56), ("AF11", 10), ("AF43", 38), ("ef", 46), ("le", 1), ("VA", 44),
        ] {
            #expect(CodePoint(name: name)?.number == UInt8(number))
        }
        for name in ["", "CS8", "AF14", "AF51", "AF1", "LEE", "1"] {
            #expect(CodePoint(name: name) == nil)
        }
        #expect(CodePoint(3)?.name == "3")
        #expect(CodePoint(64) == nil && CodePoint(-1) == nil)
    }
}
