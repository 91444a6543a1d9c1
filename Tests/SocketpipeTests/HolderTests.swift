import Foundation
import Testing

/// Who still holds a stream is found out, however quickly the holders change.
@Suite(.gated) struct HolderTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// A command whose process forks and ends at once, and so on; the last one writes `END` late.
    private func chain(of generations: Int) async throws -> Words {
        let source = """
            #include <stdlib.h>
            #include <unistd.h>
            int main(int count, char **words) {
                for (int left = atoi(words[1]); left > 0; left--) {
                    pid_t child = fork();
                    if (child > 0) _exit(0);
                    if (child < 0) { write(1, "no fork\\n", 8); _exit(1); }
                }
                usleep(300000);
                return write(1, "END\\n", 4) != 4;
            }
            """
        let file = try scratch.write(source, to: "chain.c")
        try await shell("gcc -w -O1 -o $1/chain $2", scratch.path, file)
        return [scratch / "chain", "\(generations)"]
    }

    private func expectEnd(
        of session: Session, rounds: Int = 1, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        for _ in 0..<rounds {
            let ending = try await session.run(sourceLocation: sourceLocation)
            #expect(
                ending.status == 0, "\(ending.testDescription)", sourceLocation: sourceLocation)
            #expect(ending.text == "END\n", sourceLocation: sourceLocation)
        }
    }

    @Test(.tries(.hiddenWriter), .needsCompiler, arguments: [50, 300])
    func `a chain of short-lived processes here is waited for`(generations: Int) async throws {
        let session = Session(producer: try await chain(of: generations), remote: "cat")
        try await expectEnd(of: session, rounds: Program.rounds(default: 10))
    }

    @Test(.tries(.hiddenWriter), .needsCompiler, arguments: [50, 300], ThereEnd.allCases)
    func `a chain of short-lived processes there is waited for`(
        generations: Int, there: ThereEnd
    ) async throws {
        let session = Session(
            there: there, consumer: "cat", remote: try await chain(of: generations))
        try await expectEnd(of: session, rounds: Program.rounds(default: 10))
    }

    @Test(arguments: Way.usual)
    func `a grandchild's grandchild may still write`(way: Way) async throws {
        let nest = Words.sh("( ( ( ( (sleep .2; echo END) & ) & ) & ) & ) & exit 0")
        try await expectEnd(
            of: Session(there: way.there, route: way.route, producer: nest, remote: "cat"))
        try await expectEnd(
            of: Session(there: way.there, route: way.route, consumer: "cat", remote: nest))
    }

    @Test(arguments: ThereEnd.allCases)
    func `a process that keeps the login's output open is named`(there: ThereEnd) async throws {
        let session = Session(
            there: there, producer: "true", remote: .sh("cat >/dev/null; sleep 1000 & echo hi"))
        let run = try session.start()
        let isNamed = try await eventually { run.errorSoFar.contains("holds its standard output") }
        #expect(isNamed, "\(run.errorSoFar)")
        run.send(SIGTERM)
        #expect(try await run.ending().exit == .signal(SIGTERM))
    }

    @Test(.needsProcessNamespaces, arguments: ThereEnd.allCases)
    func `a process namespace without a proc of its own is told what it lacks`(
        there: ThereEnd
    ) async throws {
        let session = Session(
            there: there, producer: ["touch", scratch / "producer"], login: "unshare -p -f",
            remote: ["touch", scratch / "remote"])
        let ending = try await session.run()
        #expect(ending.status == 125)
        #expect(ending.complaints.contains { $0.contains("/proc") })
        #expect(!scratch.exists("producer"))
        #expect(!scratch.exists("remote"))
    }

    @Test(arguments: ThereEnd.allCases)
    func `a reader may shut its socket down both ways after the end`(
        there: ThereEnd
    ) async throws {
        let session = Session(
            there: there, producer: .sh("yes | head -c 1000000"), remote: .shuttingReader())
        let ending = try await session.run()
        #expect(ending.status == 0)
        #expect(ending.text == "1000000\n")
    }

    @Test(arguments: ThereEnd.allCases)
    func `either command may shut its socket down, and the producer live on`(
        there: ThereEnd
    ) async throws {
        let script = "$| = 1; print 'x' x 1e5; shutdown STDOUT, 1 or die; sleep 1"
        let session = Session(
            there: there, producer: ["perl", "-e", script], remote: .shuttingReader())
        let ending = try await session.run()
        #expect(ending.status == 0, "\(ending.testDescription)")
        #expect(ending.text == "100000\n")
    }

    @Test func `a consumer may shut its socket down both ways after the end`() async throws {
        let session = Session(consumer: .shuttingReader(), remote: .sh("yes | head -c 1000000"))
        let ending = try await session.run()
        #expect(ending.status == 0)
        #expect(ending.text == "1000000\n")
    }
}

extension Words {
    /// Reads to the end, shuts its input down both ways, lives on for some seconds and then prints
    /// how many bytes it read.
    static func shuttingReader(living seconds: Int = 0) -> Words {
        let script = """
            my $count = 0;
            while (my $read = sysread STDIN, my $data, 65536) { $count += $read }
            shutdown STDIN, 2 or die "shutdown: $!"; sleep $ARGV[0];
            syswrite STDOUT, "$count\\n";
            """
        return ["perl", "-e", script, "\(seconds)"]
    }
}

extension Trait where Self == ConditionTrait {
    static var needsCompiler: ConditionTrait {
        .enabled("there is no gcc here") {
            FileManager.default.isExecutableFile(atPath: "/usr/bin/gcc")
        }
    }

    static var needsProcessNamespaces: ConditionTrait {
        .enabled("process namespaces need root and a kernel that allows them") {
            Program.isRoot ? try await Run("unshare -p -f true").ending().status == 0 : false
        }
    }
}
