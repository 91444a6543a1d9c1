import Fixtures
import Foundation
import Testing

/// Nobody but the two ends learns what a sealed flow carries, nor what opens it.
@Suite(.gated) struct ConfidentialTests {
    let scratch: Scratch
    private let marker = UUID().uuidString

    init() throws { scratch = try Scratch() }

    /// A file of which every piece can be told.
    private func makeContent() async throws {
        try await shell("yes $2 | head -c 400000 >$1", scratch / "sent", marker)
    }

    /// There and back again.
    private func session(login: Words, options: Words) -> Session {
        Session(
            there: .remoteAlone, producer: ["cat", scratch / "sent"],
            consumer: .sh("cat >$1", scratch / "got"), login: login, remote: "cat",
            options: "--verbose" + options)
    }

    private func bytes(_ name: String) -> Data { contents(of: scratch / name) ?? Data() }

    private func hex(_ data: some Sequence<UInt8>) -> String {
        data.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    private func data(_ hex: String) -> Data {
        let digits = hex.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        return Data(
            stride(from: 0, to: digits.count - 1, by: 2).map {
                UInt8(digits[$0] << 4 | digits[$0 + 1])
            })
    }

    /// HMAC-SHA256; the key and the answer in hexadecimal.
    private func authenticate(_ message: Data, key: String) async throws -> String {
        try message.write(to: URL(fileURLWithPath: scratch / "message"))
        let said = try await shell(
            "openssl dgst -sha256 -mac HMAC -macopt hexkey:$2 $1", scratch / "message", key)
        return String(said.dropLast().suffix(64))
    }

    /// What seals a flow, as both ends make it of the secret and the nonces.
    private func keys(of flow: Direction, _ secret: String) async throws -> [String] {
        let nonces = bytes("caller.\(flow)")[7..<23] + bytes("listener.\(flow)")[..<16]
        let root = try await authenticate(Data("socketpipe 2 seal".utf8), key: secret)
        var keys = [secret, root]
        for name in ["key", "iv"] {
            let purpose = Data("\(name) connection \(flow) ".utf8)
            keys.append(try await authenticate(purpose + nonces, key: root))
        }
        return keys
    }

    /// The content of a flow's first record, with the last of those keys.
    private func open(
        _ flow: Direction, _ cipher: String, _ keys: [String]
    ) async throws -> String {
        try bytes("came.\(flow)").dropFirst(5).prefix(100)
            .write(to: URL(fileURLWithPath: scratch / "record"))
        let (key, iv) = (keys[2], keys[3].prefix(24))
        let words =
            cipher == "aes-128-gcm"
            ? "-aes-128-ctr -K \(key.prefix(32)) -iv \(iv)00000002"
            : "-chacha20 -K \(key) -iv 01000000\(iv)"
        return try await shell("openssl enc -d -nosalt $2 <$1", scratch / "record", words)
    }

    private func expect(
        nothingOf secrets: [String], in places: [String: Data],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for (name, place) in places {
            var forms = [Data(marker.utf8)]
            for secret in secrets {
                // A part would do.
                for start in [0, 32] {
                    let part = String(secret.dropFirst(start).prefix(32))
                    forms += [Data(part.utf8), Data(part.uppercased().utf8), data(part)]
                }
            }
            for form in forms {
                #expect(place.range(of: form) == nil, "\(name)", sourceLocation: sourceLocation)
            }
        }
    }

    @Test(.needs("openssl"), arguments: ["", "chacha20-poly1305"])
    func `the wire and our messages have neither the data nor a key`(
        ciphers: String
    ) async throws {
        try await makeContent()
        let forger = Forger(deed: .none, flow: .out, place: 0, choices: (0, 0))
        let tap: Words = ["sh", "-c", "tee \"$0\" | \"$@\"", scratch / "control"]
        var session = session(
            login: tap + forger.login(scratch.path),
            options: "--encrypt -h 127.0.0.1 --listen here")
        if !ciphers.isEmpty { session.environment = ["SOCKETPIPE_TEST_CIPHERS": ciphers] }
        let run = try session.start()
        let ending = try await run.ending()
        #expect(ending.status == 0, "\(ending.testDescription)")
        #expect(bytes("got") == bytes("sent"))
        let cipher = try #require(ending.report?.encryption?.cipher)
        let control = try #require(scratch.text("control"))
        let secret = String(try #require(control.firstMatch(of: /secret=([0-9a-f]{64})/)).1)
        var places = [
            "messages": Data(ending.error.utf8), "report": Data((run.reportText ?? "").utf8),
        ]
        var secrets: [String] = []
        for flow in Direction.allCases {
            for kind in ["caller", "listener", "came"] {
                places["\(kind).\(flow)"] = bytes("\(kind).\(flow)")
            }
            #expect(bytes("came.\(flow)").count > 400_000)
            let keys = try await keys(of: flow, secret)
            // These are what opens it.
            #expect(try await open(flow, cipher, keys).contains(marker))
            secrets += keys
        }
        #expect(Set(secrets).count == 6)
        expect(nothingOf: secrets, in: places)
    }

    @Test(arguments: ["--encrypt", ""] as [Words])
    func `nor does a login through which it goes`(options: Words) async throws {
        try await makeContent()
        let tap = Words.bash(
            "f=$1; shift; tee $f/to | \"$@\" | tee $f/from", scratch.path)
        let ending = try await session(login: tap + "env", options: "--via login" + options).run()
        #expect(ending.status == 0, "\(ending.testDescription)")
        #expect(bytes("got") == bytes("sent"))
        for name in ["to", "from"] {
            let isFound = bytes(name).range(of: Data(marker.utf8)) != nil
            #expect(isFound == options.bytes.isEmpty, "\(name)")
        }
    }

    private static let load = Words.sh("head -c 2000000 /dev/zero; exec sleep 1000")

    @Test(.needsCores, arguments: LineReader.allCases, ThereEnd.allCases)
    func `an end that is killed under load leaves no core file`(
        end: LineReader, there: ThereEnd
    ) async throws {
        let run = try Session(
            there: there, route: .sealed, producer: Self.load, remote: .sh("cat >/dev/null"),
            wrapper: .sh("cd $1; shift; \(Cores.limit); exec \"$@\"", scratch.path),
            environment: ["SWIFT_BACKTRACE": "enable=no"]
        ).start()
        try #require(await eventually { run.mark.process("sleep 1000") != nil })
        let victim = end == .here ? Found(pid: run.pid) : run.mark.thereEnd()
        try #require(victim).send(SIGSEGV)
        let ending = try await run.ending()
        #expect(ending.exit == (end == .here ? .signal(SIGSEGV) : .status(122)))
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == [])
    }

    @Test(.needsOtherUser, arguments: ThereEnd.allCases)
    func `each end may look into the other, as the same user, to see who holds a stream`(
        there: ThereEnd
    ) async throws {
        let user = try await OtherUser()
        let run = try Session(
            there: there, route: .sealed, producer: "cat /dev/zero", consumer: "cat",
            remote: .sh("head -c 5; kill -INT $$"),
            wrapper: user.enter, copies: user.copies
        ).start(reports: false)
        // An end that could not be looked into might hold the stream for ever.
        let ending = try await run.ending(within: .seconds(20))
        #expect(ending.status == 130, "\(ending.testDescription)")
        #expect(!ending.error.contains("waiting for a process"), "\(ending.testDescription)")
    }
}

/// The files that the kernel leaves of a killed process.
private enum Cores {
    static let limit = "ulimit -S -c $(ulimit -H -c)"

    static func areLeft() async throws -> Bool {
        let scratch = try Scratch()
        _ = try await Run(.sh("cd $1; \(limit); kill -SEGV $$", scratch.path)).ending()
        return try !FileManager.default.contentsOfDirectory(atPath: scratch.path).isEmpty
    }
}

extension Trait where Self == ConditionTrait {
    fileprivate static var needsCores: ConditionTrait {
        .enabled("this host leaves no core files, or elsewhere") { try await Cores.areLeft() }
    }
}
