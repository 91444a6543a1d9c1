import LinuxSystem
import Plumbing
import Testing

@Suite struct SessionErrorTests {
    private static let words = [Word("ssh"), Word("host")]
    private static let endpoint = Endpoint(.loopbackIPv4, port: 7)
    private static let old = Hello(
        protocols: 1...2, programVersion: "1.9", kernel: "6", ssh: nil, addresses: [],
        networkIdentity: "")

    @Test(
        arguments: [
            (.cannotStart(.producer, words, .notFound), 127),
            (.cannotStart(.producer, words, .accessDenied), 126),
            (.cannotStart(.producer, words, .tooManyOpenFiles), 125),
            (.cannotStart(.login, words, .wouldBlock), 125), (.system(.accessDenied), 125),
            (.there(.execution(.tooManyFilesOfSystem), words), 125),
            (.there(.system(.accessDenied), words), 125),
            (.there(.execution(.notFound), words), 127), (.there(.execution(.busy), words), 126),
            (.loginEnded(words, .exited(255), there: "socketpipe"), 255),
            (.loginEnded(words, .exited(1), there: "socketpipe"), 255),
            (.loginEnded(words, .killed(signal: 9), there: "socketpipe"), 255),
            (.loginEnded(words, .exited(127), there: "socketpipe"), 125),
            (.loginEnded(words, .exited(126), there: "socketpipe"), 125),
            (.noRendezvous(within: 30, tried: []), 124),
            (.noRendezvous(within: 30, tried: [], only: .addresses(["-h"])), 125),
            (.there(.stall, words), 122),
            (.there(.signal(15), words), 122), (.there(.terminal, words), 125),
            (.there(.noInput, words), 125), (.there(.protocolError("x"), words), 125),
            (.there(.resources("x"), words), 125), (.nowhereToMeet(onSameStack: false), 125),
            (.legacyNeedsHost, 125), (.nowhereToMeet(onSameStack: true), 125),
            (.unanswered(.out, at: .here, seconds: 9, pathHint: nil), 122),
            (.there(.system(.connectionReset), words), 122),
            (.unknownHost("x"), 125), (.unknownHost("x", option: "--address"), 125),
            (.socket(.codePoint(.notPermitted), at: .here), 125),
            (.there(.socket(.segment(.invalid)), words), 125), (.lacks(.dscp, old), 125),
            (.hostIsLoopback("x", .loopbackIPv4), 125), (.noInterface("x", ["lo"]), 125),
            (.outside("x", .here), 125), (.outside("x", .there), 125),
            (.sameAddress(.loopbackIPv4), 125),
            (
                .leavesNetwork(
                    "x", Connection(.out, ConnectionName([]), from: .here, own: nil, peer: nil)),
                125
            ),
            (.unreachable([], notListening: [(.there, .addressInUse)]), 125),
            (.cannotListen([.anyIPv4], 1...2, .addressInUse), 125),
        ] as [(SessionError, CInt)])
    func `each error has its exit status, and a sentence that is one`(
        error: SessionError, status: CInt
    ) {
        #expect(error.status == status)
        for text in [error.sentence, error.hint].compactMap({ $0 }) {
            #expect(!text.isEmpty && !text.hasSuffix("."))
            #expect(!text.utf8.contains { $0 < 32 || $0 == 127 })
        }
    }

