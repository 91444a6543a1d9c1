import Foundation
import Testing

/// What a bare root lacks is named, at either end, whatever the runtime would make of it.
@Suite(.gated) struct BareHostTests {
    private static let withoutProc: Words =
        "unshare --mount" + .sh("mount -t tmpfs none /proc; exec \"$@\"")
    private static let withoutNull = Words.sh("mount -t tmpfs none /dev; exec \"$@\"")

    @Test(.needsMountNamespaces, arguments: [["--version"], ["--help"], []])
    func `without /proc the cause is told first, here`(words: [String]) async throws {
        let ending = try await Run(Self.withoutProc + [Program.here] + Words(words)).ending()
        #expect(ending.status == 125, "\(ending.testDescription)")
        #expect(ending.error.contains("/proc does not show this process"))
        #expect(ending.error.contains("hint: mount proc"))
    }

    @Test(.needsMountNamespaces, arguments: ThereEnd.allCases)
    func `without /proc the cause is told first, there`(there: ThereEnd) async throws {
        let session = Session(
            there: there, producer: "echo hi", login: Self.withoutProc, remote: "cat")
        let ending = try await session.run()
        #expect(ending.status == 125, "\(ending.testDescription)")
        #expect(ending.error.contains("the other end cannot run: /proc"))
        #expect(ending.error.contains("hint: mount proc"))
    }

    @Test(.needsMountNamespaces)
    func `without /dev/null it is named, here`() async throws {
        let session = Session(
            producer: "echo hi", remote: "cat", wrapper: "unshare --mount" + Self.withoutNull)
        let ending = try await session.run()
        #expect(ending.status == 125, "\(ending.testDescription)")
        #expect(ending.error.contains("no /dev/null here"))
        #expect(ending.error.contains("mknod"))
    }

    @Test(.needsMountNamespaces, arguments: ThereEnd.allCases)
    func `without /dev/null it is named, there`(there: ThereEnd) async throws {
        let session = Session(
            there: there, producer: "echo hi", login: "unshare --mount" + Self.withoutNull,
            remote: "cat")
        let ending = try await session.run()
        #expect(ending.status == 125, "\(ending.testDescription)")
        #expect(ending.error.contains("the other end cannot run: /dev/null"))
        #expect(ending.error.contains("mknod"))
    }

    /// One that is no device here, as on a file system without devices.
    private static let withUselessNull = Words.sh(
        "mount -t tmpfs -o nodev none /dev; mknod -m 666 /dev/null c 1 3; exec \"$@\"")

    @Test(.needsMountNamespaces, arguments: [true, false], ThereEnd.allCases)
    func `a /dev/null that cannot be opened is named`(isHere: Bool, there: ThereEnd) async throws {
        let useless = "unshare --mount" + Self.withUselessNull
        let session = Session(
            there: there, producer: "echo hi", login: isHere ? "env" : useless, remote: "cat",
            wrapper: isHere ? useless : [])
        let ending = try await session.run()
        #expect(ending.status == 125, "\(ending.testDescription)")
        #expect(ending.error.contains(isHere ? "open /dev/null here" : "/dev/null cannot"))
        #expect(ending.error.contains("Permission denied"))
        #expect(ending.error.contains("hint: ls -l /dev/null"))
    }

    @Test(.needsMountNamespaces, arguments: ["localhost", "a.localhost", "nolocalhost"])
    func `localhost needs no /etc/hosts`(name: String) async throws {
        let scratch = try Scratch()
        let script = """
            : >$0/hosts; echo 'hosts: files' >$0/nsswitch; mount --bind $0/nsswitch /etc/nsswitch.conf
            [ ! -e /etc/hosts ] || mount --bind $0/hosts /etc/hosts; exec "$@"
            """
        let session = Session(
            producer: "echo hi", remote: "cat", options: ["--listen", "here", "-h", name],
            wrapper: "unshare --mount" + Words(["sh", "-c", script, scratch.path]))
        let ending = try await session.run()
        #expect(ending.status == (name == "nolocalhost" ? 125 : 0), "\(ending.testDescription)")
        #expect(ending.text == (name == "nolocalhost" ? "" : "hi\n"))
    }

    @Test(.needsStaticPrograms, arguments: ThereEnd.allCases)
    func `without a descriptor to spare the words are known, and the cause is told`(
        there: ThereEnd
    ) async throws {
        let few = Words.sh("ulimit -n 3; exec \"$@\"")
        let version = try await Run(few + [there.path, "--version"]).ending()
        #expect(version.status == 0, "\(version.testDescription)")
        let session = Session(there: there, producer: "echo hi", login: few, remote: "cat")
        let ending = try await session.run()
        #expect(ending.status == 125, "\(ending.testDescription)")
        #expect(ending.error.contains("Too many open files"))
        #expect(ending.error.contains("ulimit -n"))
    }
}

extension Trait where Self == ConditionTrait {
    fileprivate static var needsStaticPrograms: ConditionTrait {
        .enabled("the loader of a program that is linked dynamically needs a descriptor itself") {
            let few = Words.sh("ulimit -n 3; exec \"$@\"")
            let loaded = try await Run(few + [Program.here, "--version"]).ending()
            return !loaded.error.contains("shared libraries")
        }
    }
}
