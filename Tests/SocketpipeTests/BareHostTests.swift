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
        #expect(ending.error.contains("the other end cannot run there: /proc"))
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
        #expect(ending.error.contains("the other end cannot run there: /dev/null"))
        #expect(ending.error.contains("mknod"))
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
