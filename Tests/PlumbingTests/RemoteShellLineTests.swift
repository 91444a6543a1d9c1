import LinuxSystem
import Plumbing
import Testing

/// What follows `--rsh`, read as ssh reads it.
@Suite struct RemoteShellLineTests {
    private func line(_ text: String) throws(CommandLineError) -> RemoteShellLine {
        try line(words(text), tagsHaveValues: false)
    }

    private func line(
        _ words: [Word], tagsHaveValues: Bool
    ) throws(CommandLineError) -> RemoteShellLine {
        try RemoteShellLine(words) { tagsHaveValues }
    }

    private func words(_ text: String) -> [Word] {
        text.split(separator: " ").map { Word(String($0)) }
    }

    @Test(arguments: [
        ("host cmd", "ssh host", "cmd"),
        ("-p 22 host cmd arg", "ssh -p 22 host", "cmd arg"),
        ("-p22 host cmd", "ssh -p22 host", "cmd"),
        ("-l user host rsync --server -n .", "ssh -l user host", "rsync --server -n ."),
        ("-oPort=2 -4vi key host ls -l", "ssh -oPort=2 -4vi key host", "ls -l"),
        ("-- host cmd", "ssh -- host", "cmd"),
        ("-l user -- host -p 22 cmd", "ssh -l user -- host", "-p 22 cmd"),
        ("-n -- host -- cmd", "ssh -- host", "-- cmd"),
        ("-l -- host -p 22 cmd", "ssh -l -- host", "-p 22 cmd"),
        ("-P host cmd", "ssh -P host", "cmd"),
        ("-J hop -S none -o Port=2 -W", "ssh -J hop -S none -o Port=2 -W", ""),
        ("-nT host cmd", "ssh -T host", "cmd"),
        ("host -l user cmd -l", "ssh -l user host", "cmd -l"),
        ("-4 host -n -p 22 -- cmd", "ssh -4 -p 22 host", "cmd"),
        ("-- host - x", "ssh -- host", "- x"),
    ])
    func `options and host are the login, the rest is a line for the shell there`(
        text: String, login: String, remote: String
    ) throws {
        let read = try line(text)
        #expect(read.login == login.split(separator: " ").map { Word(String($0)) })
        #expect(read.remote.last == Word(remote))
        #expect(read.isForLoginAlone == remote.isEmpty)
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

    @Test(arguments: [
        "-V", "-G host", "-Q cipher", "-O check host", "-s host sftp", "-W h:1 host", "-N host",
        "-f host cmd", "-t host vi", "-tt host vi", "-Tt host vi", "host", "host --", "-v host",
        "-oRequestTTY=force host cmd", "-o sessiontype=none host", "-oStdinNull=yes host cmd",
        "-o ForkAfterAuthentication=yes host cmd", "-oRemoteCommand=ls host", "-Z host cmd",
        "--login host cmd", "host -s sftp", "-s -- host sftp",
    ])
    func `a line without data for a connection of ours is for ssh alone`(text: String) throws {
        #expect(try line(text).isForLoginAlone)
    }

    @Test(arguments: [
        "-tT host cmd", "-oRequestTTY=no host cmd", "-oRemoteCommand=none host cmd",
        "-oSessionType=default host cmd", "-o Port=22 host cmd", "-l t host cmd", "-Xa host cmd",
        "-L 1:h:2 -M host cmd", "host cmd -t -s -N", "-x -- host -s",
    ])
    func `other options leave the data to us`(text: String) throws {
        #expect(try !line(text).isForLoginAlone)
    }

    @Test func `a tag is the value of -P where ssh takes one`() throws {
        let words = words("-P tag host cmd")
        #expect(try line(words, tagsHaveValues: true).login == [Word("ssh")] + words.prefix(3))
        #expect(try line(words, tagsHaveValues: false).login == [Word("ssh")] + words.prefix(2))
        #expect(throws: Never.self) {
            try RemoteShellLine(self.words("-4 host cmd")) {
                Issue.record("asked where no -P is")
                return true
            }
        }
    }

    @Test(arguments: ["-oProxyCommand=touch", "-host", "user@-host", "a@b@-c"])
    func `a host that looks like an option is refused`(host: String) {
        #expect(throws: CommandLineError.hostLikeOption(Word(host))) {
            try line("-- \(host) cmd")
        }
    }

    @Test func `a line without a host is refused`() {
        #expect(throws: CommandLineError.noHost) { try line("") }
        #expect(throws: CommandLineError.noHost) { try line("-p 22") }
        #expect(throws: CommandLineError.noHost) { try line("-p") }
    }
}
