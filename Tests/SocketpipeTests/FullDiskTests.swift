import Foundation
import Testing

/// The reader's disk is full: its own words and status, and how much it had read (FAULTS 25).
@Suite(.gated) struct FullDiskTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    static let readers = ["remote", "consumer"]

    private func endlessSession(to reader: Words, as role: String, _ way: Way) -> Session {
        var session = Session(there: way.there, route: way.route, remote: "cat /dev/zero")
        if role == "remote" {
            (session.producer, session.remote) = ("cat /dev/zero", reader)
        } else {
            session.consumer = reader
        }
        return session
    }

    /// Checks what a full disk leads to.
    ///
    /// - Returns: How many bytes we say the reader had read.
    private func bytesRead(
        in session: Session, role: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Int64 {
        let ending = try await session.run(within: .seconds(20), sourceLocation: sourceLocation)
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
        let flow = ending.report?.flow(role == "remote" ? "out" : "back")
        let counted = (flow?.bytesReceived ?? 0) - (flow?.unread ?? 0)
        #expect(counted == read, sourceLocation: sourceLocation)
        return read
    }

    @Test(.tries(.fullDisk), arguments: readers, Way.usual)
    func `a device without room`(role: String, way: Way) async throws {
        let session = endlessSession(to: .sh("cat >/dev/full"), as: role, way)
        #expect(try await bytesRead(in: session, role: role) > 0)
    }

    @Test(.tries(.fullDisk), .needsMountNamespaces, arguments: readers, Way.usual)
    func `a file system of 1 MB`(role: String, way: Way) async throws {
        let script = """
            mount -t tmpfs -o size=1m none "$1" || exit 9
            cat >"$1/file"; status=$?; stat -c %s "$1/file" >"$2"; exit $status
            """
        try await shell("mkdir $1", scratch / "disk")
        let reader = "unshare -m" + Words.sh(script, scratch / "disk", scratch / "stored")
        let session = endlessSession(to: reader, as: role, way)
        let read = try await bytesRead(in: session, role: role)
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
