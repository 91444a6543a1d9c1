import LinuxSystem
import Sealing
import Testing

@testable import Plumbing

/// What the end here takes of the other one, and what it waits for.
@Suite struct HereCoreTests {
    private let start = Instant(nanoseconds: 1_000_000_000)
    private let names = [ConnectionName([UInt8](0..<16)), ConnectionName([UInt8](16..<32))]

    private func plan(_ flows: [Flow]) -> Plan {
        var plan = Plan(login: [Word("env")], remote: [Word("cat")])
        if flows.contains(.out) { plan.producer = .command([Word("echo")]) }
        if flows.contains(.back) { plan.consumer = .command([Word("cat")]) }
        return plan
    }

    private var hello: Hello {
        Hello(
            protocols: Version.protocols, programVersion: "1", kernel: "6", ssh: nil,
            addresses: [.loopbackIPv4], networkIdentity: "one")
    }

    private let own = Candidates.Knowledge(
        addresses: [.loopbackIPv4], ssh: nil, networkIdentity: "one")

    private func core(
        _ flows: [Flow], of plan: Plan? = nil, push: Push? = nil, speakingToTerminal: Bool = false
    ) -> HereCore {
        var surroundings = Surroundings(hasTerminal: false, own: own)
        surroundings.speaksToTerminal = speakingToTerminal
        surroundings.push = push
        var plan = plan ?? self.plan(flows)
        plan.pushes = push != nil
        return HereCore(plan, surroundings, now: start)
    }

    /// An end that has invited the other one.
    private func meeting(_ flows: [Flow]) -> HereCore {
        var core = core(flows)
        _ = core.take(.line(ControlMessage.hello(hello).line), start)
        _ = core.take(.listening(ListeningPlaces(.random(), [])), start)
        #expect(core.phase == .meeting)
        return core
    }

    private func running(_ flows: [Flow]) -> HereCore {
        var core = meeting(flows)
        for (name, flow) in zip(names, flows) {
            _ = core.take(.admitted(name, flow, from: .there), start)
            _ = core.take(
                .joined(Connection(flow, name, from: .there, own: nil, peer: nil)), start)
        }
        _ = core.hears(.started(pid: 1), start)
        #expect(core.phase == .running)
        return core
    }

    /// What was asked of either sender: `nil` if nothing.
    private func paced(_ steps: [SessionStep]) -> [Flow: Int64?] {
        var paced: [Flow: Int64?] = [:]
        for step in steps {
            switch step {
            case .pace(let flow, let rate): paced[flow] = .some(rate)
            case .send(.rate(let flow, let rate)): paced[flow] = .some(rate == 0 ? nil : rate)
            default: break
            }
        }
        return paced
    }

    @Test func `a sender learns of a rate that changes, once, and only if it is another`() {
        var core = running([.out, .back])
        let both = Rates(out: 5, back: 6)
        #expect(paced(core.take(.ratesRead(.rates(both)), start)) == [.out: 5, .back: 6])
        #expect(core.take(.ratesRead(.rates(both)), start).isEmpty)
        let one = Rates(out: 5, back: nil)
        #expect(paced(core.take(.ratesRead(.rates(one)), start)) == [.back: nil])
        #expect(paced(core.take(.ratesRead(.unusable("why")), start)).isEmpty)
        #expect(core.rates == one)
        core.phase = .parting
        #expect(core.take(.ratesRead(.rates(both)), start).isEmpty)
    }

    @Test func `a rate that changes before the commands run is told when they do`() {
        var core = meeting([.out, .back])
        #expect(paced(core.take(.ratesRead(.rates(Rates(out: 5, back: 6))), start)).isEmpty)
        for (name, flow) in zip(names, [Flow.out, .back]) {
            _ = core.take(.admitted(name, flow, from: .there), start)
        }
        let steps = core.hears(.started(pid: 1), start)
        let order = steps.compactMap { if case .start(let order) = $0 { order } else { nil } }.first
        #expect(order?.rates.map { $0.bytesPerSecond } == [5])
        #expect(paced(steps) == [.back: 6])
    }

    @Test(arguments: [[.out], [.back], [.out, .back]] as [[Flow]])
    func `only an end that sends must be able to change its rate`(flows: [Flow]) {
        var plan = plan(flows)
        plan.rateFile = Path("rate")
        #expect(plan.needs == (flows.contains(.back) ? [.pace] : []))
    }

