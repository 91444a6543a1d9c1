import LinuxSystem
import Plumbing
import Testing

@Suite struct ConfigFileTests {
    private func options(_ text: String, for host: String = "host") throws -> [String] {
        try ConfigFile([UInt8](text.utf8), path: "f").options(for: host).flatMap { $0.words }
    }

    @Test func `a bad line of a section is none of other hosts' business`() throws {
        let text = "--push\n[other]\ngarbage\n[host]\n--strict"
        #expect(try options(text) == ["--push", "--strict"])
        #expect(throws: DefaultsError.malformed([UInt8]("garbage".utf8), at: "line 3 of f")) {
            try options(text, for: "other")
        }
    }

    @Test func `an option is a line, with its value behind a blank or a sign`() throws {
        let text = "# all\n\n --push \n--port 40000-40009\r\n--rate=20M\n\t--report\ta b=c \n"
        #expect(
            try options(text) == ["--push", "--port=40000-40009", "--rate=20M", "--report=a b=c"])
    }

    @Test(
        arguments: [
            ("[host]", true), ("[other host]", true), ("[HO?t]", true), ("[h*t]", true),
            ("[*]", true), ("[*o*s*]", true), ("[* !host]", false), ("[!other *]", true),
            ("[!other]", false), ("[hos]", false), ("[host?]", false), ("[?ost*]", true),
            ("[h*x]", false), ("[ho*st*]", true),
        ])
    func `a section is for the hosts that its patterns name`(title: String, isForHost: Bool) throws
    {
        let all = try options("--push\n\(title)\n--strict\n[never]\n--legacy")
        #expect(all == (isForHost ? ["--push", "--strict"] : ["--push"]))
    }

    @Test(arguments: ["push", "-b", "port 1-2", "--", "[]", "[host", "host]", "Host a", "= 1"])
    func `a line that is neither is malformed, and named`(line: String) {
        #expect(throws: DefaultsError.malformed([UInt8](line.utf8), at: "line 2 of f")) {
            try options("--push\n  \(line) \n")
        }
    }

    @Test func `bytes that are no text are malformed, and named`() {
        #expect(throws: DefaultsError.notText(place: "line 2 of f")) {
            _ = try ConfigFile([10, 0xff, 10], path: "f").options(for: "host")
        }
    }

    @Test func `words are options with their values`() throws {
        let words = "--push -t 60 --port=1-2 --mss 1200 -b".split(separator: " ")
        let found = try DefaultOption.reading(words, at: "v")
        #expect(
            found.flatMap { $0.words } == [
                "--push", "-t", "60", "--port=1-2", "--mss=1200", "-b",
            ])
        #expect(throws: DefaultsError.strayWord("-", at: "v")) {
            try DefaultOption.reading(["--push", "-"], at: "v")
        }
        #expect(throws: DefaultsError.strayWord("x", at: "v")) {
            try DefaultOption.reading(["--mss=1", "x"], at: "v")
        }
    }

    @Test(
        arguments: [
            ("ssh host", "host"), ("ssh -p 22 -l me Host", "host"),
            ("/usr/bin/ssh -v a@b@host", "host"),
            ("ssh -oPort=22 host sudo -n", "host"), ("ssh -- host", "host"),
            ("ssh ssh://me@host:22", "host"), ("ssh ssh://[::1]:22", "::1"),
            ("sshpass -e ssh -4 host", "host"), ("rsh -l me host", "host"),
            ("docker exec -i web", "web"), ("kubectl exec -i pod --", "pod"), ("env", "env"),
            ("sudo -n", "sudo"), ("ssh", "ssh"), ("ssh -p 22", nil),
        ] as [(String, String?)])
    func `the host of a login is ssh's, or the last word that is no option`(
        login: String, host: String?
    ) {
        #expect(LoginHost.name(in: login.split(separator: " ").map { Word(String($0)) }) == host)
    }
}
