import Glibc

/// A throw-away ssh server with keys and files of its own, at one end of a place.
struct SSHServer {
    let login: [String]
    private let child: Child

    init(at site: Site, address: String, in folder: String) throws {
        guard let program = path(of: "sshd") else { throw Failure("sshd is not installed") }
        for key in ["host", "user"] {
            let words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f"]
            try Said.must(words + ["\(folder)/\(key)"], in: folder)
        }
        let port = Int.random(in: 9000..<10_000)
        try write(Self.configuration(address, port, folder), to: "\(folder)/sshd_config")
        try write(Self.clientConfiguration(address, port, folder), to: "\(folder)/ssh_config")
        login = ["ssh", "-F", "\(folder)/ssh_config", "there"]
        let streams = Streams(error: "\(folder)/sshd.log")
        let words = [program, "-D", "-e", "-f", "\(folder)/sshd_config"]
        let command = site.network == nil ? words : Self.withEmptyHome(words, folder)
        child = try spawn(command, at: site, streams)
        do {
            try child.awaitListening(port)
        } catch {
            child.destroy()
            throw Failure("sshd: \(error) \((text(of: streams.error) ?? "").tail)")
        }
    }

    func stop() {
        child.destroy()
    }

    /// What a user's shell does at each login belongs to nobody's figures, and may leave locks
    /// behind when it is ended with the login; so root finds an empty home, in a mount namespace.
    private static func withEmptyHome(_ words: [String], _ folder: String) -> [String] {
        let script = """
            set -e; cd "$0"; mkdir home
            sed "s,^\\(root:[^:]*:[^:]*:[^:]*:[^:]*:\\)[^:]*,\\1$PWD/home," /etc/passwd >passwd
            mount --bind passwd /etc/passwd; exec "$@"
            """
        return ["unshare", "-m"] + shell(script) + [folder] + words
    }

    private static func configuration(_ address: String, _ port: Int, _ folder: String) -> String {
        """
        ListenAddress \(address)
        Port \(port)
        HostKey \(folder)/host
        AuthorizedKeysFile \(folder)/user.pub
        PidFile none
        UsePAM \(isAccountLocked ? "yes" : "no")
        StrictModes no
        PermitRootLogin prohibit-password
        PasswordAuthentication no
        KbdInteractiveAuthentication no
        MaxStartups 500
        PrintMotd no

        """
    }

    /// Without PAM sshd turns away an account whose password is locked, as root's often is.
    private static var isAccountLocked: Bool {
        let lines = (text(of: "/etc/shadow") ?? "").split(separator: "\n")
        return lines.contains { $0.hasPrefix("root:!") }
    }

    private static func clientConfiguration(
        _ address: String, _ port: Int, _ folder: String
    ) -> String {
        """
        Host there
            HostName \(address)
            Port \(port)
            IdentityFile \(folder)/user
            IdentitiesOnly yes
            UserKnownHostsFile \(folder)/known_hosts
            GlobalKnownHostsFile /dev/null
            StrictHostKeyChecking no
            BatchMode yes
            LogLevel ERROR

        """
    }
}

extension Child {
    /// Waits until something in the process's network listens on a port.
    func awaitListening(_ port: Int, within seconds: Int64 = 30) throws {
        let wanted = ":" + String(0x10000 + port, radix: 16, uppercase: true).dropFirst() + " "
        let deadline = monotonicNanoseconds() + seconds * 1_000_000_000
        while monotonicNanoseconds() < deadline {
            if let ending { throw Failure("it \(ending) before it listened.") }
            let sockets = text(of: "/proc/\(pid)/net/tcp") ?? ""
            let listens = sockets.split(separator: "\n").contains { line in
                let fields = line.split(separator: " ")
                return fields.count > 3 && fields[3] == "0A" && "\(fields[1]) ".hasSuffix(wanted)
            }
            if listens { return }
            try Signals.wait(nanoseconds: 2_000_000)
        }
        throw Failure("nothing listens on port \(port) after \(seconds) s.")
    }
}
