import Foundation
import Testing

/// The documented command lines, as they stand there; only the host and the folder are others.
@Suite(.gated) struct RecipeTests {
    let scratch: Scratch

    init() async throws {
        scratch = try Scratch()
        try await shell(
            """
            cd "$1"; mkdir -p bin site/a copies restored snapshots/1 snapshots/2 received/1
            ln -s "$2" bin/socketpipe; head -c 300000 /dev/urandom >site/a/file
            echo new >snapshots/2/file; for part in a b c d e; do mkdir -p parts/$part; done
            git init -q project
            git -C project -c user.name=me -c user.email=me@here commit -q --allow-empty -m one
            """, scratch.path, Program.here)
    }

    /// Programs that not every host has, and file systems.
    private static let rare = ["borg", "restic", "rclone", "pg_dump", "btrfs", "zstd"]

    /// The blocks that were run, but for those with rare programs.
    private static var blocks: [String] {
        get throws {
            let path = "Sources/Plumbing/Plumbing.docc/Recipes.md"
            let article = try #require(text(of: path), "run this in the checkout's top folder")
            return article.components(separatedBy: "```sh\n").dropFirst().map {
                $0.components(separatedBy: "```")[0]
            }.filter { block in
                !block.hasPrefix("# not run") && !rare.contains { block.contains("\($0) ") }
            }
        }
    }

    @Test(.needs("rsync"), .needs("git"))
    func `what the recipes say copies every byte`() async throws {
        let path = "PATH=\(scratch / "bin"):/usr/bin:/bin"
        try await SSHServer.running("SetEnv \(path) HOME=\(Mark.home)") { server in
            let ssh = server.login.strings.dropLast().joined(separator: " ")
            try scratch.write(
                "#!/bin/sh\nexec /usr/bin/\(ssh) \"$@\"\n", to: "bin/ssh", executable: true)
            let blocks = try Self.blocks
            #expect(blocks.count == 5)
            for block in blocks {
                let script = block.replacing("backup1", with: "four")
                    .replacing("/srv", with: scratch.path)
                let words: Words = ["env", path, "bash", "-e", "-o", "pipefail", "-c", script]
                let ending = try await Run(words).ending()
                #expect(ending.status == 0, "\(block): \(ending.testDescription)")
            }
        }
        try await shell(
            """
            cd "$1"; for copy in copies/site restored/site mirror; do diff -r site $copy; done
            tar df site.tar; diff -r snapshots received; ls -d copies/[a-e] | grep -c . | grep -qx 5
            git -C project rev-parse -q --verify copy
            """, scratch.path)
    }
}
