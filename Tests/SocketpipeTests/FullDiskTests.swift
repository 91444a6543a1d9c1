import Foundation
import Testing

/// The reader's disk is full: its own words and status, and how much it had read (faults 25).
@Suite(.gated) struct FullDiskTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// Checks what a full disk leads to.
    ///
    /// - Returns: How many bytes we say the reader had read.
    private func bytesRead(
        _ direction: Direction, to reader: Words, _ way: Way,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Int64 {
        let session = Session(direction, from: "cat /dev/zero", to: reader, way)
        let ending = try await session.run(within: .seconds(20), sourceLocation: sourceLocation)
        let role = direction == .out ? "remote" : "consumer"
        #expect(ending.status == 1, sourceLocation: sourceLocation)
        #expect(ending.error.contains("No space left on device"), sourceLocation: sourceLocation)
        let told = ending.complaints.compactMap {
            $0.firstMatch(of: /it had read ([0-9,]+) of the [0-9,]+ bytes/)
        }
        #expect(
            ending.complaints.contains { $0.contains(role) && $0.contains("status 1") },
            sourceLocation: sourceLocation)
        let number = try #require(
            told.first?.1, "\(ending.testDescription)", sourceLocation: sourceLocation)
        let read = try #require(Int64(number.filter { $0 != "," }))
        let flow = ending.report?.flow("\(direction)")
        let counted = (flow?.bytesReceived ?? 0) - (flow?.unread ?? 0)
        #expect(counted == read, sourceLocation: sourceLocation)
        return read
    }

    @Test(.tries(.fullDisk), arguments: Direction.allCases, Way.usual)
    func `a device without room`(direction: Direction, way: Way) async throws {
        #expect(try await bytesRead(direction, to: .sh("cat >/dev/full"), way) > 0)
    }

    @Test(.tries(.fullDisk), .needsMountNamespaces, arguments: Direction.allCases, Way.usual)
    func `a file system of 1 MB`(direction: Direction, way: Way) async throws {
        let script = """
            mount -t tmpfs -o size=1m none "$1" || exit 9
            cat >"$1/file"; status=$?; stat -c %s "$1/file" >"$2"; exit $status
            """
        try await shell("mkdir $1", scratch / "disk")
        let reader = "unshare -m" + Words.sh(script, scratch / "disk", scratch / "stored")
        let read = try await bytesRead(direction, to: reader, way)
        #expect(scratch.text("stored") == "1048576\n")
        // What did not fit any more was in cat's buffer.
        #expect((1_048_576...1_572_864).contains(read))
    }
}

extension Trait where Self == ConditionTrait {
    static var needsMountNamespaces: ConditionTrait {
        .enabled("mount namespaces need root and a kernel that allows them") {
            Program.isRoot ? try await Run("unshare -m true").ending().status == 0 : false
        }
    }
}
