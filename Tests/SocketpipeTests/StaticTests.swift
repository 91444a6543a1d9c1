import Foundation
import Testing

/// The one file that runs where nothing is installed.
@Suite(
    .gated, .enabled(if: Program.onePiece != nil, "SOCKETPIPE_STATIC names no static build"),
    .enabled(if: Program.isRoot, "chroot needs root"))
struct StaticTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// An empty root folder with /proc and our program, for the time of the body.
    private func inRoot(_ body: (_ root: String) async throws -> Void) async throws {
        let root = scratch / "root"
        let program = try #require(Program.onePiece)
        try await shell(
            """
            mkdir -p "$1/proc" "$1/dev"; cp "$2" "$1/socketpipe"; mount -t proc proc "$1/proc"
            mknod -m 666 "$1/dev/null" c 1 3
            """, root, program)
        do {
            try await body(root)
        } catch {
            try await shell("umount \"$1/proc\"", root)
            throw error
        }
        try await shell("umount \"$1/proc\"", root)
    }

    @Test func `it tells its version in an empty root`() async throws {
        try await inRoot { root in
            let ending = try await Run(["chroot", root, "/socketpipe", "--version"]).ending()
            #expect(ending.status == 0)
            #expect(ending.text.hasPrefix("socketpipe "))
        }
    }

    @Test(.needsCompiler) func `it is the there-end in an empty root`() async throws {
        try await inRoot { root in
            try await shell(
                """
                printf '%s\\n' '#include <unistd.h>' 'int main(void) { char b[65536]; ssize_t n;' \\
                'while ((n = read(0, b, sizeof b)) > 0) write(1, b, n); return n < 0; }' |
                gcc -static -x c -o "$1/copy" -
                """, root)
            let session = Session(
                there: nil, producer: .sh("yes | head -c 3000000"), consumer: "cksum",
                login: ["chroot", root], remote: "/copy", options: "--there /socketpipe")
            let ending = try await session.run()
            #expect(ending.status == 0)
            let sum = try await shell("yes | head -c 3000000 | cksum")
            #expect(ending.text == sum)
        }
    }

    @Test func `it is the here-end in an empty root`() async throws {
        try await inRoot { root in
            let ending = try await Run(
                ["chroot", root, "/socketpipe", "--there", "/socketpipe", "-i", "{"]
                    + "/socketpipe --version } -l { /socketpipe --help } -r { /none }"
            ).ending()
            // Its login only prints its help, which is passed on: there is no env in an empty root.
            #expect(ending.status == 255)
            #expect(ending.error.contains("--allow-early-exit"))
        }
    }

    @Test func `it needs no library`() async throws {
        let kind = try await shell("file -b \"$1\"", try #require(Program.onePiece))
        #expect(kind.contains("statically linked") || kind.contains("static-pie"))
    }
}
