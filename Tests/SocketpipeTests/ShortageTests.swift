import Foundation
import Testing

/// Too little of what everybody needs is never the command's fault (faults 22).
@Suite(.gated) struct ShortageTests {
    /// Which end listens, where it is not both.
    enum Listening: CaseIterable { case both, theOneInWant }

    @Test(arguments: [true, false], Listening.allCases)
    func `a want of descriptors is told as one, by 125`(
        isHere: Bool, listening: Listening
    ) async throws {
        try await expectTold(isHere: isHere, listening, there: .remoteAlone)
        try await expectTold(isHere: isHere, listening, there: .socketpipe)
    }

    private func expectTold(isHere: Bool, _ listening: Listening, there: ThereEnd) async throws {
        let options: Words = listening == .both ? [] : ["--listen", isHere ? "here" : "there"]
        var statuses: Set<Int32?> = []
        for limit in 4...20 {
            let limited = Words.sh("ulimit -n \(limit); exec \"$@\"")
            let ending = try await Session(
                there: there, producer: "echo hi", login: isHere ? "env" : limited, remote: "cat",
                options: "-t 2" + options, wrapper: isHere ? limited : []
            ).run()
            statuses.insert(ending.status)
            if ending.status == 125 {
                #expect(ending.error.contains("Too many open files"), "\(ending.testDescription)")
                #expect(ending.error.contains("ulimit -n"))
            }
        }
        // 255: there, not even enough to say so.
        #expect(statuses.isSubset(of: [0, 125, 255]), "\(statuses)")
        #expect(statuses.isSuperset(of: [0, 125]), "\(statuses)")
    }
}
