import LinuxSystem
import Relaying

/// Our messages on standard error, each with our name in front.
package struct Diagnostics {
    private static let name = "socketpipe: "
    /// The length of the prefix of each line, in bytes.
    static var nameLength: Int { name.utf8.count }

    package let verbosity: Verbosity
    private let sink: ErrorSink
    /// The line that must make room for every message.
    private let status: StatusLine?

    package init(_ verbosity: Verbosity, _ sink: ErrorSink, over status: StatusLine? = nil) {
        self.verbosity = verbosity
        self.sink = sink
        self.status = status
    }

    /// Says something outside a session, and waits until standard error takes it.
    package static func say(_ sentence: String, hint: String? = nil) {
        Signals.leaveFileLimitToWrites()
        let sink = ErrorSink()
        Diagnostics(.normal, sink).error(sentence, hint: hint)
        sink.finish()
    }

    /// Something went wrong.
    package func error(_ sentence: String, hint: String? = nil) {
        say(sentence, .error)
        if let hint { say("hint: \(hint)", .error) }
    }

    /// Something the user may want to know now.
    package func note(_ sentence: String) {
        if verbosity != .quiet { say(sentence, .note) }
    }

    /// Something the user asked for.
    package func tell(_ sentence: String) {
        say(sentence, .note)
    }

    /// A warning with its hint.
    package func warn(_ warning: CommandWarning?) {
        guard let warning else { return }
        note(warning.sentence)
        note("hint: \(warning.hint)")
    }

    /// What keeps relays from being as fast as they could be, once, where something can be done.
    package func shortfall(of ends: [HostFlowEnd], at end: End) {
        let choices = ends.compactMap { $0.relay?.choice }
        guard let choice = choices.first(where: { $0.cure != nil }), let reason = choice.reason,
            let cure = choice.cure
        else { return }
        note("\(reason) \(end.rawValue): using \(choice.engine.rawValue) instead; hint: \(cure)")
    }

    /// Something for `--verbose`.
    package func detail(_ sentence: String) {
        if verbosity == .verbose { say(sentence, .note) }
    }

    /// Passes on output of the login command from before `hello`, without terminal control
    /// characters.
    package func pass(_ bytes: [UInt8]) {
        status?.clear()
        sink.add([UInt8](Text.escaped(bytes, keeping: "\n\t").utf8), .error)
    }

    /// Prints an answer on standard output, outside a session.
    ///
    /// - Returns: The status to exit with.
    package static func print(_ text: String) -> CInt {
        guard let failure = failure(printing: text) else { return 0 }
        say(failure.sentence)
        return failure.ending.status
    }

    /// The same, but says nothing of a failure.
    package static func failure(printing text: String) -> Outcome? {
        Signals.leaveFileLimitToWrites()
        do throws(Errno) {
            try Descriptor.standardOutput.writeAll([UInt8](text.utf8) + [10])
        } catch .brokenPipe {
            // The reader closed it, and so does not need the answer.
        } catch {
            return .outputFailed(error)
        }
        return nil
    }

    private func say(_ sentence: String, _ weight: ErrorSink.Weight) {
        status?.clear()
        sink.add([UInt8]("\(Diagnostics.name)\(sentence)\n".utf8), weight)
    }
}
