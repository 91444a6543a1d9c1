import Foundation
import Testing

/// `--reconnect`: where it ends, and that nothing outlives it.
@Suite(.gated) struct ReconnectLimitTests {
    let stream: CutStream
    let courier: Courier

    init() throws {
        stream = try CutStream()
        courier = Courier(in: stream.scratch)
    }

    /// An endless session whose connections are lost for good.
    private func lost(
        _ options: Words, through box: CuttingBox, login: Words = "env"
    ) async throws -> Run {
        let run = try stream.start(
            Session(
                there: .remoteAlone, producer: "cat /dev/zero",
                login: login, remote: .sh("cat >/dev/null; echo $? >$1", stream.scratch / "status"),
                options: options + box.options
            ))
        try await stream.isRead(1_000_000, of: run, by: "cat")
        try await box.perform(.refuse)
        try await box.perform(.cut)
        return run
    }

    private func endless(_ options: Words, login: Words) throws -> Run {
        try stream.start(
            Session(
                there: .remoteAlone, producer: "cat /dev/zero", login: login,
                remote: .sh("cat >/dev/null"), options: options + "--rate 1M"
            ))
    }

    @Test func `when the time is over, the status is 122, and how often it tried is told`()
        async throws
    {
        let box = try await CuttingBox.started()
        let run = try await lost("--reconnect 3", through: box)
        let ending = try await run.ending(within: .seconds(30))
        #expect(ending.status == 122, "\(ending.testDescription)")
        #expect(ending.error.contains(/tries: \d/), "\(ending.testDescription)")
        #expect(stream.scratch.text("status") != "0\n")
        try await box.stop()
    }

    @Test func `a login that works no more ends it in time`() async throws {
        let run = try endless("--reconnect 3", login: courier.login)
        try await stream.isRead(500_000, of: run, by: "cat")
        try courier.close()
        #expect(courier.kill())
        let ending = try await run.ending(within: .seconds(30))
        #expect(ending.status == 122, "\(ending.testDescription)")
        #expect(courier.pids.count > 2)
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func `a signal ends it at once, though it is cut`(signal: Int32) async throws {
        let box = try await CuttingBox.started()
        let run = try await lost("--reconnect 600", through: box)
        let moment = ContinuousClock.now
        run.sendToGroup(signal)
        let ending = try await run.ending(within: .seconds(20))
        #expect(ending.exit == .signal(signal), "\(ending.testDescription)")
        #expect(moment.duration(to: .now) < .seconds(8))
        #expect(stream.scratch.text("status") != "0\n")
        try await box.stop()
    }

    /// The other end cannot tell that from a lost login.
    @Test func `what our killed end leaves there goes when the time is over`() async throws {
        let run = try endless("--reconnect 3", login: courier.login)
        try await stream.isRead(500_000, of: run, by: "cat")
        let there = try #require(run.mark.thereEnd())
        try #require(run.mark.hereEnd()).send(SIGKILL)
        // Nothing may end the login command with us: then the other end would know at once.
        _ = courier.kill()
        #expect(Found(pid: there.pid) != nil)
        let ending = try await run.ending(within: .seconds(20))
        #expect(ending.exit == .signal(SIGKILL))
    }

    @Test(arguments: [true, false])
    func `an end there that is killed is not waited for`(hasCourier: Bool) async throws {
        let run = try endless("--reconnect 600", login: hasCourier ? courier.login : "env")
        try await stream.isRead(500_000, of: run, by: "cat")
        try #require(run.mark.thereEnd()).send(SIGKILL)
        let ending = try await run.ending(within: .seconds(30))
        #expect(ending.status == 122, "\(ending.testDescription)")
    }

    @Test func `a producer that is killed while it is cut breaks the stream`() async throws {
        let box = try await CuttingBox.started()
        let run = try await lost("--reconnect 600", through: box)
        try #require(run.mark.process("cat /dev/zero")).send(SIGKILL)
        try await box.perform(.accept)
        let ending = try await run.ending(within: .seconds(30))
        #expect(ending.status == 137, "\(ending.testDescription)")
        #expect(stream.scratch.text("status") != "0\n")
        try await box.stop()
    }

    @Test(arguments: ["", "--record 64k", "--buffer 1M --start 90", "--engine copy"] as [Words])
    func `a producer that is killed breaks the stream, however its reader is fed`(
        options: Words
    ) async throws {
        let ending = try await Session(
            there: .remoteAlone, producer: .sh("head -c 300000 /dev/zero; kill -9 $$"),
            remote: .sh("cat >/dev/null; echo $? >$1", stream.scratch / "status"),
            options: options + "--reconnect 20"
        ).run(within: .seconds(15))
        #expect(ending.status == 137, "\(ending.testDescription)")
        #expect(stream.scratch.text("status") != "0\n")
    }

    /// A box that acknowledges what it then loses: nobody has those bytes any more.
    @Test func `bytes that something on the way acknowledged and lost are no success`()
        async throws
    {
        let box = try await CuttingBox.started()
        let run = try stream.start(
            Session(
                there: .remoteAlone, producer: .sh("\(CutStream.make(800_000_000))"),
                remote: .sh(
                    "\(stream.scratch.until("go")); tee $1 >/dev/null", stream.scratch / "got"),
                options: "--reconnect 20" + box.options
            ))
        // Its reader takes nothing: when nothing more goes out, the box has what it cannot pass on.
        let producer = try #require(await found(in: run) { $0.first == "head" })
        var last = 0
        let isFull = try await eventually {
            try await Task.sleep(for: .milliseconds(300))
            defer { last = producer.bytesRead }
            return last > 100_000 && last == producer.bytesRead
        }
        try #require(isFull, "\(last) bytes: \(run.errorSoFar)")
        try await box.perform(.swallow)
        try stream.scratch.write("", to: "go")
        let ending = try await run.ending(within: .seconds(40))
        #expect(ending.status == 122, "\(ending.testDescription)")
        let got = contents(of: stream.scratch / "got") ?? Data()
        let sent = try await Run(.sh(CutStream.make(got.count))).ending().output
        #expect(got == sent)
        try await box.stop()
    }

    private func found(in run: Run, where condition: ([String]) -> Bool) async throws -> Found? {
        var found: Found?
        _ = try await eventually {
            found = run.mark.process(where: condition)
            return found != nil
        }
        return found
    }

    @Test func `a reader of ours that leaves is told as without`() async throws {
        let script = "\"$@\" | head -c 100000000 >/dev/null; exit ${PIPESTATUS[0]}"
        try await Cutter.of { cutter in
            let run = try stream.start(
                Session(
                    there: .remoteAlone, consumer: "-", remote: "cat /dev/zero",
                    options: "--reconnect 30 --rate 10M" + cutter.options, wrapper: .bash(script)
                ))
            try await stream.isRead(500_000, of: run, by: "head -c 100000000")
            try await cutter.cut(run)
            let ending = try await run.ending()
            #expect(ending.status == 141, "\(ending.testDescription)")
        }
    }

    @Test func `a reader there that leaves is told as without`() async throws {
        for (options, status) in [("", 121), ("--allow-early-exit", 0)] as [(Words, Int32)] {
            try await Cutter.of { cutter in
                let run = try stream.start(
                    Session(
                        there: .remoteAlone, producer: "cat /dev/zero", remote: "head -c 100000000",
                        options: options + "--reconnect 30 --rate 10M" + cutter.options
                    ))
                try await stream.isRead(500_000, of: run, by: "head -c 100000000")
                try await cutter.cut(run)
                let ending = try await run.ending()
                #expect(ending.status == status, "\(ending.testDescription)")
            }
        }
    }
}
