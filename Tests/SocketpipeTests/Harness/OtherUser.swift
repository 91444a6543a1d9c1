import Foundation
import Testing

/// A user without rights, who may become another by sudo, and who has copies of the programs.
struct OtherUser: Sendable {
    let copies: Scratch

    init() async throws {
        copies = try Scratch()
        try await shell(
            """
            cp "$2" "$3" "$1"; chmod 755 "$1"; cd "$1"
            echo 'Defaults env_keep += "SOCKETPIPE_TEST_MARK"' >sudoers
            echo 'nobody ALL=(ALL) NOPASSWD: ALL' >>sudoers; chmod 440 sudoers
            """, copies.path, Program.here, Program.remote)
    }

    /// The words that start a command as that user; only it and its like see the sudoers file.
    var enter: Words {
        let script = """
            mount --bind "$1" /etc/sudoers; shift; cd /
            exec setpriv --reuid nobody --regid nogroup --clear-groups "$@"
            """
        return "unshare -m" + .sh("set -e; " + script, copies / "sudoers")
    }
}

extension Trait where Self == ConditionTrait {
    static var needsOtherUser: ConditionTrait {
        .enabled("another user needs root, sudo, setpriv and mount namespaces") {
            guard Program.isRoot, let user = try? await OtherUser() else { return false }
            let words: Words = ["sudo", "-n", user.copies / "socketpipe", "--version"]
            return try await Run(user.enter + words).ending().status == 0
        }
    }
}