    @Test(arguments: [true, false], [true, false])
    func `the line is drawn again when its terminal has another size`(
        showsProgress: Bool, isTerminal: Bool
    ) {
        var plan = plan([.out])
        plan.showsProgress = showsProgress
        for phase in [HereCore.Phase.loggingIn, .running, .parting] {
            var core = core([.out], of: plan, speakingToTerminal: isTerminal)
            core.phase = phase
            let isDrawn = core.take(.resized, start).contains {
                if case .tellProgress = $0 { true } else { false }
            }
            #expect(isDrawn == (showsProgress && isTerminal && phase == .running))
        }
    }

    private func facts(_ flow: Flow) -> FlowFacts { FlowFacts(.finished, byteCount: 5) }

    private func ended(_ role: Role) -> Command {
        var command = Command(role: role, words: [Word("a")], pid: 1, started: start)
        command.status = .exited(0)
        return command
    }

    private func decision(
        _ core: inout HereCore, _ commands: [Command], _ flows: [(flow: Flow, facts: FlowFacts?)],
        homeIsOver: Bool = true
    ) -> Outcome? {
        var view = SeenView()
        (view.commands, view.flows, view.homeIsOver) = (commands, flows, homeIsOver)
        _ = core.advance(view, start)
        return core.outcome
    }

    private func expectUnexpected(_ core: HereCore, _ verb: String) {
        let sentence = ControlError.unexpected(verb: verb).sentence
        #expect(core.outcome?.sentence == "protocol error from there to here: \(sentence)")
    }

    @Test(
        arguments: [
            (
                own: [Cipher.aes128GCM, .chacha20Poly1305], peer: Cipher.allCases,
                chosen: .aes128GCM
            ),
            ([.chacha20Poly1305], Cipher.allCases, .chacha20Poly1305),
            ([.aes128GCM, .chacha20Poly1305], [.chacha20Poly1305], .chacha20Poly1305),
            ([.aes128GCM, .chacha20Poly1305], [], nil),
        ] as [(own: [Cipher], peer: [Cipher], chosen: Cipher?)])
    func `the flows are sealed with the best that both ends have, or there is no session`(
        own: [Cipher], peer: [Cipher], chosen: Cipher?
    ) {
        var surroundings = Surroundings(hasTerminal: false, own: self.own)
        surroundings.ciphers = own
        var asking = plan([.out])
        asking.relay.isSealed = true
        var core = HereCore(asking, surroundings, now: start)
        var hello = hello
        hello.ciphers = peer
        let steps = core.take(.line(ControlMessage.hello(hello).line), start)
        let order = steps.compactMap { if case .listen(let order) = $0 { order } else { nil } }
            .first
        #expect(order?.cipher == chosen && (order == nil) == (chosen == nil))
        #expect((core.outcome?.ending == .exit(125)) == (chosen == nil))
        let sent = core.take(.listening(ListeningPlaces(.random(), [])), start)
        let invitation = sent.compactMap {
            if case .send(.invite(let invitation)) = $0 { invitation } else { nil }
        }.first
        #expect(invitation?.cipher == chosen)
    }

    @Test func `what the other end cannot do is refused before it is invited`() {
        for capabilities in [[], Capability.allCases] {
            var asking = plan([.out])
            asking.sockets.window = 1 << 20
            var core = core([.out], of: asking)
            var hello = hello
            hello.capabilities = capabilities
            let steps = core.take(.line(ControlMessage.hello(hello).line), start)
            let listens = steps.contains { if case .listen = $0 { true } else { false } }
            #expect(listens != capabilities.isEmpty)
            #expect((core.outcome?.ending == .exit(125)) == capabilities.isEmpty)
        }
    }

    @Test func `a flow is counted once, so that each must be`() {
        var core = running([.out, .back])
        _ = core.hears(.counts(.out, facts(.out)), start)
        var twice = core
        _ = twice.hears(.counts(.out, facts(.out)), start)
        expectUnexpected(twice, "counts")
        _ = core.hears(.ended(.exited(0), wasIntact: true), start)
        twice = core
        _ = twice.hears(.ended(.exited(0), wasIntact: true), start)
        expectUnexpected(twice, "ended")
        let flows: [(flow: Flow, facts: FlowFacts?)] = [(.out, facts(.out)), (.back, facts(.back))]
        let commands = [ended(.producer), ended(.consumer)]
        #expect(decision(&core, commands, flows) == nil)
        _ = core.hears(.counts(.back, facts(.back)), start)
        #expect(decision(&core, commands, flows)?.isSuccess == true)
    }

