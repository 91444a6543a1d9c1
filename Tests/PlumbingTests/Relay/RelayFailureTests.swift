import LinuxSystem
import Testing

@testable import Plumbing
@testable import Relaying

/// What of a relay's end is a failure, and whose.
@Suite struct RelayFailureTests {
    private static let error = Errno.outOfMemory

    private func failure(
        _ direction: RelayDirection, source: RelayProgress.Source = .open,
        target: RelayProgress.Target = .open, isConnected: Bool = true
    ) -> RelayFailure? {
        var progress = RelayProgress()
        progress.source = source
        progress.target = target
        return progress.failure(direction, isConnected: isConnected)
    }

    // A shutdown after it would be a clean end of a stream that lacks what was not taken.
    @Test func `a connection that takes no more, though it is there, is a failure`() {
        #expect(
            failure(.toConnection, source: .ended, target: .failed(Self.error))
                == .ofConnection(Self.error))
        #expect(failure(.toConnection, target: .failed(.brokenPipe), isConnected: false) == nil)
    }

    @Test func `a connection that gives no more, though it is there, is a failure`() {
        #expect(failure(.fromConnection, source: .failed(Self.error)) == .ofConnection(Self.error))
        #expect(
            failure(.fromConnection, source: .failed(.connectionReset), isConnected: false) == nil)
    }

    @Test func `what fails at the end is one, but a reader that leaves is none`() {
        for isConnected in [true, false] {
            #expect(
                failure(.toConnection, source: .failed(Self.error), isConnected: isConnected)
                    == .ofEnd(Self.error))
            #expect(
                failure(.fromConnection, target: .failed(Self.error), isConnected: isConnected)
                    == .ofEnd(Self.error))
            #expect(
                failure(.fromConnection, target: .failed(.brokenPipe), isConnected: isConnected)
                    == nil)
        }
    }

    @Test(arguments: [RelayDirection.toConnection, .fromConnection])
    func `a relay that goes on or has ended well has not failed`(direction: RelayDirection) {
        #expect(failure(direction) == nil)
        #expect(failure(direction, source: .ended) == nil)
    }
}
