import Foundation
import Testing

/// io_uring refused, as containers do it (faults 23): everything works, and is told once.
@Suite(.gated) struct RefusedRingTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// How io_uring is refused, and what must be said of it.
    enum Refusal: String, CaseIterable {
        case notPermitted = "EPERM"
        case notImplemented = "ENOSYS"

        var reason: String {
            self == .notPermitted ? "io_uring is forbidden" : "the kernel has no io_uring"
        }

        var cure: String { self == .notPermitted ? "kernel.io_uring_disabled" : "Linux 5.6" }
    }

    /// Words that start what follows without io_uring.
    private func confined(_ refusal: Refusal) async throws -> Words {
        let source = """
            #include <errno.h>
            #include <linux/filter.h>
            #include <linux/seccomp.h>
            #include <stddef.h>
            #include <sys/prctl.h>
            #include <sys/syscall.h>
            #include <unistd.h>
            int main(int count, char **words) {
                struct sock_filter lines[] = {
                    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
                    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | \(refusal.rawValue)),
                    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
                };
                struct sock_fprog filter = {sizeof lines / sizeof *lines, lines};
                if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return 99;
                if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0) return 98;
                execvp(words[1], words + 1);
                return 97;
            }
            """
        let file = try scratch.write(source, to: "confine.c")
        try await shell("gcc -O1 -o $1/confine $2", scratch.path, file)
        return [scratch / "confine"]
    }

    private func tellings(_ refusal: Refusal, in ending: Ending) -> Int {
        ending.complaints.count { $0.contains(refusal.reason) }
    }

    @Test(.tries(.refusedRing), .needsCompiler, arguments: Refusal.allCases, ThereEnd.allCases)
    func `each end that was asked for a ring goes on without, and says so once`(
        refusal: Refusal, there: ThereEnd
    ) async throws {
        for (engine, instead) in [(Route.Engine.ring, "copy"), (.ringSplice, "splice")] {
            let session = Session(
                there: there, route: .relay(.both, engine),
                producer: .sh("yes | head -c 3000000"), consumer: "cksum", remote: "cat",
                wrapper: try await confined(refusal))
            let ending = try await session.run()
            #expect(ending.status == 0)
            #expect(try await shell("yes | head -c 3000000 | cksum") == ending.text)
            #expect(tellings(refusal, in: ending) == 2, "\(ending.error)")
            #expect(ending.error.contains(refusal.cure))
            for end in ["here", "there"] { #expect(ending.error.contains(" \(end): using ")) }
            for flow in ending.report?.flows ?? [] {
                #expect(flow.relayHere?.engine == instead)
                #expect(flow.relayThere?.engine == instead)
            }
        }
    }

    @Test(.needsCompiler, arguments: Refusal.allCases)
    func `a file that a ring would write is copied`(refusal: Refusal) async throws {
        let session = Session(
            consumer: "-", remote: .sh("yes | head -c 3000000"),
            wrapper: .bash("\"$@\" >\(scratch / "file")") + (try await confined(refusal)))
        let ending = try await session.run()
        #expect(ending.status == 0)
        #expect(contents(of: scratch / "file")?.count == 3_000_000)
        #expect(tellings(refusal, in: ending) == 1, "\(ending.error)")
        #expect(ending.report?.flow("back")?.relayHere?.engine == "copy")
    }

    @Test(
        .tries(.refusedRing), .needsCompiler,
        arguments: [Route.handOff, .relay(.both, .splice), .relay(.both, .copy), .sealed])
    func `nothing is said where no ring was wanted`(route: Route) async throws {
        let session = Session(
            route: route, producer: "echo hi", consumer: "cat", remote: "cat",
            wrapper: try await confined(.notPermitted))
        try await session.run().expectSuccess()
    }

    @Test(.needsCompiler)
    func `--quiet says nothing of it here`() async throws {
        let session = Session(
            route: .relay(.here, .ring), producer: "echo hi", remote: "cat", options: "--quiet",
            wrapper: try await confined(.notPermitted))
        try await session.run().expectSuccess()
    }
}