    @Test(arguments: [
        FlowFacts.Ending.finished, .departed, .untouched, .left, .reset, .unknown, .broken,
        .miscounted,
    ])
    func `only a flow that ended well there is looked at as one`(ending: FlowFacts.Ending) {
        var core = running([.out])
        let steps = core.hears(.counts(.out, FlowFacts(ending, byteCount: 5)), start)
        #expect(steps.first?.verb == (ending == .finished ? "(look)" : "(peerBroke)"))
        #expect(steps.count == (ending == .left ? 2 : 1))
    }

    @Test func `the verdict waits for all that is to be written`() {
        var core = running([.out])
        _ = core.hears(.counts(.out, facts(.out)), start)
        _ = core.hears(.ended(.exited(0), wasIntact: true), start)
        let flows: [(flow: Flow, facts: FlowFacts?)] = [(.out, facts(.out))]
        #expect(decision(&core, [ended(.producer)], flows, homeIsOver: false) == nil)
        #expect(decision(&core, [ended(.producer)], [(.out, nil)]) == nil)
        let running = Command(role: .producer, words: [Word("a")], pid: 1, started: start)
        #expect(decision(&core, [running], flows) == nil)
        #expect(decision(&core, [ended(.producer)], flows)?.isSuccess == true)
    }

    @Test func `where the other end listens is said once, and after it was asked`() {
        let listening = ControlMessage.listening([], refusal: .addressInUse)
        var early = core([.out])
        _ = early.hears(listening, start)
        expectUnexpected(early, "listening")
        var twice = meeting([.out])
        _ = twice.hears(listening, start)
        #expect(twice.outcome == nil)
        _ = twice.hears(listening, start)
        expectUnexpected(twice, "listening")
        // The other end's call may come before its word.
        var late = running([.out])
        _ = late.hears(.listening([], refusal: nil), start)
        #expect(late.outcome == nil)
    }

