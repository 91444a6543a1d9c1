@_exported import Fixtures
import Testing

extension SSHServer {
    /// - Parameters:
    ///   - lines: Further lines of its configuration; they come first and so prevail.
    ///   - namespace: The network namespace it runs in, with the address it has there.
    ///   - wrapper: What starts it; its words come first.
    static func started(
        _ lines: [String] = [], in namespace: Network.Host? = nil, behind wrapper: Words = [],
        mark: Mark = Mark()
    ) async throws -> SSHServer {
        let addresses = namespace.map { [$0.address] } ?? ["127.0.0.1", "::1"]
        let server = try SSHServer(at: addresses, lines: lines) { words, streams in
            try Child(
                (namespace?.enter ?? []) + wrapper + words, streams, environment: mark.environment,
                leading: .session)
        }
        guard try await eventually({ try server.isListening }) else {
            throw Failure("sshd does not listen: \(server.log)")
        }
        return server
    }

    /// Gives a server to a body of a test, and ends it afterwards; what is left of it is recorded as
    /// an issue.
    static func running(
        _ lines: String..., in namespace: Network.Host? = nil, behind wrapper: Words = [],
        body: (SSHServer) async throws -> Void
    ) async throws {
        let mark = Mark()
        let server = try await started(lines, in: namespace, behind: wrapper, mark: mark)
        let result: Result<Void, any Error>
        do { result = .success(try await body(server)) } catch { result = .failure(error) }
        server.stop()
        let left = await mark.remains(after: .seconds(10))
        #expect(left.isEmpty)
        mark.killAll()
        try result.get()
    }

    var loginCount: Int {
        log.split(whereSeparator: \.isNewline).count { $0.hasPrefix("Accepted ") }
    }
}

/// One server for all tests of a suite.
struct SSHServerTrait: SuiteTrait, TestScoping {
    @TaskLocal static var current: SSHServer?

    func provideScope(
        for test: Test, testCase: Test.Case?,
        performing function: @Sendable () async throws -> Void
    ) async throws {
        try await SSHServer.running { server in
            try await Self.$current.withValue(server) { try await function() }
        }
    }
}

extension Trait where Self == SSHServerTrait {
    /// Starts a server before the suite's first test and ends it after the last.
    static var withSSHServer: SSHServerTrait { SSHServerTrait() }
}

extension SSHServer {
    /// The server of the suite that is running.
    static var ofSuite: SSHServer {
        get throws {
            guard let server = SSHServerTrait.current else { throw Failure("no sshd here") }
            return server
        }
    }
}
