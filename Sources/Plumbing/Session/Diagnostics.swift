import LinuxSystem

/// What we say on standard error, always with our name before it.
package struct Diagnostics {
    package enum Verbosity: Sendable { case quiet, normal, verbose }

    package let verbosity: Verbosity
    /// What must make room for every other word.
    private let status: StatusLine?

    package init(_ verbosity: Verbosity, over status: StatusLine? = nil) {
        self.verbosity = verbosity
        self.status = status
    }

    /// Something went wrong.
    package func error(_ sentence: String, hint: String? = nil) {
        say(sentence)
        if let hint { say("hint: \(hint)") }
    }

    /// Something the user may want to know now.
    package func note(_ sentence: String) {
        if verbosity != .quiet { say(sentence) }
    }

    /// What the user hardly wants, and the cure.
    package func warn(_ warning: CommandWarning?) {
        guard let warning else { return }
        note(warning.sentence)
        note("hint: \(warning.hint)")
    }

    /// What keeps relays from being as fast as they could be, once, where something can be done.
    package func shortfall(of ends: [FlowEnd]) {
        let choices = ends.compactMap { $0.relay?.choice }
        guard let choice = choices.first(where: { $0.cure != nil }), let reason = choice.reason,
            let cure = choice.cure
        else { return }
        note("\(reason): going on by \(choice.engine.rawValue); hint: \(cure)")
    }

    /// Something only an interested user wants to know.
    package func detail(_ sentence: String) {
        if verbosity == .verbose { say(sentence) }
    }

    /// Output of the login command before our peer spoke, without what a terminal would act on.
    package func pass(_ bytes: [UInt8]) {
        write(Text.escaped(bytes, keeping: "\n\t"))
    }

    private func write(_ text: String) {
        status?.clear()
        // Nobody is left to tell that standard error is closed.
        do throws(Errno) {
            if let terminal = Descriptor.unblockedTerminal(2) {
                try write([UInt8](text.utf8), to: terminal.number)
            } else {
                try Descriptor.writeAll(2, [UInt8](text.utf8))
            }
        } catch {
            return
        }
    }

    /// A stopped terminal (Ctrl-S) may keep us for a second, not for ever.
    private func write(_ bytes: [UInt8], to terminal: CInt) throws(Errno) {
        let deadline = Instant.now + .seconds(1)
        var rest = bytes[...]
        while !rest.isEmpty, Instant.now < deadline {
            rest = rest.dropFirst(try Descriptor.writeWithoutBlocking(terminal, rest))
            var readiness = Readiness()
            readiness.watch(terminal, .writing)
            if !rest.isEmpty { try readiness.wait(until: deadline) }
        }
    }

    /// What was asked for, on standard output.
    package static func print(_ text: String) {
        // A reader that is gone did not want it.
        do throws(Errno) { try Descriptor.writeAll(1, [UInt8](text.utf8) + [10]) } catch { return }
    }

    private func say(_ sentence: String) {
        write("socketpipe: \(sentence)\n")
    }
}
