import Foundation
import Testing

/// A real rshd behind a real inetd, on a host of a network of the test's own.
///
/// Whom it trusts, and by which name, only it sees, in a mount namespace.
enum RemoteShellServer {
    private static let programs = [client, "/usr/sbin/inetd", "/usr/sbin/in.rshd"]
    static let client = "/usr/bin/rsh-redone-rsh"

    static var isInstalled: Bool {
        programs.allSatisfy { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Gives the words of a login from one host to the other to a body of a test.
    static func running(
        on host: Network.Host, for guest: Network.Host, body: (Words) async throws -> Void
    ) async throws {
        let scratch = try Scratch()
        try await shell(
            """
            cd "$1"; echo 'guest root' >.rhosts; chmod 600 .rhosts; echo "$2 guest" >hosts
            echo "shell stream tcp nowait root /usr/sbin/in.rshd in.rshd" >inetd.conf
            sed "s,^\\(root:[^:]*:[^:]*:[^:]*:[^:]*:\\)[^:]*,\\1$1," /etc/passwd >passwd
            """, scratch.path, guest.address)
        let script = """
            mount --bind "$1/passwd" /etc/passwd; mount --bind "$1/hosts" /etc/hosts
            mount -t tmpfs none /run
            exec /usr/sbin/inetd -i "$1/inetd.conf"
            """
        let daemon = try Run(
            host.enter + "unshare -m" + .sh("set -e; " + script, scratch.path))
        let listens = try await eventually {
            daemon.isRunning && !ListeningSocket.all(of: daemon.pid).isEmpty
        }
        if listens { try await body([client, host.address]) }
        #expect(listens, "\(daemon.errorSoFar)")
        daemon.send(SIGTERM)
        _ = try await daemon.ending(within: .seconds(20))
    }
}

extension Trait where Self == ConditionTrait {
    static var needsRemoteShell: ConditionTrait {
        .enabled(
            if: RemoteShellServer.isInstalled,
            "rsh-redone-client, rsh-redone-server and openbsd-inetd are not all installed")
    }
}