    @Test(
        arguments: [
            (["127.0.0.1:1024"], nil, true), (["127.0.0.1:1023"], nil, false),
            (["127.0.0.1:80"], 80...81, true), (["127.0.0.1:4000"], 80...81, false),
            (["127.0.0.2:4000"], nil, false), (["[::1]:4000"], nil, false),
            (["127.0.0.1:4000", "127.0.0.1:4001"], nil, false), ([], nil, true),
        ] as [([String], ClosedRange<UInt16>?, Bool)])
    func `the other end has us call it where it was asked to listen, once, and at no other port`(
        places: [String], ports: ClosedRange<UInt16>?, isAllowed: Bool
    ) {
        var plan = plan([.out])
        plan.ports = ports
        var core = HereCore(plan, Surroundings(hasTerminal: false, own: own), now: start)
        _ = core.hears(.hello(hello), start)
        _ = core.take(.listening(ListeningPlaces(.random(), [])), start)
        _ = core.hears(.listening(places.compactMap { Endpoint($0) }, refusal: nil), start)
        if isAllowed { #expect(core.outcome == nil) } else { expectUnexpected(core, "listening") }
    }

    @Test func `a host of -h that is loopback is none to another host`() {
        var surroundings = Surroundings(hasTerminal: false, own: own)
        surroundings.hosts = [.loopbackIPv4]
        var plan = plan([.out])
        plan.host = "box"
        var near = HereCore(plan, surroundings, now: start)
        _ = near.hears(.hello(hello), start)
        #expect(near.outcome == nil)
        surroundings.own.networkIdentity = "two"
        var far = HereCore(plan, surroundings, now: start)
        _ = far.hears(.hello(hello), start)
        #expect(far.outcome?.ending == .exit(125))
        #expect(far.outcome?.sentence.contains("'box', given with -h, is 127.0.0.1") == true)
    }

    @Test(arguments: [("127.0.0.9", true), ("10.0.0.9", false)])
    func `a connection that leaves the network of --network is not used`(
        peer: String, isIn: Bool
    ) throws {
        var surroundings = Surroundings(hasTerminal: false, own: own)
        surroundings.network = Network(.subnet(try #require(Subnet("127.0.0.0/8"))), [])
        var core = HereCore(plan([.out]), surroundings, now: start)
        _ = core.hears(.hello(hello), start)
        _ = core.take(.listening(ListeningPlaces(.random(), [])), start)
        _ = core.take(.admitted(names[0], .out, from: .there), start)
        let places = [Address.loopbackIPv4, try #require(Address(peer))].map {
            Endpoint($0, port: 4000)
        }
        _ = core.take(
            .joined(Connection(.out, names[0], from: .there, own: places[0], peer: places[1])),
            start)
        #expect(core.outcome?.ending == (isIn ? nil : .exit(125)))
        #expect(core.outcome?.sentence.contains("would leave the network 127.0.0.0/8") ?? isIn)
    }

    @Test func `a command whose words did not all come is missed before it starts`() {
        var core = core([.out])
        _ = core.hears(.hello(hello), start)
        let steps = core.take(.listening(ListeningPlaces(.random(), [])), start)
        #expect(steps.map(\.verb).suffix(3) == ["run", "word", "alive"])
    }

    @Test func `a flow uses only a connection that both ends have proved`() {
        var core = meeting([.out])
        #expect(core.hears(.admitted(names[0], .out), start).isEmpty)
        #expect(core.take(.admitted(names[0], .out, from: .here), start).isEmpty)
        #expect(core.hears(.admitted(names[1], .out), start).isEmpty)
        #expect(!core.hears(.admitted(names[0], .out), start).isEmpty)
    }

    @Test func `only an end in good order is told as done`() {
        var core = running([.out])
        var failing = core
        #expect(failing.take(.exhausted(.outOfMemory), start).contains { $0.verb == "cancel" })
        _ = core.hears(.counts(.out, facts(.out)), start)
        _ = core.hears(.ended(.exited(0), wasIntact: true), start)
        var view = SeenView()
        (view.commands, view.flows) = ([ended(.producer)], [(.out, facts(.out))])
        #expect(core.advance(view, start).contains { $0.verb == "done" })
    }

    @Test func `a program is pushed that was offered, as often as there are folders`() throws {
        let program = try #require(ProgramFile(at: ProgramFile.ours))
        let asks = ControlMessage.boot(
            machine: program.machine.rawValue, byteCount: Int64(program.byteCount))
        var unasked = core([.out])
        _ = unasked.hears(asks, start)
        expectUnexpected(unasked, "boot")
        var core = core([.out], push: Push([program], nonce: "1"))
        for _ in 0..<6 {
            #expect(core.hears(asks, start).contains { if case .push = $0 { true } else { false } })
        }
        var other = core
        _ = core.hears(asks, start)
        expectUnexpected(core, "boot")
        other.login.pushCount = 0
        _ = other.hears(.boot(machine: "sparc", byteCount: 1), start)
        expectUnexpected(other, "boot")
    }

    @Test func `a login that gives a push no shell is told at once`() {
        var forced = core([.out], push: Push([], nonce: "1"))
        _ = forced.take(.line(ControlMessage.hello(hello).line), start)
        #expect(forced.outcome?.name == "not pushed")
        var echo = core([.out], push: Push([], nonce: "1"))
        let script = [UInt8](Push([], nonce: "1").script)
        let line = [UInt8](script[...(script.firstIndex(of: UInt8(ascii: "\n")) ?? 0)])
        // So a terminal gives it back, of which the shell knows more.
        _ = echo.take(.noise(line.dropLast() + [UInt8]("\r\n".utf8)), start)
        #expect(echo.outcome == nil)
        _ = echo.take(.noise(line), start)
        #expect(echo.outcome?.name == "changed by login")
    }

    @Test func `a push is told as one if it takes long`() throws {
        let program = try #require(ProgramFile(at: ProgramFile.ours))
        let asks = ControlMessage.boot(
            machine: program.machine.rawValue, byteCount: Int64(program.byteCount))
        var core = core([.out], push: Push([program], nonce: "1"))
        _ = core.hears(asks, start + .seconds(9))
        let view = SeenView()
        #expect(core.advance(view, start + .seconds(18)).isEmpty)
        #expect(core.deadline(view, start + .seconds(18)) <= start + .seconds(19))
        let notes = core.advance(view, start + .seconds(19)).compactMap { step in
            if case .say(.note(let text)) = step { text } else { nil }
        }
        #expect(notes.count == 1 && notes[0].hasPrefix("still pushing "))
    }

    @Test func `output comes home only of a command that runs and has no other`() {
        var early = meeting([.out])
        _ = early.hears(.output(byteCount: 1), start)
        expectUnexpected(early, "output")
        var open = running([.out])
        _ = open.hears(.output(byteCount: 1), start)
        #expect(open.outcome == nil)
        var taken = running([.back])
        _ = taken.hears(.output(byteCount: 1), start)
        expectUnexpected(taken, "output")
    }
}

extension HereCore {
    fileprivate mutating func hears(_ message: ControlMessage, _ now: Instant) -> [SessionStep] {
        take(.line(message.line), now)
    }
}
