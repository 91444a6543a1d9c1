import Foundation
import Testing

/// The login commands that people use, real ones where they can be had.
@Suite(.gated, .withSSHServer) struct LoginTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    static let oddWords = WordsTests.oddWords

    /// Sends a stream out and odd words back; any login command must manage both.
    private func expectGoodRun(
        _ login: Words, there: ThereEnd, from wrapper: Words = [], mark: Mark = Mark(),
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let session = Session(
            there: there, producer: .sh("yes | head -c 1000000"), consumer: "cat", login: login,
            remote: .sh("cksum; printf '[%s]\\n' \"$@\"") + Self.oddWords, wrapper: wrapper)
        let ending = try await session.start(mark).ending(sourceLocation: sourceLocation)
        let sum = try await shell("yes | head -c 1000000 | cksum")
        #expect(ending.status == 0, sourceLocation: sourceLocation)
        #expect(
            Array(ending.output) == Array(sum.utf8) + WordsTests.printed(Self.oddWords),
            "\(ending.testDescription)", sourceLocation: sourceLocation)
    }

    @Test(arguments: ThereEnd.allCases)
    func `env is the same host`(there: ThereEnd) async throws {
        try await expectGoodRun("env", there: there)
    }

    @Test(arguments: ThereEnd.allCases)
    func `ssh over IPv4 and IPv6`(there: ThereEnd) async throws {
        let server = try SSHServer.ofSuite
        try await expectGoodRun(server.login, there: there)
        try await expectGoodRun(server.loginOverIPv6, there: there)
    }

    @Test(arguments: ThereEnd.allCases)
    func `an ssh to a host behind an ssh`(there: ThereEnd) async throws {
        let server = try SSHServer.ofSuite
        try await expectGoodRun(server.login + server.loginOverIPv6, there: there)
    }

    @Test(.needsRoot, arguments: ThereEnd.allCases)
    func `ip netns exec`(there: ThereEnd) async throws {
        try await Network.of(2) { hosts in
            try await expectGoodRun(hosts[1].enter, there: there, from: hosts[0].enter)
        }
    }

    @Test(.needsSudo, arguments: ThereEnd.allCases)
    func `sudo -n`(there: ThereEnd) async throws {
        try await expectGoodRun("sudo -n", there: there)
    }

    @Test(.needsSudo, arguments: ThereEnd.allCases)
    func `sudo -n behind ssh, which drops SSH_CONNECTION`(there: ThereEnd) async throws {
        let server = try SSHServer.ofSuite
        try await expectGoodRun(server.login + "sudo -n", there: there)
    }

    /// Joins its words with blanks for a shell, and knows nothing of ssh: as rsh does.
    private var remoteShell: String {
        """
        #!/bin/sh
        shift
        exec env -i HOME="$HOME" PATH=/bin SOCKETPIPE_TEST_MARK=$SOCKETPIPE_TEST_MARK sh -c "$*"
        """
    }

    @Test(arguments: ThereEnd.allCases)
    func `a login command like rsh`(there: ThereEnd) async throws {
        let rsh = try scratch.write(remoteShell, to: "rsh", executable: true)
        try await expectGoodRun([rsh, "host"], there: there)
    }

    @Test(.needsRoot, .needsRemoteShell, arguments: ThereEnd.allCases)
    func `a real rsh to a real rshd`(there: ThereEnd) async throws {
        try await Network.of(2) { hosts in
            try await RemoteShellServer.running(on: hosts[1], for: hosts[0]) { login in
                try await expectGoodRun(login, there: there, from: hosts[0].enter)
            }
        }
    }

    /// Runs exact words in what could be a container; its standard input only with `-i`.
    private var container: String {
        """
        #!/bin/sh
        [ "$1" = exec ] || exit 2
        shift
        input=/dev/null
        [ "$1" = -i ] && { shift; input=/dev/stdin; }
        shift
        [ "$1" = -- ] && shift
        [ $input = /dev/null ] && exec </dev/null
        exec env -i PATH=/bin SOCKETPIPE_TEST_MARK=$SOCKETPIPE_TEST_MARK "$@"
        """
    }

    @Test(arguments: [["exec", "-i", "name"], ["exec", "-i", "pod", "--"]], ThereEnd.allCases)
    func `a login command like docker exec or kubectl exec`(
        words: [String], there: ThereEnd
    ) async throws {
        let docker = try scratch.write(container, to: "docker", executable: true)
        try await expectGoodRun([docker] + Words(words), there: there)
    }

    @Test func `docker exec without -i is told what it wants`() async throws {
        let docker = try scratch.write(container, to: "docker", executable: true)
        let session = Session(
            producer: "echo hi", login: [docker, "exec", "name"], remote: "cat")
        let ending = try await session.run()
        #expect(ending.status == 125)
        #expect(ending.error.contains("-i"))
    }

    @Test(arguments: ThereEnd.allCases)
    func `a login command like srun, with workers of its own`(there: ThereEnd) async throws {
        let srun = try scratch.write(
            "#!/bin/sh\nexec 3<&0\n\"$@\" <&3 &\nwait $!\n", to: "srun", executable: true)
        try await expectGoodRun([srun], there: there)
    }

    @Test func `one login and no more`() async throws {
        try await SSHServer.running { server in
            let session = Session(
                producer: "echo hi", consumer: "cat", login: server.login, remote: "cat")
            let ending = try await session.run()
            #expect(ending.status == 0)
            #expect(server.loginCount == 1)
        }
    }

    @Test func `the login command's standard error is ours`() async throws {
        let session = Session(
            producer: "echo hi", login: .sh("echo from the login >&2; exec \"$@\""), remote: "cat")
        let ending = try await session.run()
        #expect(ending.status == 0)
        #expect(ending.error == "from the login\n")
    }

    @Test(arguments: ThereEnd.allCases)
    func `the remote command's standard error comes home`(there: ThereEnd) async throws {
        let session = Session(
            there: there, producer: "true", login: try SSHServer.ofSuite.login,
            remote: .sh("cat; echo from there >&2"))
        let ending = try await session.run()
        #expect(ending.status == 0)
        #expect(ending.error == "from there\n")
    }
}

extension Trait where Self == ConditionTrait {
    static var needsSudo: ConditionTrait {
        .enabled("sudo does not work here without a password") {
            FileManager.default.isExecutableFile(atPath: "/usr/bin/sudo")
                ? try await Run("sudo -n true").ending().status == 0 : false
        }
    }
}
