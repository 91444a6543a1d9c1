import Foundation
import Testing

extension Scratch {
    /// Makes a program for a processor that is not ours.
    func foreignProgram(_ name: String) throws {
        var bytes = try Data(contentsOf: URL(fileURLWithPath: Program.remote))
        // EM_AARCH64, or where that is ours EM_X86_64.
        bytes[18] = bytes[18] == 183 ? 62 : 183
        try bytes.write(to: URL(fileURLWithPath: self / name))
        unsafe chmod(self / name, 0o755)
    }

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

/// Runs a script to its end and gives what it printed.
@discardableResult
func shell(_ script: String, _ arguments: String...) async throws -> String {
    let words: Words = ["sh", "-ec", script, "sh"]
    let ending = try await Run(words + Words(arguments)).ending(within: .seconds(120))
    guard ending.status == 0 else { throw Failure("\(script): \(ending.testDescription)") }
    return ending.text
}

extension Duration {
    /// Longer than `--stall 2` and the time between two looks at what moves.
    static let pastStall = Duration.seconds(8)
}
