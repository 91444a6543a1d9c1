import Foundation
import Testing

/// Standard output is a file that others write, cut or move as well, or that takes whole blocks alone.
@Suite(.gated) struct SharedOutputTests {
    typealias Way = FileOutputTests.Way

    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test(arguments: Way.allCases)
    func `a file that takes whole blocks alone is told as such`(way: Way) async throws {
        let session = way.session(
            "echo hi", wrapper: .withDirectFile(1, scratch / "file"))
        let ending = try await session.run()
        // Where the temporary folder is in memory, any length is a block, or there is no such file.
        #expect([0, 77, 125].contains(ending.status), "\(ending.testDescription)")
        if ending.status == 0 { #expect(scratch.text("file") == "hi\n") }
        if ending.status == 125 {
            #expect(ending.error.contains("after 0 bytes: Invalid argument"))
            #expect(ending.error.contains("hint: it is open with O_DIRECT"))
            #expect(scratch.text("file") == "")
        }
    }

    /// Who writes to the same open file, besides us.
    enum Other: String, CaseIterable {
        case nobody = "\"$@\" >$0"
        case before = "{ echo a; \"$@\"; status=$?; echo z; } >$0; (exit $status)"
        case meanwhile = """
            { "$@" & while kill -0 $!; do echo another; done 2>/dev/null; wait $!; } >$0
            """
        /// What we say goes there, too.
        case ourselves = "name=$1; shift; exec \"$name\" --verbose \"$@\" >$0 2>&1"
        case both = "{ \"$@\" & \"$@\"; status=$?; wait $! && (exit $status); } >$0"
    }

    @Test(arguments: Other.allCases, Way.allCases)
    func `nothing is lost of a file that others write as well`(
        other: Other, way: Way
    ) async throws {
        let file = scratch / "file"
        let wrapper = Words(["bash", "-c", other.rawValue, file])
        let session = way.session(
            .sh("head -c 3000000 /dev/zero | tr '\\0' '\\1'"), wrapper: wrapper)
        let ending = try await session.run(within: .seconds(60))
        #expect(ending.status == 0, "\(ending.testDescription)")
        let count = try await shell("tr -dc '\\001' <$1 | wc -c; tr -dc '\\0' <$1 | wc -c", file)
        #expect(count == "\(other == .both ? 6_000_000 : 3_000_000)\n0\n")
        if other == .before { #expect(scratch.text("file")?.hasPrefix("a\n\u{1}") == true) }
        if other == .before { #expect(scratch.text("file")?.hasSuffix("\u{1}z\n") == true) }
    }

    /// What somebody does to the file when it has taken everything.
    enum Meddling: String, CaseIterable {
        case cut = "truncate -s 1000 $0"
        case moved = "perl -e 'sysseek STDOUT, 5, 0'"
    }

    @Test(arguments: Meddling.allCases, Way.allCases)
    func `a file that was cut or moved is not complete`(
        meddling: Meddling, way: Way
    ) async throws {
        let file = scratch / "file"
        let script = """
            exec >$0; "$@" &
            until [ "$(stat -c %s $0)" -ge 8192000 ]; do sleep .01; done
            \(meddling.rawValue); >$0.go; wait $!
            """
        let session = way.session(
            .sh("head -c 8192000 /dev/zero; until [ -e $1.go ]; do sleep .01; done", file),
            wrapper: Words(["bash", "-c", script, file]))
        let ending = try await session.run(within: .seconds(60))
        #expect(ending.status == 125, "\(ending.testDescription)")
    }
}