    @Test(
        arguments: [
            (.cannotStart(.consumer, words, .notFound), ["consumer 'ssh'", "not found"]),
            (.cannotStart(.login, words, .accessDenied), ["login command 'ssh'", "denied"]),
            (
                .cannotStart(.producer, words, .tooManyOpenFiles),
                ["cannot start producer 'ssh'", "Too many open files", "ulimit -n"]
            ),
            (.there(.system(.tooManyOpenFiles), words), ["the other end", "ulimit -n"]),
            (.loginEnded(words, .exited(127), there: "sp"), ["'sp'", "not found", "--there"]),
            (.loginEnded(words, .exited(127), there: "sh"), ["'sh'", "not found", "POSIX"]),
            (.loginEnded(words, .exited(255), there: "sp"), ["'ssh'", "status 255"]),
            (
                .loginEnded(
                    [Word("su")], .exited(1), there: "sp",
                    saying: LoginWords([UInt8]("su: unrecognized option '--remote-end'".utf8))),
                ["'su'", "status 1", "EXAMPLES"]
            ),
            (.loginEnded(words, .killed(signal: 9), there: "sp"), ["killed by SIGKILL"]),
            (.unknownHost("nowhere"), ["'nowhere'", "-h"]),
            (.unknownHost("nowhere", option: "--address"), ["'nowhere'", "--address"]),
            (.hostIsLoopback("box", .loopbackIPv4), ["'box'", "127.0.0.1", "ip address"]),
            (.noInterface("eth9", ["lo", "eth0"]), ["'eth9'", "lo, eth0", "192.0.2.0/24"]),
            (.outside("eth1 (10.1.0.0/24)", .here), ["this host", "eth1 (10.1.0.0/24)"]),
            (.outside("10.1.0.0/24", .there), ["the other host", "10.1.0.0/24", "--network"]),
            (.sameAddress(.loopbackIPv4), ["both hosts", "127.0.0.1", "-h", "--address"]),
            (
                .noRendezvous(
                    within: 9,
                    tried: (1...20).map { (.here, Endpoint(.loopbackIPv4, port: $0), nil) }),
                ["127.0.0.1:12 from here, and 8 more"]
            ),
            (
                .noRendezvous(within: 9, tried: [], only: .network("10.1.0.0/24")),
                ["did not meet over the network 10.1.0.0/24 within 9 s", "without --network"]
            ),
            (
                .unreachable([], notListening: [], only: .addresses(["-h", "--address"])),
                ["at the address of -h or --address: ", "without -h and --address"]
            ),
            (.nowhereToMeet(onSameStack: false), ["-h"]),
            (
                .unanswered(.back, at: .there, seconds: 300, pathHint: "--mss 1200"),
                ["'back'", "dead", "there", "300 s", "--mss"]
            ),
            (.unanswered(.out, at: .here, seconds: 9, pathHint: nil), ["'out'", "--stall"]),
            (.nowhereToMeet(onSameStack: true), ["ip link set lo up"]),
            (
                .cannotListen([.anyIPv4], 5...6, .addressInUse),
                [
                    "0.0.0.0", "5-6", "in use", "--port",
                ]
            ),
            (
                .noRendezvous(within: 30, tried: [(.there, endpoint, .connectionRefused)]),
                [
                    "30 s", "127.0.0.1:7 from there: Connection refused", "--port", "-h",
                    "--listen",
                ]
            ),
            (
                .unreachable(
                    [(.here, endpoint, .connectionRefused)], notListening: [(.here, .addressInUse)]),
                [
                    "127.0.0.1:7 from here", "Connection refused", "cannot listen here", "in use",
                ]
            ),
            (.there(.terminal, words), ["terminal", "-t"]), (.there(.noInput, words), ["kubectl"]),
            (.there(.stall, words), ["--stall"]), (.there(.signal(15), words), ["SIGTERM"]),
            (.there(.execution(.notFound), words), ["remote command 'ssh'", "not found there"]),
            (.lacks(.window, old), ["the other end (socketpipe 1.9)", "--window", "--push"]),
            (
                .socket(.buffer(.send, wanted: 1 << 25, limit: 212992), at: .here),
                ["here", "212992", "--window", "sysctl -w net.core.wmem_max=33554432"]
            ),
            (
                .there(.socket(.buffer(.receive, wanted: 1 << 25, limit: 212992)), words),
                ["there", "sysctl -w net.core.rmem_max=33554432"]
            ),
            (
                .there(
                    .socket(.congestionControl("bbr", .notFound, choices: "reno cubic")), words),
                ["no congestion control 'bbr'", "reno cubic", "there: modprobe tcp_bbr"]
            ),
            (
                .socket(
                    .congestionControl("bbr", .notPermitted, choices: "reno cubic"), at: .here),
                ["here", "they may use reno cubic", "congestion_control='reno cubic bbr'"]
            ),
        ] as [(SessionError, [String])])
    func `each error names its facts, and what to do`(error: SessionError, parts: [String]) {
        let text = error.sentence + " " + (error.hint ?? "")
        for part in parts { #expect(text.contains(part)) }
    }

    @Test func `text from the other end is printed without its control characters`() {
        let evil = "x\u{1b}]0;title\u{7}"
        let hello = Hello(
            protocols: 7...9, programVersion: evil, kernel: evil, ssh: nil, addresses: [],
            networkIdentity: "")
        for error in [
            SessionError.there(.protocolError(evil), []), .there(.resources(evil), []),
            .noCommonProtocol(hello), .cannotStart(.remote, [Word(evil)], .notFound),
            .unknownHost(evil), .loginEnded([Word(evil)], .exited(1), there: "socketpipe"),
        ] {
            #expect(error.sentence.contains("\\x1b"))
            #expect(!error.sentence.utf8.contains { $0 < 32 })
        }
        #expect(SessionError.noCommonProtocol(hello).sentence.contains("7-9"))
    }

    @Test func `an endpoint that failed twice alike is named once`() {
        let failure = (
            caller: End.here, endpoint: SessionErrorTests.endpoint, error: Errno.timedOut
        )
        let sentence = SessionError.unreachable([failure, failure], notListening: []).sentence
        #expect(sentence.split(separator: "127.0.0.1:7").count == 2)
    }
}
