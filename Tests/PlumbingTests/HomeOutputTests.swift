import LinuxSystem
import Plumbing
import Testing

/// The credit that keeps the remote command's output from filling the control channel.
@Suite struct HomeOutputTests {
    private let window = RunOrder.largestCredit

    @Test func `a window of output is taken, and not one byte more`() throws {
        let sink = OutputSink(isUsed: true)
        try sink.add([UInt8](repeating: 1, count: window))
        #expect(sink.byteCount == Int64(window))
        #expect(throws: ControlError.tooMuchOutput) { try sink.add([1]) }
    }

    @Test func `unused output has ended from the start`() {
        let unused = OutputSink(isUsed: false)
        #expect(unused.hasEnded && unused.isEmpty)
        let sink = OutputSink(isUsed: true)
        #expect(!sink.hasEnded)
        sink.end()
        #expect(sink.hasEnded)
    }

    @Test func `credit comes back as standard output takes bytes, and lets more in`() async {
        await #expect(processExitsWith: .success) {
            let pipe = try Pipe()
            try Descriptor.standardOutput.replace(with: pipe.writer.borrowed)
            let bytes = (0..<RunOrder.largestCredit).map { UInt8(truncatingIfNeeded: $0 / 251) }
            let sink = OutputSink(isUsed: true)
            try sink.add(bytes)
            var read: [UInt8] = []
            var credit = 0
            while !sink.isEmpty {
                var readiness = Readiness()
                sink.watch(&readiness)
                try readiness.wait(until: .now + .seconds(10))
                let taken = try sink.advance(readiness)
                credit += taken
                // The pipe takes what it has room for; whoever reads it makes more.
                #expect(taken > 0 && taken <= 65536)
                read += try pipe.reader.borrowed.read(byteCount: taken)
            }
            #expect(read == bytes)
            #expect(credit == bytes.count)
            try sink.add(bytes)
            // What is said at the exit must find somebody who reads it.
            try Descriptor.standardOutput.replace(with: .standardError)
        }
    }

    @Test func `a standard output that takes nothing now is waited for`() async {
        await #expect(processExitsWith: .success) {
            let pipe = try Pipe()
            try Descriptor.standardOutput.replace(with: pipe.writer.borrowed)
            while try Descriptor.standardOutput.writeWithoutBlocking([0]) > 0 {}
            let sink = OutputSink(isUsed: true)
            try sink.add([1, 2, 3])
            var readiness = Readiness()
            sink.watch(&readiness)
            try readiness.wait(until: .now)
            let taken = try sink.advance(readiness)
            #expect(taken == 0)
            #expect(!sink.isEmpty)
            try Descriptor.standardOutput.replace(with: .standardError)
        }
    }

    /// A control channel that a test can read.
    private static func channel() throws -> (control: ControlChannel, reader: Reader) {
        let incoming = try Pipe()
        let outgoing = try Pipe()
        let control = ControlChannel(
            input: try .duplicate(of: incoming.reader.borrowed),
            output: try .duplicate(of: outgoing.writer.borrowed), awaitsHello: false)
        return (control, Reader(try .duplicate(of: outgoing.reader.borrowed)))
    }

    private final class Reader {
        let descriptor: OwnedDescriptor
        init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }

        func text() throws -> String {
            guard Readiness.now(of: descriptor.borrowed, .reading).isReady else { return "" }
            return String(
                decoding: try descriptor.borrowed.read(byteCount: 65536), as: UTF8.self)
        }
    }

    private func advance(_ source: OutputSource, _ control: ControlChannel) throws {
        var readiness = Readiness()
        source.watch(&readiness)
        try readiness.wait(until: .now)
        if let bytes = source.advance(readiness) { control.send(output: bytes) }
    }

    @Test func `output is sent against credit alone`() throws {
        let (control, reader) = try HomeOutputTests.channel()
        let command = try Pipe()
        let source = OutputSource(try .duplicate(of: command.reader.borrowed), credit: 3)
        try command.writer.borrowed.writeAll([UInt8]("abcdef".utf8))
        try advance(source, control)
        #expect(try reader.text() == "output bytes=3\nabc")
        try advance(source, control)
        #expect(try reader.text() == "", "there is no credit left")
        try source.grant(2)
        try advance(source, control)
        #expect(try reader.text() == "output bytes=2\nde")
    }

    @Test func `the end of output is sent once, as an output of no bytes`() throws {
        let (control, reader) = try HomeOutputTests.channel()
        let source: OutputSource
        do {
            let command = try Pipe()
            source = OutputSource(try .duplicate(of: command.reader.borrowed), credit: 3)
        }
        try advance(source, control)
        #expect(source.hasEnded)
        try advance(source, control)
        #expect(try reader.text() == "output bytes=0\n")
    }

    @Test(arguments: [1, 1 << 40, .max, -1])
    func `credit beyond the window is refused`(byteCount: Int) throws {
        let command = try Pipe()
        let source = OutputSource(
            try .duplicate(of: command.reader.borrowed), credit: RunOrder.largestCredit)
        #expect(throws: ControlError.tooMuchCredit) { try source.grant(byteCount) }
    }
}
