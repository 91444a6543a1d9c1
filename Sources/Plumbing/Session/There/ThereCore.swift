import LinuxSystem
import Relaying

/// What the end that the login command started does, and when.
package struct ThereCore: SessionCore, Sendable {
    package enum Phase: Equatable, Sendable {
        /// Our greeting is out; the other end has not invited us yet.
        case greeting
        /// Both ends listen and call, and the remote command's words come.
        case meeting
        /// The remote command runs, until the other end says that all is over.
        case running
        /// Our login's channel is that of a session that lives on; we hold its place.
        case standingBy
        /// All that we started must end, and our last words must go out.
        case parting(Outcome.Ending)
    }

    let hello: Hello
    /// All addresses of this host: those of the greeting are fewer.
    let own: [Address]
    package internal(set) var phase = Phase.greeting
    var liveness: Liveness

    // While meeting.
    var invitation: Invitation?
    var admitted: [(name: ConnectionName, flow: Flow)] = []
    var used: [Flow] = []
    var joined: [Flow] = []
    var bridged = BridgedFlows(at: .there)
    var order: RunOrder?
    var words = CommandWords()
    var meetingEnds: Instant?
    /// The meeting for a flow whose connection is lost.
    var meeting: MeetingOrder?

    // While running.
    var told: [Flow] = []
    var hasToldEnd = false
    /// When to look for what keeps the output open that comes home.
    var outputLookIsDueAt: Instant?
    /// When to tell again how the reader is fed, where it is fed from a buffer.
    var feedingIsDueAt: Instant?
    var toldFeeding: FeedFacts?
    /// What takes bytes by which the other end measures the login.
    var sink = LoginSink()

    /// The number of the login that we have, as the other end counts them.
    var login: Int64 = 0
    /// Since when we have none.
    var absentSince: Instant?

    // While leaving.
    /// Whether the other end may not have heard yet why we fail.
    var awaitsCancel = false
    /// Why and when to break what runs.
    var leaving: (ending: Outcome.Ending, moment: Instant)?
    /// Until when the last words may wait to be written.
    var lastWordsEnd: Instant?

    package init(_ hello: Hello, own: [Address], now: Instant) {
        self.hello = hello
        self.own = own
        liveness = Liveness(limit: .seconds(300), now: now)
    }

    package var isRunning: Bool { phase == .running }
    /// Whether the two ends tell each other when a stream is whole.
    var hearsOfEnds: Bool {
        (invitation?.protocolVersion ?? Version.protocols.lowerBound) >= Version.firstTellingEnds
    }

    package var ending: Outcome.Ending? {
        if case .parting(let ending) = phase { ending } else { nil }
    }

    package func begin() -> [SessionStep] { [.send(.hello(hello))] }

    package mutating func take(_ event: SessionEvent, _ now: Instant) -> [SessionStep] {
        switch event {
        case .line(let line): return hear(line, now)
        case .noise, .output: liveness.heard()
        case .data(let flow, let chunk):
            if chunk.showsLife { liveness.heard() }
            guard ending == nil else { return [] }
            return bridged.isEmpty ? drop(chunk) : bridged.heard(chunk, of: flow)
        case .misheard(let error): return fail(.protocolError(error.sentence), now)
        case .channelEnded: return channelEnded(now)
        case .rejoined(let login): return rejoined(by: login, now)
        case .cannotOutlive(let error): return fail(.system(error), now)
        case .handedOver(.refused(let failure)): return fail(failure, now)
        case .handedOver(.over(let ending)): phase = .parting(ending)

        case .listening(let listening): return tell(listening, now)
        case .admitted(let name, let flow, _): return admit(name, flow)
        case .unreachable(let endpoint, let flow, let error):
            return [.send(.unreachable(endpoint, flow, error, round: meeting?.round))]
        case .exhausted(let error): return fail(.system(error), now)
        case .joined(let connection):
            joined.append(connection.flow)
            return startWhenReady()
        case .resumed(let connection, let resent):
            return [
                .endMeeting, .look(connection.flow),
                .send(.resumed(connection.flow, resent: resent)),
            ]
        case .notJoined(_, .isGone): return fail(.system(.notConnected), now)
        case .notResumed(let flow): return [.endMeeting] + missed(flow)
        case .notJoined(_, .countsNothing): return fail(.countsNothing, now)

        case .cannotBridge(_, let error): return fail(.noLoopback(error), now)
        case .bridged(let flow, let frame):
            return ending == nil ? bridged.send(frame, of: flow) : []

        case .started(let pid): return started(pid, now)
        case .cannotStart(let failure): return cannotStart(Failure(failure), now)
        case .ended:
            outputLookIsDueAt = now
            return used.map { .look($0) }
        case .signalled(let signal): return signalled(signal, now)

        case .flow(let flow, let event): return take(event, of: flow, now)
        case .wrote(let bytes): return isRunning ? [.sendOutput(bytes)] : []
        case .outputIsHeld(let late): return tell(late, nil)
        case .cannotWait(let error): return fail(.system(error), now)
        case .cannotStartLogin, .cannotPush, .loginStopped, .asked, .resized, .ratesRead, .tookHome,
            .homeFailed, .parted:
            break
        }
        return []
    }

    package mutating func advance(_ view: some SessionView, _ now: Instant) -> [SessionStep] {
        var steps = tell(view)
        if now >= liveness.nextLook { steps += lookForLife(view, now) }
        if isRunning, let flow = view.deadFlow(for: flowLimit) {
            steps.append(.send(.failed(.unanswered(flow, pathHint: view.pathHint))))
            steps += part(.exit(OwnStatus.lost), now, isOrderly: false)
        }
        if let absenceEnds, now >= absenceEnds { steps += leave(.exit(OwnStatus.lost), now) }
        if let meetingEnds, now >= meetingEnds {
            steps += part(.exit(OwnStatus.deadline), now, isOrderly: false)
        }
        if let leaving, now >= leaving.moment {
            steps += part(leaving.ending, now, isOrderly: false)
        }
        if isRunning {
            steps += tellFeeding(view, now)
            steps += lookForOutputHolders(view, now)
        }
        return steps
    }

    package func deadline(_ view: some SessionView, _ now: Instant) -> Instant {
        let telling = isRunning ? [feedingIsDueAt, outputLookIsDueAt] : []
        return
            ([meetingEnds, leaving?.moment, absenceEnds, lastWordsDeadline(view, now)] + telling)
            .compactMap { $0 }.reduce(liveness.nextLook, min)
    }

    /// How long a flow may wait for an answer, or for the other end's word, which a login brings.
    private var flowLimit: Instant.Span { liveness.limit + .seconds(keep?.seconds ?? 0) }

    private mutating func lookForLife(_ view: some SessionView, _ now: Instant) -> [SessionStep] {
        let steps: [SessionStep] = liveness.look(now) ? [.sendHeartbeat] : []
        // The absence of the other end has a limit of its own.
        if view.showsLife(within: liveness.lookInterval) || absentSince != nil
            || phase == .standingBy
        {
            liveness.heard()
        }
        guard liveness.isSilentTooLong, ending == nil else { return steps }
        if keep != nil { return steps + loginIsLost(now) }
        return steps + [.send(.failed(.stall))]
            + part(.exit(OwnStatus.lost), now, isOrderly: false)
    }
}
