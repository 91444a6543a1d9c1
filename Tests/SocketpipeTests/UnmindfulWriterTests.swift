import Foundation
import Testing

/// A writer that goes on when its reader has left, and does not mind that it fails.
@Suite(.gated) struct UnmindfulWriterTests {
    /// What raises `POLLERR` without a reset, from the kernel's queue of errors.
    enum Extra: String, CaseIterable {
        case nothing = ""
        /// `SO_ZEROCOPY` and `MSG_ZEROCOPY`.
        case zerocopy = "setsockopt(STDOUT, SOL_SOCKET, 60, 1) or die; $flags = 0x4000000;"
        /// `SO_TIMESTAMPING`: of what is sent, by software, without the bytes.
        case timestamps = "setsockopt(STDOUT, SOL_SOCKET, 37, 0x892) or die;"
    }

    @Test(arguments: Direction.allCases, Extra.allCases)
    func `what a writer could not write is never a success`(
        direction: Direction, extra: Extra
    ) async throws {
        let script = """
            use Socket; my $flags = 0; \(extra.rawValue) $SIG{PIPE} = 'IGNORE';
            send(STDOUT, "hello\\n", $flags) or die "cannot send: $!";
            sub state { unpack 'C', getsockopt(STDOUT, 6, 11) }
            for (1 .. 1500) { last if state() == 7; select undef, undef, undef, .01; }
            die "the reader stays" if state() != 7;
            send(STDOUT, "more\\n", $flags) for 1 .. 3; exit 0;
            """
        let ending = try await Session(
            direction, from: ["perl", "-e", script], to: .sh("head -c 6 >/dev/null")
        ).run()
        #expect(ending.status == 121 || ending.status == 122, "\(ending.testDescription)")
    }
}
