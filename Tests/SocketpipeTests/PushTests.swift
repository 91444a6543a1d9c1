import Foundation
import Testing

/// A host with nothing but a shell: the program is brought along, and nothing of it stays.
@Suite(.gated, .withSSHServer) struct PushTests {
    let scratch: Scratch

    init() throws {
        scratch = try Scratch()
        for name in ["tmp", "bin"] {
            try FileManager.default.createDirectory(
                atPath: scratch / name, withIntermediateDirectories: true)
        }
    }

    /// A session whose other end finds no folder before one of ours.
    private func session(login: Words = "env") -> Session {
        var session = Session(
            there: nil, producer: "echo hi", login: login, remote: "cat", options: "--push")
        session.environment = ["XDG_RUNTIME_DIR": "", "TMPDIR": scratch / "tmp"]
        return session
    }

    private var left: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: scratch / "tmp") }
    }

    @Test(arguments: ["dash", "bash", "busybox", "ksh", "mksh", "yash", "zsh"])
    func `any shell takes the program and keeps nothing`(name: String) async throws {
        guard let shell = path(of: name) else { try Test.cancel("\(name) is not installed") }
        try FileManager.default.createSymbolicLink(
            atPath: scratch / "bin/sh", withDestinationPath: shell)
        let login = Words(["env", "PATH=\(scratch / "bin"):/usr/bin:/bin"])
        let ending = try await session(login: login).run()
        ending.expectSuccess()
        #expect(ending.text == "hi\n")
        #expect(ending.error.isEmpty)
        #expect(try left.isEmpty)
    }

    @Test func `ssh brings it along, for both directions at once and for a relay`() async throws {
        let server = try SSHServer.ofSuite
        var session = session(login: server.login)
        session.consumer = "cat"
        session.options = "--push --relay there"
        let ending = try await session.run()
        ending.expectSuccess()
        #expect(ending.text == "hi\n")
    }

    @Test func `a remote shell's caller gets it as well`() async throws {
        let server = try SSHServer.ofSuite
        let line =
            [Program.here, "--push", "--rsh"] + server.login.strings.dropFirst() + ["echo", "hi"]
        let ending = try await Run(Words(line)).ending()
        #expect(ending.status == 0 && ending.text == "hi\n", "\(ending.testDescription)")
    }

    @Test func `what runs there has a name, and one file less`() async throws {
        var session = session()
        session.remote = .sh("cat >/dev/null; ls /proc/self/fd | wc -l; cat /proc/$PPID/comm")
        let ending = try await session.run()
        #expect(ending.status == 0, "\(ending.testDescription)")
        #expect(ending.text == "4\nsocketpipe\n")
    }

    @Test func `the remote command has the umask of the login`() async throws {
        var session = session(login: .sh("umask 027; exec \"$@\""))
        session.remote = .sh("cat >/dev/null; umask")
        let ending = try await session.run()
        #expect(ending.text == "0027\n", "\(ending.testDescription)")
    }

    @Test func `a login that brings the shell no input is told as such`() async throws {
        let ending = try await session(login: .sh("exec \"$@\" </dev/null")).run()
        #expect(ending.status == 255)
        #expect(ending.error.contains("ssh must not have -n or -f"), "\(ending.testDescription)")
    }

    @Test func `a dry run pushes, too`() async throws {
        var session = session()
        session.options = "--push --dry-run"
        #expect(try await session.run().status == 0)
        #expect(try left.isEmpty)
    }

    /// What mounts leave of a host.
    private static let noexec = "mount -t tmpfs -o noexec none"
    private static let tiny = "mount -t tmpfs -o size=64k none"
    private static let readonly = "mount -t tmpfs -o ro none"

    @Test(
        .needsMountNamespaces,
        arguments: [
            ("\(noexec) $1", 0, ""),
            ("\(tiny) $1", 0, ""),
            ("\(noexec) $1; \(noexec) /tmp; \(tiny) /var/tmp", 0, ""),
            (
                "\(noexec) $1; \(noexec) /tmp; \(noexec) /var/tmp; \(noexec) /dev/shm", 125,
                "every folder is noexec"
            ),
            (
                "\(tiny) $1; \(tiny) /tmp; \(tiny) /var/tmp; \(tiny) /dev/shm", 125,
                "has no room for the program"
            ),
            (
                "\(readonly) $1; \(readonly) /tmp; \(readonly) /var/tmp; \(readonly) /dev/shm", 125,
                "has no folder for the program"
            ),
        ] as [(String, Int32, String)])
    func `another folder will do, or the reason is told`(
        mounts: String, status: Int32, told: String
    ) async throws {
        let script = "\(mounts); export HOME=/proc/nowhere; exec \"$@\""
        let inner = Words([
            "unshare", "-m", "sh", "-c", script.replacing("$1", with: scratch / "tmp"), "sh",
        ])
        let ending = try await session(login: inner).run()
        #expect(ending.status == status, "\(ending.testDescription)")
        #expect(told.isEmpty ? ending.text == "hi\n" : ending.error.contains(told))
    }

    /// A PATH with all that the script runs but one program.
    private static func without(_ name: String) -> String {
        """
        mkdir $1/some; for x in sh uname mkdir chmod rm head cat wc; do
        [ $x = \(name) ] || ln -s "$(command -v $x)" $1/some; done; export PATH=$1/some
        """
    }

    private static let lacks = ["uname", "mkdir", "chmod", "rm", "head", "cat", "wc"].map {
        (without($0), "the other host has no '\($0)', which --push needs")
    }

    @Test(
        .needsMountNamespaces,
        arguments: lacks + [
            ("ulimit -n 5", "Too many open files"), ("ulimit -n 13", "Too many open files"),
            ("mount -t tmpfs none /proc", "/proc does not show its own processes"),
        ])
    func `what a host lacks for a push is told, and nothing is left`(
        setUp: String, told: String
    ) async throws {
        let script = setUp.replacing("$1", with: scratch / "bin") + "; exec \"$@\""
        let login = Words(["unshare", "-m", "/bin/sh", "-c", script, "sh"])
        let ending = try await session(login: login).run()
        #expect(ending.status == 125, "\(ending.testDescription)")
        #expect(ending.error.contains(told), "\(ending.testDescription)")
        #expect(try left.isEmpty)
    }

    @Test func `a login that puts words before lines is told`() async throws {
        let ending = try await session(login: .sh("\"$@\" | sed -u s/^/x/")).run()
        #expect(ending.status == 125, "\(ending.testDescription)")
        #expect(ending.error.contains("puts 'x' before each line"))
    }

    @Test func `a host of another kind is told`() async throws {
        try scratch.write(
            "#!/bin/sh\ncase $1 in -s) echo SunOS;; *) echo sun4u;; esac\n", to: "bin/uname",
            executable: true)
        let login = Words(["env", "PATH=\(scratch / "bin"):/usr/bin:/bin"])
        let ending = try await session(login: login).run()
        #expect(ending.status == 125, "\(ending.testDescription)")
        #expect(ending.error.contains("no program for the other host, 'SunOS on sun4u'"))
        #expect(ending.error.contains("libexec/socketpipe"))
    }

    @Test(arguments: [false, true])
    func `a terminal is told before anything is pushed`(isSSH: Bool) async throws {
        let ssh = Words(["ssh", "-tt"] + (try SSHServer.ofSuite).login.strings.dropFirst())
        let ending = try await session(
            login: isSSH ? ssh : .sh("exec script -qec sh /dev/null")
        ).run()
        #expect(ending.status == 125, "\(ending.testDescription)")
        #expect(ending.error.contains("gives the other end a terminal"))
        #expect(try left.isEmpty)
    }

    @Test(arguments: ["--there /bin/socketpipe", "--legacy -h 127.0.0.1"])
    func `it excludes what names a program there`(options: String) async throws {
        var session = session()
        session.options = Words(stringLiteral: "--push " + options)
        let ending = try await session.run()
        #expect(ending.status == 125, "\(ending.testDescription)")
        #expect(ending.error.contains("--push"))
    }

    @Test func `a program that is alone brings itself along, if it can`() async throws {
        let alone = scratch / "bin/socketpipe"
        try FileManager.default.copyItem(atPath: Program.here, toPath: alone)
        let isStatic = try await shell("file -L \"$1\"", alone).contains("statically linked")
        var session = session()
        session.copies = try Scratch()
        try FileManager.default.moveItem(
            atPath: alone, toPath: try #require(session.copies) / "socketpipe")
        let ending = try await session.run()
        #expect(ending.status == (isStatic ? 0 : 125), "\(ending.testDescription)")
        #expect(isStatic ? ending.text == "hi\n" : ending.error.contains("no program for --push"))
    }

    @Test(arguments: ["TERM", "QUIT", "INT", "HUP"])
    func `a shell that dies while it takes the program leaves nothing`(
        signal: String
    ) async throws {
        // It ends itself by a signal as soon as the first bytes are there.
        try scratch.write(
            "#!/bin/sh\nkill -\(signal) $PPID; exec /usr/bin/head \"$@\"\n", to: "bin/head",
            executable: true)
        let login = Words(["env", "PATH=\(scratch / "bin"):/usr/bin:/bin"])
        let ending = try await session(login: login).run()
        #expect(ending.status != 0, "\(ending.testDescription)")
        #expect(try left.isEmpty)
    }
}
