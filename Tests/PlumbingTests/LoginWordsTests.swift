import Testing

@testable import Plumbing

/// What a login said before it ended, and what is made of it.
@Suite struct LoginWordsTests {
    @Test(
        arguments: [
            ("", nil), ("\n \r\n", nil), ("one\ntwo\n", "two"), ("one\r\ntwo\r\n\r\n", "two"),
            ("no route\ndebug1: Exit status 255\n", "no route"), ("\u{1b}[2Jx", "\\x1b[2Jx"),
            (String(repeating: "x", count: 201), nil),
        ] as [(String, String?)])
    func `the last line that is a sentence is the reason`(said: String, reason: String?) {
        #expect(LoginWords([UInt8](said.utf8)).reason == reason)
    }

    @Test func `words that come in pieces are found, and old ones forgotten`() {
        var words = LoginWords()
        words.add([UInt8]("kex_exchange_".utf8))
        #expect(!words.tellsOfManyLogins)
        words.add([UInt8]("identification: read".utf8))
        #expect(words.tellsOfManyLogins)
        words.add([UInt8](repeating: 10, count: 5000))
        #expect(!words.tellsOfManyLogins && words.reason == nil)
    }

    @Test(arguments: [
        ("bash: line 1: ./sp: cannot execute binary file: Exec format error", true),
        ("./sp: 1: \u{7f}ELF\u{2}\u{1}: not found", true), ("ELF", false), ("", false),
        ("./sp: 1: Syntax error: \"(\" unexpected", true),
        ("/etc/profile: 1: Syntax error: \"(\" unexpected", false),
    ])
    func `a program for another processor shows`(said: String, isOther: Bool) {
        #expect(LoginWords([UInt8](said.utf8)).tellsOfOtherProcessor("./sp") == isOther)
    }
}
