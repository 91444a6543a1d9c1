import Foundation
import Testing

/// A throw-away sshd on this host's loopback, with keys and folders of its own.
final class SSHServer: Sendable {
    /// The words of a login to the server over IPv4.
    var login: Words { "ssh -F \(folder / "client") four" }
    var loginOverIPv6: Words { "ssh -F \(folder / "client") six" }

    let port: Int
    let folder: Scratch
    private let run: Run

    /// - Parameters:
    ///   - lines: Further lines of its configuration; they come first and so prevail.
    ///   - namespace: The network namespace it runs in, with the address it has there.
    init(_ lines: [String] = [], in namespace: Network.Host? = nil) async throws {
        guard FileManager.default.isExecutableFile(atPath: Self.program) else {
            throw Failure("\(Self.program) is not installed")
        }
        folder = try Scratch()
        port = Int.random(in: 10_000..<30_000)
        if Program.isRoot { unsafe mkdir("/run/sshd", 0o755) }
        try await shell(
            """
            cd "$1"; for key in host user; do ssh-keygen -q -t ed25519 -N '' -f $key; done
            cp user.pub authorized; chmod 600 authorized
            """, folder.path)
        try folder.write(Self.configuration(lines, port, folder, namespace), to: "server")
        try folder.write(Self.clientConfiguration(port, folder, namespace), to: "client")
        // It ends with its standard input, and so with the tests, however they end.
        let guarded: Words = .sh(
            "\"$@\" 2>\(folder / "log") & server=$!; read end; kill $server; wait")
        let daemon: Words = "\(Self.program) -D -e -f \(folder / "server")"
        let prefix = namespace.map { $0.enter } ?? []
        run = try Run(guarded + prefix + daemon, input: .pipe)
        let listens = try await eventually {
            guard run.isRunning else { throw Failure("sshd: \(log) \(run.errorSoFar)") }
            return log.contains("Server listening")
        }
        guard listens else { throw Failure("sshd does not listen: \(log)") }
    }

    /// What the server said until now.
    var log: String { folder.text("log") ?? "" }

    var loginCount: Int {
        log.split(whereSeparator: \.isNewline).count { $0.hasPrefix("Accepted ") }
    }

    /// Ends the server; what is left of its sessions is recorded as an issue.
    func stop() async throws {
        run.closeInput()
        _ = try await run.ending(within: .seconds(20))
    }

    /// Gives the server to a body of a test, and ends it afterwards.
    static func running(
        _ lines: String..., in namespace: Network.Host? = nil,
        body: (SSHServer) async throws -> Void
    ) async throws {
        let server = try await SSHServer(lines, in: namespace)
        do {
            try await body(server)
        } catch {
            try? await server.stop()
            throw error
        }
        try await server.stop()
    }

    private static let program = "/usr/sbin/sshd"

    /// OpenSSH 9.8 and later keep away for a while who failed to log in, as tests mean to.
    private static let penalties: [String] = {
        let line = "PerSourcePenalties no"
        let check: Words = [program, "-t", "-o", line, "-f", "/dev/null"]
        guard let said = try? Spawn.said(by: check) ?? "" else { return [] }
        return said.contains("Bad configuration option") ? [] : [line]
    }()

    private static func configuration(
        _ lines: [String], _ port: Int, _ folder: Scratch, _ namespace: Network.Host?
    ) -> String {
        let addresses = namespace.map { [$0.address] } ?? ["127.0.0.1", "::1"]
        return
            (lines + penalties + addresses.map { "ListenAddress \($0)" } + [
                "Port \(port)", "HostKey \(folder / "host")", "PidFile none", "UsePAM no",
                "AuthorizedKeysFile \(folder / "authorized")", "StrictModes no",
                "PermitRootLogin yes", "PasswordAuthentication no",
                "KbdInteractiveAuthentication no", "MaxStartups 500", "PrintMotd no",
                "AcceptEnv SOCKETPIPE_TEST_MARK", "SetEnv HOME=\(Mark.home)", "LogLevel INFO",
            ]).joined(separator: "\n") + "\n"
    }

    private static func clientConfiguration(
        _ port: Int, _ folder: Scratch, _ namespace: Network.Host?
    ) -> String {
        """
        Host four
            HostName \(namespace?.address ?? "127.0.0.1")
        Host six
            HostName ::1
        Host *
            Port \(port)
            IdentityFile \(folder / "user")
            IdentitiesOnly yes
            UserKnownHostsFile \(folder / "known")
            StrictHostKeyChecking no
            LogLevel ERROR
            SendEnv SOCKETPIPE_TEST_MARK

        """
    }
}

/// One server for all tests of a suite.
struct SSHServerTrait: SuiteTrait, TestScoping {
    @TaskLocal static var current: SSHServer?

    func provideScope(
        for test: Test, testCase: Test.Case?,
        performing function: @Sendable () async throws -> Void
    ) async throws {
        try await SSHServer.running { server in
            try await Self.$current.withValue(server) { try await function() }
        }
    }
}

extension Trait where Self == SSHServerTrait {
    /// Starts a server before the suite's first test and ends it after the last.
    static var withSSHServer: SSHServerTrait { SSHServerTrait() }
}

extension SSHServer {
    /// The server of the suite that is running.
    static var ofSuite: SSHServer {
        get throws {
            guard let server = SSHServerTrait.current else { throw Failure("no sshd here") }
            return server
        }
    }
}
