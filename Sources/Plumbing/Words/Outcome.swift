import LinuxSystem
import Relaying

/// How the session ended: what to say, and the status to exit with.
package struct Outcome: Equatable, Sendable {
    package enum Ending: Equatable, Sendable {
        case exit(CInt)
        /// A signal told us to end, and we die of it.
        case signal(CInt)

        package var status: CInt {
            switch self {
            case .exit(let status): status
            case .signal(let signal): 128 + signal
            }
        }
    }

    package let ending: Ending
    /// A word or two for the report.
    package let name: String
    package let sentence: String
    package var hint: String?

    package init(_ status: CInt, _ name: String, _ sentence: String, hint: String? = nil) {
        ending = .exit(status)
        self.name = name
        self.sentence = sentence
        self.hint = hint
    }

    package init(signal: CInt) {
        ending = .signal(signal)
        name = "interrupted"
        sentence = "terminated by \(Signal.name(signal))"
    }

    package static let outputClosed = Outcome(
        OwnStatus.outputClosed, "output closed", "standard output was closed")

    /// - Parameter byteCount: The bytes it had taken, if known.
    package static func outputFailed(_ error: Errno, after byteCount: Int64? = nil) -> Outcome {
        if error == .misplaced {
            return Outcome(
                OwnStatus.ourError, "output failed",
                "standard output does not hold the \(Text.counted(byteCount ?? 0, "byte")) that it "
                    + "took: another program moved its offset or truncated it",
                hint: "does another program write to it? run it again")
        }
        let told = byteCount.map { " after \(Text.counted($0, "byte"))" } ?? ""
        return Outcome(
            OwnStatus.ourError, "output failed",
            "cannot write to standard output\(told): \(error.sentence)")
    }

    /// - Parameters:
    ///   - byteCount: The bytes it had delivered.
    ///   - promised: The bytes that a file had at the start.
    package static func inputFailed(
        _ error: Errno, after byteCount: Int64? = nil, of promised: Int64? = nil
    ) -> Outcome {
        if error == .misplaced, let byteCount, let promised {
            if byteCount >= promised {
                return Outcome(
                    OwnStatus.ourError, "input failed",
                    "another program truncated standard input, a file, while it was sent: zeros may "
                        + "have arrived in place of its bytes",
                    hint: "does another program write to it? run it again, preferably with "
                        + "--engine copy")
            }
            return Outcome(
                OwnStatus.ourError, "input failed",
                "standard input ended after \(Text.grouped(byteCount)) of its "
                    + "\(Text.counted(promised, "byte")): another program truncated the file",
                hint: "does another program write to it? run it again")
        }
        return Outcome(
            OwnStatus.ourError, "input failed", "cannot read standard input: \(error.sentence)")
    }

    package static let directHint =
        "it is open with O_DIRECT, which takes only whole blocks: open it without"

    /// The hint for an error of a device that may be a tape.
    ///
    /// - Parameter mostRead: The largest record that we can read, in bytes.
    package static func tapeHint(_ role: Role, _ error: Errno, mostRead: Int) -> String? {
        switch error {
        case .outOfMemory where role == .producer:
            "does the tape have a record of more than \(Text.grouped(Int64(mostRead))) bytes? give "
                + "its size with --record"
        case .invalid:
            "a tape in fixed-block mode takes only whole blocks: give --record a multiple of its "
                + "block size, or run mt -f DEVICE setblk 0"
        default: nil
        }
    }

    package static func flowFailed(_ flow: Flow, _ error: Errno) -> Outcome {
        if error.endsConnection {
            return Outcome(
                OwnStatus.lost, "broken",
                "the connection of flow '\(flow.rawValue)' was lost here: \(error.sentence)",
                hint: "the network or a firewall cut it: the reader's data is incomplete")
        }
        return Outcome(
            OwnStatus.ourError, "flow failed",
            "cannot move or count the bytes of flow '\(flow.rawValue)' here: "
                + error.sentence)
    }

    package var isSuccess: Bool { ending == .exit(0) }

    /// Whether a signal ended the session early.
    package var isInterruption: Bool {
        if case .signal = ending { true } else { false }
    }
}

/// Our own exit statuses.
package enum OwnStatus {
    /// Every cause exited with 0, but the byte counts differ or a command left early.
    package static let incomplete: CInt = 121
    /// A channel broke before the verdict.
    package static let lost: CInt = 122
    /// The rendezvous took longer than allowed.
    package static let deadline: CInt = 124
    /// Usage, version, admission, a noisy shell or resources.
    package static let ourError: CInt = 125
    package static let cannotExecute: CInt = 126
    package static let notFound: CInt = 127
    /// The reader of our standard output left, as if `SIGPIPE` had killed us.
    package static let outputClosed: CInt = 141
    package static let loginFailed: CInt = 255
}
