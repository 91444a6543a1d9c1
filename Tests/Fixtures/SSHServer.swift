import Glibc

/// A throw-away ssh server with keys and files of its own. It ends with its standard input, and so
/// with this process, however that ends.
package final class SSHServer: Sendable {
    package let folder: Scratch
    package let port: Int
    private let child: Child
    private let life: PipeWriter

    /// Starts it; `isListening` tells when it can be asked.
    ///
    /// - Parameters:
    ///   - addresses: Where it listens; the first is that of the host `four`, the last of `six`.
    ///   - lines: Further lines of its configuration; they come first and so prevail.
    ///   - start: Starts it with these words and streams.
    package init(
        at addresses: [String], lines: [String] = [],
        start: (Words, Streams) throws -> Child = { try Child($0, $1, leading: .session) }
    ) throws {
        guard let program = path(of: "sshd") else { throw Failure("sshd is not installed") }
        folder = try Scratch()
        port = ListeningSocket.freePort(in: 29_000..<32_000)
        if getuid() == 0 { unsafe mkdir("/run/sshd", 0o755) }
        for key in ["host", "user"] {
            try Said.must(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / key])
        }
        let all = try lines + Self.penalties(program)
        try folder.write(Self.configuration(addresses, port, folder, all), to: "server")
        try folder.write(Self.clientConfiguration(addresses, port, folder), to: "client")
        let pipe = try PipeWriter.pipe()
        defer { close(pipe.reader) }
        life = pipe.writer
        let daemon: Words = [program, "-D", "-e", "-f", folder / "server"]
        child = try start(
            .sh("exec 3<&0; { read end <&3; kill $$; } & exec \"$@\" 3<&-") + daemon,
            Streams(input: .descriptor(pipe.reader), error: folder / "log"))
    }

    package var pid: pid_t { child.pid }

    /// The words of a login to it over IPv4.
    package var login: Words { ["ssh", "-F", folder / "client", "four"] }
    package var loginOverIPv6: Words { ["ssh", "-F", folder / "client", "six"] }

    /// What it said until now.
    package var log: String { folder.text("log") ?? "" }

    /// Throws if it has ended.
    package var isListening: Bool {
        get throws {
            if let exit = child.exit { throw Failure("sshd \(exit): \(log.tail)") }
            return log.contains("Server listening")
        }
    }

    /// Ends it.
    package func stop() {
        life.close()
        _ = child.awaitExit()
        child.destroy()
    }

    /// OpenSSH 9.8 and later keep away for a while who failed to log in, as tests mean to.
    private static func penalties(_ program: String) throws -> [String] {
        let line = "PerSourcePenalties no"
        let said = try Said([program, "-t", "-o", line, "-f", "/dev/null"])
        return said.error.contains("Bad configuration option") ? [] : [line]
    }

    /// What a user's shell does at each login is none of ours, and may leave locks behind when it is
    /// ended with the login: so it finds no home.
    private static func configuration(
        _ addresses: [String], _ port: Int, _ folder: Scratch, _ lines: [String]
    ) -> String {
        (lines + addresses.map { "ListenAddress \($0)" } + [
            "Port \(port)", "HostKey \(folder / "host")", "PidFile none",
            "UsePAM \(isAccountLocked ? "yes" : "no")", "AuthorizedKeysFile \(folder / "user.pub")",
            "StrictModes no", "PermitRootLogin yes", "PasswordAuthentication no",
            "KbdInteractiveAuthentication no", "MaxStartups 500", "PrintMotd no",
            "AcceptEnv SOCKETPIPE_TEST_MARK TMPDIR", "SetEnv HOME=\(Mark.home)",
            "LogLevel INFO", "",
        ]).joined(separator: "\n")
    }

    /// Without PAM sshd turns away an account whose password is locked, as root's often is.
    private static var isAccountLocked: Bool {
        (text(of: "/etc/shadow") ?? "").split(separator: "\n").contains { $0.hasPrefix("root:!") }
    }

    private static func clientConfiguration(
        _ addresses: [String], _ port: Int, _ folder: Scratch
    ) -> String {
        """
        Host four
            HostName \(addresses[0])
        Host six
            HostName \(addresses.last!)
        Host *
            Port \(port)
            IdentityFile \(folder / "user")
            IdentitiesOnly yes
            UserKnownHostsFile \(folder / "known")
            GlobalKnownHostsFile /dev/null
            StrictHostKeyChecking no
            LogLevel ERROR
            SendEnv SOCKETPIPE_TEST_MARK TMPDIR

        """
    }
}
