import Foundation
import Testing

/// A session in a pipeline: descriptors, signals, environment and folder reach the commands.
@Suite(.gated) struct PipeTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test(arguments: ThereEnd.allCases)
    func `the remote command's output comes home without -o`(there: ThereEnd) async throws {
        let session = Session(there: there, producer: "echo hello", remote: "tr a-z A-Z")
        let ending = try await session.run()
        #expect(ending.status == 0)
        #expect(ending.text == "HELLO\n")
    }

    @Test(arguments: ThereEnd.allCases)
    func `10 MB of output come home`(there: ThereEnd) async throws {
        let session = Session(
            there: there, producer: "true", remote: .sh("yes | head -c 10000000"))
        let ending = try await session.run()
        #expect(ending.status == 0)
        #expect(ending.output.count == 10_000_000)
        #expect(ending.output == Data(String(repeating: "y\n", count: 5_000_000).utf8))
    }

    @Test(arguments: ThereEnd.allCases)
    func `output comes home to a slow reader`(there: ThereEnd) async throws {
        let slow = """
            "$@" | { while dd bs=200k count=1 iflag=fullblock 2>/dev/null | grep -q y; do
            sleep .02; done; }; exit ${PIPESTATUS[0]}
            """
        let session = Session(
            there: there, producer: "true", remote: .sh("yes | head -c 4000000"),
            wrapper: .bash(slow))
        #expect(try await session.run().status == 0)
    }

    @Test func `our output closed by its reader ends the session with 141`() async throws {
        let session = Session(
            producer: "true", remote: "yes",
            wrapper: .bash("\"$@\" | head -1; exit ${PIPESTATUS[0]}"))
        let ending = try await session.run()
        #expect(ending.status == 141)
        #expect(ending.text == "y\n")
    }

    @Test(arguments: ThereEnd.allCases)
    func `without -i the remote command reads /dev/null`(there: ThereEnd) async throws {
        let session = Session(
            there: there, consumer: "cat", remote: .sh("readlink /proc/self/fd/0; wc -c"),
            input: .file("/etc/passwd"))
        let ending = try await session.run()
        #expect(ending.status == 0)
        #expect(ending.text.hasPrefix("/dev/null\n"))
        #expect(ending.text.hasSuffix("0\n"))
    }

    @Test func `the producer gets our standard input`() async throws {
        let run = try Session(producer: "cat", remote: "cat", input: .pipe).start()
        run.write("typed by the test\n")
        run.closeInput()
        let ending = try await run.ending()
        #expect(ending.status == 0)
        #expect(ending.text == "typed by the test\n")
    }

    @Test func `only the producer gets our standard input`() async throws {
        let session = Session(
            consumer: .sh("cat; cat <&0 >/dev/null"), login: .sh("exec \"$@\""),
            remote: "echo hello",
            wrapper: .sh("{ \"$@\"; read rest; echo \"rest $rest\"; }"),
            input: .file(try scratch.write("untouched\n", to: "input")))
        let ending = try await session.run()
        #expect(ending.text == "hello\nrest untouched\n")
    }

    @Test func `the commands get sockets, not pipes`() async throws {
        let session = Session(
            producer: .sh("echo $(readlink /proc/$$/fd/1) >&2"), consumer: "cat",
            remote: .sh("echo $(readlink /proc/$$/fd/0 /proc/$$/fd/1) >&2; cat"))
        let ending = try await session.run()
        #expect(ending.status == 0)
        #expect(ending.error.components(separatedBy: "socket:[").count == 4)
    }

    @Test(arguments: Route.Engine.allCases)
    func `a relay gives its reader a pipe and its writer a socket`(
        engine: Route.Engine
    ) async throws {
        let session = Session(
            route: .relay(.both, engine), producer: .sh("echo $(readlink /proc/$$/fd/1) >&2"),
            consumer: .sh("echo $(readlink /proc/$$/fd/0) >&2; cat"),
            remote: .sh("echo $(readlink /proc/$$/fd/0 /proc/$$/fd/1) >&2; cat"))
        let ending = try await session.run()
        #expect(ending.status == 0)
        #expect(ending.error.components(separatedBy: "socket:[").count == 3)
        #expect(ending.error.components(separatedBy: "pipe:[").count == 3)
    }

    @Test(arguments: Way.usual)
    func `a further descriptor reaches the commands here`(way: Way) async throws {
        let session = Session(
            there: way.there, route: way.route,
            producer: .sh("cat <&3"), remote: "cat",
            wrapper: .bash("\"$@\" 3< <(echo extra)"))
        let ending = try await session.run()
        #expect(ending.status == 0)
        #expect(ending.text == "extra\n")
    }

    @Test(arguments: Way.usual)
    func `we hold no descriptor of our caller's`(way: Way) async throws {
        // The reader sees the end only when nobody of ours keeps the pipe open.
        let wrapper = Words.bash(
            "\"$@\" 4> >(cat >/dev/null; touch \(scratch / "closed"))")
        let run = try Session(
            there: way.there, route: way.route,
            producer: .bash("exec 4>&- 63>&-; \(scratch.until("closed"))"),
            remote: "cat", wrapper: wrapper
        ).start()
        #expect(try await run.ending().status == 0)
    }

    @Test(arguments: Way.usual)
    func `the commands have just their own descriptors`(way: Way) async throws {
        let look = """
            for n in 3 4 5 6 7 8 9; do
            [ -e /proc/$$/fd/$n ] && echo "$n: $(readlink /proc/$$/fd/$n)" >&2; done; cat
            """
        let session = Session(
            there: way.there, route: way.route, producer: .sh(look), consumer: .sh(look),
            remote: .sh(look))
        let ending = try await session.run()
        #expect(ending.status == 0)
        #expect(ending.error.isEmpty)
    }

    @Test(arguments: [true, false], Way.usual)
    func `the commands get our signals as we got them`(ignored: Bool, way: Way) async throws {
        let show = "grep -E '^Sig(Ign|Blk)' /proc/self/status >&2"
        let wrapper: Words = ignored ? .sh("trap '' HUP; exec \"$@\"") : []
        let session = Session(
            there: way.there, route: way.route, producer: .sh(show), consumer: .sh("cat; " + show),
            remote: .sh("cat; " + show),
            wrapper: wrapper)
        let wanted = try await Run(wrapper + .sh(show)).ending().error.split(separator: "\n")
        let ending = try await session.run()
        #expect(ending.status == 0)
        let lines = ending.error.split(separator: "\n")
        #expect(lines.sorted() == (wanted + wanted + wanted).sorted())
    }

    @Test func `environment, folder and umask are ours`() async throws {
        let session = Session(
            producer: .sh("pwd; umask; echo $ODD"), remote: "cat",
            wrapper: .sh("cd \"$1\"; shift; umask 027; exec \"$@\"", scratch.path),
            environment: ["ODD": "a b=c"])
        let ending = try await session.run()
        #expect(ending.status == 0)
        #expect(ending.text == "\(scratch.path)\n0027\na b=c\n")
    }

    @Test(arguments: Way.usual)
    func `our end ends when its commands have, though our input stays open`(
        way: Way
    ) async throws {
        let run = try Session(
            there: way.there, route: way.route, producer: "head -1", remote: "cat", input: .pipe
        ).start()
        run.write("one\n")
        let ending = try await run.ending()
        #expect(ending.status == 0)
        #expect(ending.text == "one\n")
    }
}
