import Testing

/// Hosts that do not show everything of themselves, and namespaces that have next to nothing.
@Suite(.gated) struct HiddenAddressTests {
    private func greeting(_ hosts: [Network.Host], through hiding: Words) -> Session {
        // The login must do without what is hidden, too; `ip` does not.
        let login: Words = ["nsenter", "--net=/run/netns/\(hosts[1].name)"]
        return Session(
            producer: "echo hi", login: login + hiding, remote: "cat",
            wrapper: hosts[0].enter + hiding)
    }

    @Test(.needsRoot)
    func `without a boot's identity two hosts are not taken for one`() async throws {
        let hiding = Words.sh("mount -t proc -o subset=pid proc /proc && exec \"$@\"")
        try await Network.of(2) { hosts in
            let ending = try await greeting(hosts, through: ["unshare", "-m"] + hiding).run()
            ending.expectSuccess()
            #expect(ending.text == "hi\n")
        }
    }

    #if arch(x86_64)
        /// Forbids netlink, as `RestrictAddressFamilies=` of systemd does, and becomes a command.
        private static let withoutNetlink: Words = [
            "perl", "-e",
            """
            my $lines = join '', map { pack 'SCCL', @$_ } [0x20, 0, 0, 0], [0x15, 0, 3, 41],
                [0x20, 0, 0, 16], [0x15, 0, 1, 16], [6, 0, 0, 0x50061], [6, 0, 0, 0x7fff0000];
            my $filter = pack 'Sx6P', 6, $lines;
            syscall 157, 38, 1, 0, 0, 0; syscall(157, 22, 2, $filter) == 0 or die "seccomp: $!";
            exec @ARGV or die;
            """,
        ]

        @Test(.needsRoot, arguments: ["auto", "here", "there"])
        func `without netlink an end still knows its addresses`(end: String) async throws {
            try await Network.of(2) { hosts in
                var session = greeting(hosts, through: Self.withoutNetlink)
                if end != "auto" { session.options = ["--listen", end] }
                let ending = try await session.run()
                ending.expectSuccess()
                #expect(ending.text == "hi\n")
            }
        }
    #endif

    @Test(.needsRoot, arguments: [true, false])
    func `two ends that share loopback alone meet over it, or are told that it is down`(
        isUp: Bool
    ) async throws {
        let session = Session(
            producer: "echo hi", remote: "cat",
            wrapper: ["unshare", "-n"]
                + Words.sh((isUp ? "ip link set lo up; " : "") + "exec \"$@\""))
        let ending = try await session.run()
        if isUp { return ending.expectSuccess() }
        #expect(ending.status == 125)
        #expect(ending.error.contains("its loopback interface is down"))
        #expect(ending.error.contains("ip link set lo up"))
    }
}
