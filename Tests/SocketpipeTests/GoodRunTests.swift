import Foundation
import Testing

/// Streams that arrive: status 0, and the same bytes at both ends.
@Suite(.gated, .withSSHServer) struct GoodRunTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// Programs that write and read archives, each in its own way of ending.
    enum Archive: CaseIterable, CustomTestStringConvertible {
        case tar, tarOfLargeBlocks, tarThatLingers, cpio, exactReader

        var testDescription: String { "\(self)" }

        func producer(_ tree: String) -> Words {
            switch self {
            case .tar: ["tar", "cf", "-", "-C", tree, "."]
            case .tarOfLargeBlocks: ["tar", "-b", "512", "-cf", "-", "-C", tree, "."]
            case .tarThatLingers: .sh("tar cf - -C \"$1\" .; sleep .05", tree)
            case .cpio: .sh("cd \"$1\" && find . | cpio -o -H newc 2>/dev/null", tree)
            case .exactReader: .sh("tar cf - -C \"$1\" . | head -c 3000000", tree)
            }
        }

        func remote(_ copy: String) -> Words {
            switch self {
            case .tar, .tarOfLargeBlocks, .tarThatLingers: ["tar", "xf", "-", "-C", copy]
            case .cpio: .sh("cd \"$1\" && cpio -idm 2>/dev/null", copy)
            case .exactReader: .sh("head -c 3000000 > \"$1/exact\"", copy)
            }
        }

        func check(_ tree: String, _ copy: String) async throws {
            switch self {
            case .exactReader:
                let compare = "tar cf - -C \"$1\" . | head -c 3000000 | cmp - $2/exact"
                try await shell(compare, tree, copy)
            default:
                try await shell("diff -r --no-dereference \"$1\" \"$2\"", tree, copy)
            }
        }
    }

    enum Login: CaseIterable, CustomTestStringConvertible {
        case env, ssh

        var testDescription: String { "by \(self)" }

        var words: Words {
            get throws { self == .env ? "env" : try SSHServer.ofSuite.login }
        }
    }

    @Test(.tries(.exactReader), arguments: Archive.allCases, Way.usual)
    func `an archive arrives`(archive: Archive, way: Way) async throws {
        let tree = try await scratch.makeTree()
        for login in Login.allCases {
            let copy = scratch / "copy-\(login)"
            try await shell("mkdir \"$1\"", copy)
            let session = Session(
                there: way.there, route: way.route, producer: archive.producer(tree),
                login: try login.words,
                remote: archive.remote(copy))
            let ending = try await session.run()
            #expect(ending.status == 0)
            // What is left unread is told of, and only that.
            let isTold = ending.error.hasSuffix(" the padding after an archive\n")
            #expect(ending.error.isEmpty || isTold)
            try await archive.check(tree, copy)
            let flow = try #require(ending.report?.flow("out"))
            #expect(flow.complete == true)
            #expect(flow.bytesSent == flow.bytesReceived)
        }
    }

    @Test(arguments: Archive.allCases, Login.allCases)
    func `a good archive is never called a failure`(archive: Archive, login: Login) async throws {
        let tree = try await scratch.makeTree()
        let copy = scratch / "copy"
        let cases = Archive.allCases.count * Login.allCases.count
        let rounds = (Program.rounds(default: 20) + cases - 1) / cases
        for round in 0..<rounds {
            try await shell("rm -rf \"$1\"; mkdir \"$1\"", copy)
            let way = Way.usual[round % Way.usual.count]
            let session = Session(
                there: way.there, route: way.route,
                producer: archive.producer(tree), login: try login.words,
                remote: archive.remote(copy))
            let ending = try await session.run()
            try #require(ending.status == 0, "round \(round), \(way)")
        }
        try await archive.check(tree, copy)
    }

    @Test(.tries(.sizes), arguments: [0, 1, 2, 4096, 65535, 65536, 65537, 1_000_003], Way.usual)
    func `a stream of any size arrives, both ways`(size: Int, way: Way) async throws {
        try await shell("head -c \(size) /dev/urandom > \"$1\"", scratch / "sent")
        let session = Session(
            there: way.there, route: way.route, producer: ["cat", scratch / "sent"],
            consumer: .sh("cat > \"$1\"", scratch / "back"),
            remote: .sh("tee \"$1\"", scratch / "there"))
        let ending = try await session.run()
        #expect(ending.status == 0)
        #expect(contents(of: scratch / "there") == contents(of: scratch / "sent"))
        #expect(contents(of: scratch / "back") == contents(of: scratch / "sent"))
        for direction in ["out", "back"] {
            let flow = try #require(ending.report?.flow(direction))
            #expect(flow.bytesSent == Int64(size))
            #expect(flow.bytesReceived == Int64(size))
            #expect(flow.complete == true)
        }
    }

    @Test(arguments: Way.all)
    func `100 MB arrive`(way: Way) async throws {
        try await stream(bytes: 100_000_000, way, login: try SSHServer.ofSuite.login)
    }

    @Test(.needsLongRun, .alone, arguments: Way.usual)
    func `10 GiB arrive`(way: Way) async throws {
        try await stream(bytes: 10 << 30, way, login: "env", within: .seconds(300))
    }

    /// Streams what no repetition can imitate, hashed before and behind.
    private func stream(
        bytes: Int, _ way: Way, login: Words, within limit: Duration = .seconds(60)
    ) async throws {
        let source = """
            openssl enc -aes-128-ctr -nosalt -K 00 -iv 00 -in /dev/zero 2>/dev/null |
            head -c \(bytes) | tee >(sha256sum > "$1"); until [ -s "$1" ]; do sleep .01; done
            """
        let session = Session(
            there: way.there, route: way.route, producer: .bash(source, scratch / "sent"),
            login: login,
            remote: .sh("sha256sum > \"$1\"", scratch / "received"))
        let ending = try await session.run(within: limit)
        #expect(ending.status == 0)
        #expect(scratch.text("sent")?.isEmpty == false)
        #expect(scratch.text("sent") == scratch.text("received"))
        #expect(ending.report?.flow("out")?.bytesReceived == Int64(bytes))
    }

    @Test(.tries(.twoWayPump), arguments: Way.all)
    func `a two-way pump does not jam`(way: Way) async throws {
        let size = Program.runsLong ? "1G" : "100M"
        let session = Session(
            there: way.there, route: way.route, producer: .sh("yes | head -c \(size)"),
            consumer: .sh("sha256sum > \"$1\"", scratch / "back"), remote: "cat")
        let ending = try await session.run(within: .seconds(60))
        #expect(ending.status == 0)
        let expected = try await shell("yes | head -c \(size) | sha256sum")
        #expect(scratch.text("back") == expected)
    }

    @Test(.alone, arguments: Way.usual)
    func `fifty sessions at once all arrive`(way: Way) async throws {
        let login = try SSHServer.ofSuite.login
        let runs = try (0..<50).map { number in
            try Session(
                there: way.there, route: way.route,
                producer: .sh("yes \(number) | head -c 1000000"), login: login,
                remote: "cksum"
            ).start()
        }
        for (number, run) in runs.enumerated() {
            let ending = try await run.ending(within: .seconds(60))
            #expect(ending.status == 0)
            let sum = try await shell("yes \(number) | head -c 1000000 | cksum")
            #expect(ending.text == sum)
        }
    }
}
