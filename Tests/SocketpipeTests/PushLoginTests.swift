import Foundation
import Testing

/// A push through logins of all kinds: the script reaches `sh` whole, whatever is before that.
@Suite(.gated) struct PushLoginTests {
    private func session(_ login: Words) -> Session {
        Session(there: nil, producer: "echo hi", login: login, remote: "cat", options: "--push")
    }

    @Test(.needsMountNamespaces, arguments: ["bash", "tcsh", "fish"])
    func `any login shell will do, and may print what it likes`(name: String) async throws {
        guard let shell = path(of: name) else { try Test.cancel("\(name) is not installed") }
        let home = try Scratch()
        try FileManager.default.createDirectory(
            atPath: home / ".config/fish", withIntermediateDirectories: true)
        for file in [".bashrc", ".tcshrc", ".config/fish/config.fish"] {
            try home.write("echo welcome\n", to: file)
        }
        let user = "unshare -m" + .sh(Self.entering, shell, home / "passwd")
        try await SSHServer.running("SetEnv HOME=\(home.path)", behind: user) { server in
            let ending = try await session(server.login).run()
            #expect(ending.status == 0, "\(ending.testDescription)")
            #expect(ending.text == "hi\n")
            #expect(ending.error == "welcome\n")
        }
    }

    /// Gives root another login shell.
    private static let entering = """
        sed "/^root:/s|[^:]*$|$1|" /etc/passwd >"$2"; mount --bind "$2" /etc/passwd
        shift 2; exec "$@"
        """

    @Test(.needsRoot) func `a network namespace gets it`() async throws {
        try await Network.of(2) { hosts in
            var session = session(hosts[1].enter)
            session.wrapper = hosts[0].enter
            let ending = try await session.run()
            ending.expectSuccess()
            #expect(ending.text == "hi\n")
        }
    }

    @Test(.needsOtherUser) func `another user gets it by sudo`() async throws {
        let user = try await OtherUser()
        var session = session("sudo -n -u root")
        (session.wrapper, session.copies) = (user.enter, user.copies)
        let ending = try await session.start(reports: false).ending()
        ending.expectSuccess()
        #expect(ending.text == "hi\n")
    }
}
