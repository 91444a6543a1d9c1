import Foundation
import Testing

/// `-o -` with a buffer before a file whose writes wait.
@Suite(.gated) struct WaitingFileTests {
    /// Runs a command whose output goes to a frozen file; thawed when `sent` is there, or in 10 s.
    private static let frozen = """
        cd "$0" && mkdir disk && truncate -s 32M image && mkfs.ext4 -q image || exit 9
        mount -o loop image disk && : >disk/file && fsfreeze -f disk || exit 9
        trap 'fsfreeze -u disk 2>/dev/null' EXIT
        "$@" >>disk/file & pid=$!
        for _ in {1..500}; do [ -e sent ] && break; sleep .02; done
        [ -e sent ] && : >early
        fsfreeze -u disk; wait $pid; status=$?; cksum <disk/file >sum; exit $status
        """

    @Test(.needsFrozenFiles, arguments: ["--buffer 32M", "--buffer 32M --record 64k"])
    func `all is taken while the file waits, and then in the file`(options: Words) async throws {
        let scratch = try Scratch()
        let session = Session(
            consumer: "-", remote: .sh("yes | head -c 9000000; : >\"$1\"/sent", scratch.path),
            options: options, wrapper: ["unshare", "-m", "bash", "-c", Self.frozen, scratch.path])
        try await session.run(within: .seconds(30)).expectSuccess()
        #expect(scratch.text("early") != nil)
        #expect(try await shell("yes | head -c 9000000 | cksum") == scratch.text("sum"))
    }
}

extension Trait where Self == ConditionTrait {
    fileprivate static var needsFrozenFiles: ConditionTrait {
        .enabled("a frozen file system needs root, ext4, a loop device and mount namespaces") {
            let script = """
                cd "$0" && mkdir disk && truncate -s 32M image && mkfs.ext4 -q image &&
                    mount -o loop image disk && fsfreeze -f disk && fsfreeze -u disk
                """
            guard Program.isRoot else { return false }
            let scratch = try Scratch()
            let words: Words = ["unshare", "-m", "bash", "-c", script, scratch.path]
            return try await Run(words).ending().status == 0
        }
    }
}
