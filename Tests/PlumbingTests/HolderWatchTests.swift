import LinuxSystem
import Testing

@testable import Plumbing

/// Who is known to hold a stream, look by look.
@Suite struct HolderWatchTests {
    @Test(arguments: [HolderLook<HostProcesses>.Finding.nobody, .held(by: 7)])
    func `whoever cannot be looked into counts anew after each look that knows more`(
        finding: HolderLook<HostProcesses>.Finding
    ) {
        var watch = HolderWatch(.socket(1))
        let start = Instant(nanoseconds: 1_000_000_000)
        func moment(_ milliseconds: Int64) -> Instant { start + .milliseconds(milliseconds) }
        _ = watch.judge(.unseen([9]), true, start)
        #expect(!watch.hasOnlyUnseen(moment(199)) && watch.hasOnlyUnseen(moment(200)))
        let isHeld = watch.judge(finding, true, moment(300))
        #expect(isHeld == (finding != .nobody) && !watch.hasOnlyUnseen(moment(300)))
        _ = watch.judge(.unsettled, true, moment(400))
        #expect(!watch.hasOnlyUnseen(moment(599)) && watch.hasOnlyUnseen(moment(600)))
    }
}
