import Foundation
import Testing

/// A call that moves bytes is refused by a kernel or a sandbox that does not know it: another engine
/// goes on, and nothing is lost (faults 24).
@Suite(.gated) struct RefusedCallTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    enum Call: Int, CaseIterable {
        case sendfile = 40
        case splice = 275
        case tee = 276
        case preadv2 = 327
        case pwritev2 = 328
        case ringEnter = 426
        case ringRegister = 427

        /// Words that start what follows without this call.
        func refused(_ error: Int32) -> Words {
            let script = """
                my ($call, $error) = splice @ARGV, 0, 2;
                my $lines = pack "SCCL" x 4, 0x20, 0, 0, 0, 0x15, 0, 1, $call,
                    6, 0, 0, 0x50000 | $error, 6, 0, 0, 0x7fff0000;
                my $filter = pack "S x6 P", 4, $lines;
                syscall(157, 38, 1, 0, 0, 0) == 0 && syscall(157, 22, 2, $filter) == 0 or die;
                exec @ARGV;
                """
            return ["perl", "-e", script, "\(rawValue)", "\(error)"]
        }
    }

    static let ways: [Words] = [
        [], "--engine splice", "--engine ring", "--engine ring-splice", "--engine copy",
        "--record 64k", "--buffer 1M --record 200k", "--buffer 2M --relay both",
        "--via login", "--encrypt", "--reconnect 20", "--reconnect 20 --encrypt",
    ]
    static let errors = [ENOSYS, EPERM, EINVAL, EOPNOTSUPP]

    @Test(.tries(.refusedSplice), .needsSeccomp, arguments: Call.allCases, ways.indices)
    func `every byte goes there and back without it`(call: Call, way: Int) async throws {
        try await shell("yes | head -c 3000000 >$1", scratch / "sent")
        let wanted = try await shell("cksum <$1", scratch / "sent")
        for (number, error) in Self.errors.enumerated() {
            let refused = call.refused(error)
            let isHere = (number + way).isMultiple(of: 2)
            let files = "\"$@\" <$0 >$0.back; status=$?; cksum <$0.back; exit $status"
            let pipes = "set -o pipefail; cat $0 | \"$@\" | cksum"
            let script = number < 2 ? files : pipes
            let session = Session(
                there: isHere ? .socketpipe : .remoteAlone, producer: "-", consumer: "-",
                login: isHere ? "env" : refused, remote: "cat", options: Self.ways[way],
                wrapper: Words(["bash", "-c", script, scratch / "sent"]) + (isHere ? refused : []))
            let ending = try await session.run()
            let comment: Comment = "\(reason(error)), \(ending.testDescription)"
            #expect(ending.status == 0, comment)
            #expect(ending.text == wanted, comment)
        }
    }
}

extension Trait where Self == ConditionTrait {
    static var needsSeccomp: ConditionTrait {
        .enabled("this kernel has no seccomp filters, or it is no x86-64") {
            let words = RefusedCallTests.Call.splice.refused(EPERM) + ["true"]
            return try await Run(words).ending().status == 0
        }
    }
}
