import Foundation
import Testing

/// A temporary folder that goes when its owner goes.
final class Scratch: Sendable {
    let path: String

    init() throws {
        path = temporaryFolder + "/spt-" + UUID().uuidString.prefix(13)
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700])
    }

    /// Makes a program for a processor that is not ours.
    func foreignProgram(_ name: String) throws {
        var bytes = try Data(contentsOf: URL(fileURLWithPath: Program.remote))
        // EM_AARCH64, or where that is ours EM_X86_64.
        bytes[18] = bytes[18] == 183 ? 62 : 183
        try bytes.write(to: URL(fileURLWithPath: self / name))
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755], ofItemAtPath: self / name)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    static func / (scratch: Scratch, name: String) -> String { scratch.path + "/" + name }

    @discardableResult
    func write(_ text: String, to name: String, executable: Bool = false) throws -> String {
        let file = self / name
        let written = executable ? file + ".text" : file
        try Data(text.utf8).write(to: URL(fileURLWithPath: written))
        if executable {
            unsafe chmod(written, 0o755)
            try copy(written, to: file)
        }
        return file
    }

    /// Copies by another process: what we wrote ourselves may for a moment be open in a child that
    /// another test starts, and cannot be executed as long (ETXTBSY).
    private func copy(_ source: String, to file: String) throws {
        let words: Words = ["cp", source, file]
        let child = try Spawn(
            words, input: .null, output: "/dev/null", error: "/dev/null",
            environment: ProcessInfo.processInfo.environment)
        let status = child.status()
        guard status == 0 else { throw Failure("\(words.text): status \(status)") }
    }

    func text(_ name: String) -> String? {
        contents(of: self / name).map { String(decoding: $0, as: UTF8.self) }
    }

    func exists(_ name: String) -> Bool { unsafe access(self / name, F_OK) == 0 }

    /// The words by which a script waits until a file is there.
    func until(_ name: String) -> String { "until [ -e \(self / name) ]; do sleep .02; done" }

    /// A folder of a hundred or so files of all sizes, 4 MB in all, with links and odd names.
    func makeTree(_ name: String = "tree") async throws -> String {
        let tree = self / name
        try await shell(
            """
            mkdir -p "$1/a/b/c" "$1/empty"; cd "$1"
            head -c 4000000 /dev/urandom | split -b 40000 - a/part.
            head -c 123457 /dev/urandom > "a/b/odd name"; printf x > a/b/c/one; : > none
            ln -s one a/b/c/link; ln a/b/c/one a/b/hard; chmod 600 a/b/hard
            """, tree)
        return tree
    }
}

/// Without a slash at its end.
let temporaryFolder = URL(fileURLWithPath: NSTemporaryDirectory()).standardizedFileURL.path

/// Runs a script to its end and gives what it printed.
@discardableResult
func shell(_ script: String, _ arguments: String...) async throws -> String {
    let words: Words = ["sh", "-ec", script, "sh"]
    let ending = try await Run(words + Words(arguments)).ending(within: .seconds(120))
    guard ending.status == 0 else { throw Failure("\(script): \(ending.testDescription)") }
    return ending.text
}

/// Everything in a file, of /proc too, where sizes say nothing.
func contents(of path: String) -> Data? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var data = Data()
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
        let count = unsafe read(descriptor, &buffer, buffer.count)
        guard count >= 0 else { return nil }
        guard count > 0 else { return data }
        data.append(contentsOf: buffer[..<count])
    }
}

/// A failure of the test's own machinery.
struct Failure: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}

func reason(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }

extension Duration {
    /// Longer than `--stall 2` and the time between two looks at what moves.
    static let pastStall = Duration.seconds(8)
}

/// Asks again and again until the condition holds or the time is over.
func eventually(
    within limit: Duration = .seconds(15), _ condition: () async throws -> Bool
) async throws -> Bool {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else { return false }
        try await Task.sleep(for: .milliseconds(10))
    }
    return true
}
