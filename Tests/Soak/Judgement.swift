import Fixtures
import FoundationEssentials
import Glibc

/// What came of a session, held to what it promises.
struct Judgement {
    let session: Session
    let exit: Exit
    /// What struck it, if anything did.
    let struck: String?
    let seconds: Double
    let sent: ArraySlice<UInt8>
    private(set) var violations: [String] = []

    private var folder: String { session.folder }
    private var isComplete: Bool { exit == .status(0) }
    private let arrived: Data?
    private let said: String

    init(
        _ session: Session, _ exit: Exit, struck: String?, after seconds: Double,
        sent: ArraySlice<UInt8>
    ) {
        self.session = session
        self.exit = exit
        self.struck = struck
        self.seconds = seconds
        self.sent = sent
        // By then its disk has gone.
        arrived = contents(of: session.folder + "/out")
        said = text(of: session.folder + "/error") ?? ""
        judgeExit()
        if session.trouble == .agent { endAgent() }
        let left = remains()
        if !left.isEmpty { violations.append("left behind: \(left.joined(separator: "; "))") }
        if isComplete { judgeWarning() } else { judgeBeginning() }
        session.mark.killAll()
    }

    var byteCount: Int { isComplete ? session.size : 0 }

    private mutating func judgeExit() {
        if exit == .overran {
            violations.append("hung for \(Int(seconds)) s")
        } else if isComplete {
            guard arrived.map({ $0.elementsEqual(sent) }) != true else { return }
            violations.append("status 0, but not the bytes that were sent")
        } else if struck == nil, !session.trouble.mayFail {
            violations.append("failed, and nothing had struck it")
        } else if session.goesOn, !session.trouble.mayFail {
            violations.append("did not go on after a loss")
        }
    }

    /// What came of a stream that failed is its beginning, and no reader takes that for the whole.
    private mutating func judgeBeginning() {
        // The other end of a session whose end here was killed may still have had to bring the rest.
        let arrived = contents(of: session.folder + "/out") ?? arrived ?? Data()
        if !arrived.prefix(session.size).elementsEqual(sent.prefix(arrived.count)) {
            violations.append("what arrived is no beginning of what was sent")
        }
        // By hand-off nothing stands between a middlebox and the reader.
        let isOurs = session.trouble != .box || session.relaysToReader
        if session.isJudged, isOurs, arrived.count < session.size,
            unsafe access(folder + "/clean", F_OK) == 0
        {
            violations.append("the reader saw a clean end of a stream that was cut")
        }
    }

    private mutating func judgeWarning() {
        if session.trouble == .zeros, !said.contains("zeros") {
            violations.append("zeros were left unread, and nobody was told")
        }
    }

    /// Who starts an agent ends it; who waits for one says so.
    private mutating func endAgent() {
        if seconds >= 12, !said.contains("still hold") {
            violations.append("waited without a word for an agent that it could not look into")
        }
        for process in session.mark.processes() where process.words.contains("ssh-agent") {
            process.send(SIGTERM)
        }
    }

    /// Only a shell that is killed outright leaves what it was taking.
    private var files: [String] {
        let isKilled = struck != nil && session.victim == .shell && session.signal == SIGKILL
        let found = try? FileManager.default.contentsOfDirectory(atPath: session.temporary)
        return isKilled ? [] : found ?? []
    }

    /// What is left of the session after 6 s; an end there may wait longer for one here that failed, or
    /// whose last word a killed login kept.
    private func remains() -> [String] {
        var left: [String] = []
        let isDeaf = !isComplete || struck != nil && session.victim == .login
        _ = try? happens(within: 6 + (isDeaf ? session.limit ?? 0 : 0)) {
            left = session.mark.processes().map(\.description) + session.yard.listeners + files
            return left.isEmpty
        }
        return left
    }

    func told(_ heading: String, seed: UInt64) -> String {
        let user = session.user.bytes.isEmpty ? "" : ", as a user"
        let words = said.prefix(3000).split(separator: "\n").map { "\n  | \($0)" }.joined()
        return """
            \(heading)
              again: scripts/soak --seed \(seed) --only \(session.number)
              \(exit) after \(decimal(seconds)) s; \(session.size) bytes sent, \
            \(arrived.map { "\($0.count)" } ?? "none") arrived; trouble: \
            \(session.trouble)\(user); struck: \(struck ?? "no")
              \(session.line)\(words)
            """
    }
}

private func decimal(_ seconds: Double) -> String { "\((seconds * 10).rounded() / 10)" }
