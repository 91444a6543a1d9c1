import LinuxSystem
import Plumbing
import Testing

/// What follows `--rsh`, read as ssh reads it.
@Suite struct RemoteShellLineTests {
    private func line(_ text: String) throws(CommandLineError) -> RemoteShellLine {
        try RemoteShellLine(text.split(separator: " ").map { Word(String($0)) })
    }

    @Test(arguments: [
        ("host cmd", "ssh host", "cmd"),
        ("-p 22 host cmd arg", "ssh -p 22 host", "cmd arg"),
        ("-p22 host cmd", "ssh -p22 host", "cmd"),
        ("-l user host rsync --server -n .", "ssh -l user host", "rsync --server -n ."),
        ("-oPort=2 -4vi key host ls -l", "ssh -oPort=2 -4vi key host", "ls -l"),
        ("-- host cmd", "ssh host", "cmd"),
        ("-nT host cmd", "ssh -T host", "cmd"),
        ("host -l user cmd -l", "ssh -l user host", "cmd -l"),
        ("-4 host -n -p 22 -- cmd", "ssh -4 -p 22 host", "cmd"), ("-- host - x", "ssh host", "- x"),
    ])
    func `options and host are the login, the rest is a line for the shell there`(
        text: String, login: String, remote: String
    ) throws {
        let read = try line(text)
        #expect(read.login == login.split(separator: " ").map { Word(String($0)) })
        #expect(read.remote.last == Word(remote))
        #expect(!read.asksLogin)
    }

    @Test(arguments: [
        ("host c", false), ("-n host c", true), ("-vn host c", true), ("host -n c", true),
    ])
    func `-n alone says that nothing is to be read`(text: String, hasNoInput: Bool) throws {
        #expect(try line(text).hasNoInput == hasNoInput)
        // The value of another option is no flag, whatever its letters.
        #expect(try !line("-l nobody host c").hasNoInput)
        #expect(try !line("-lnobody host c").hasNoInput)
    }

    @Test(arguments: ["-V", "-G host", "-Q cipher", "-O check host"])
    func `what asks ssh itself is for ssh`(text: String) throws {
        #expect(try line(text).asksLogin)
    }

    @Test func `a line without a host or a command is refused`() {
        #expect(throws: CommandLineError.noHost) { try line("") }
        #expect(throws: CommandLineError.noHost) { try line("-p 22") }
        #expect(throws: CommandLineError.noHost) { try line("-p") }
        #expect(throws: CommandLineError.noRemoteCommand(Word("host"))) { try line("-v host") }
    }
}
