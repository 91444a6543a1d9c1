import Fixtures
import Foundation
import Glibc
import LinuxSystem
import Plumbing

/// A there-end as a login command would start it, and the other end in the hands of a test.
final class ThereProcess {
    let pid: pid_t
    private var toThere: OwnedDescriptor?
    private var fromThere: OwnedDescriptor?
    private var fromErrors: OwnedDescriptor?
    private var assembler = ControlAssembler(awaitsHello: true)
    private(set) var output: [UInt8] = []
    private(set) var errors: [UInt8] = []
    private(set) var ending: ExitStatus?
    private(set) var hasEnded = false
    /// Lines that came and that nobody waited for yet.
    private var lines: [ControlLine] = []

    static let programs = ["socketpipe", "socketpipe-remote"]

    private static func path(of program: String) -> String {
        let variable = program == "socketpipe" ? "SOCKETPIPE" : "SOCKETPIPE_REMOTE"
        if let path = ProcessInfo.processInfo.environment[variable], !path.isEmpty { return path }
        let tests = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        return tests.deletingLastPathComponent().appendingPathComponent(program).path
    }

    init(_ program: String) throws {
        let input = try LinuxSystem.Pipe()
        let output = try LinuxSystem.Pipe()
        let error = try LinuxSystem.Pipe()
        var order = SpawnOrder(
            [Word(Self.path(of: program)), Word("--remote-end")], environment: .inherited())
        order.input = input.reader.borrowed
        order.output = output.writer.borrowed
        order.error = error.writer.borrowed
        order.closesOthers = true
        order.grouping = .ownSession
        pid = try order.spawn()
        toThere = try .duplicate(of: input.writer.borrowed)
        fromThere = try .duplicate(of: output.reader.borrowed)
        fromErrors = try .duplicate(of: error.reader.borrowed)
        for descriptor in [fromThere?.borrowed, fromErrors?.borrowed] {
            try descriptor?.setNonblocking(true)
        }
    }

    deinit {
        guard ending == nil else { return }
        kill(pid, SIGKILL)
        waitpid(pid, nil, 0)
    }

    func say(_ messages: ControlMessage...) throws {
        for message in messages { try toThere?.borrowed.writeAll(message.line.encoded) }
    }

    /// The login dies: nothing is left of its pipes at our side.
    func loseLogin() {
        toThere = nil
        fromThere = nil
        fromErrors = nil
    }

    /// Goes on until it has happened; false if it does not in half a minute.
    func happens(_ isSo: () -> Bool) -> Bool {
        for _ in 0..<3000 {
            read()
            if isSo() { return true }
            usleep(10_000)
        }
        return false
    }

    /// The next line with such a verb; lines before it are left out.
    func hear(_ verb: String) throws -> ControlLine {
        var found: Int?
        _ = happens {
            found = lines.firstIndex { $0.verb == verb }
            return found != nil || hasEnded || ending != nil
        }
        guard let found else { throw Fixtures.Failure("no \(verb): \(lines)") }
        defer { lines.removeFirst(found + 1) }
        return lines[found]
    }

    /// How it ended; `nil` if it does not.
    func end() -> ExitStatus? {
        _ = happens { ending != nil }
        return ending
    }

    var isRunning: Bool {
        read()
        return ending == nil
    }

    private func read() {
        if let bytes = Self.take(fromThere) {
            hasEnded = hasEnded || bytes.isEmpty
            assembler.add(bytes)
            while let piece = try? assembler.next() {
                switch piece {
                case .line(let line): lines.append(line)
                case .output(let bytes): output += bytes
                case .noise, .data: break
                }
            }
        }
        if let bytes = Self.take(fromErrors) { errors += bytes }
        var status: CInt = 0
        if ending == nil, unsafe waitpid(pid, &status, WNOHANG) == pid {
            ending = ExitStatus(waitStatus: status)
        }
    }

    private static func take(_ descriptor: borrowing OwnedDescriptor?) -> [UInt8]? {
        switch descriptor {
        case .some(let descriptor): try? descriptor.borrowed.read(byteCount: 65536)
        case .none: nil
        }
    }
}
