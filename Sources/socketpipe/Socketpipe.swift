import ArgumentParser
import LinuxSystem
import Plumbing
import Volumes

/// `socketpipe`: from the command line to the exit status.
@main
struct Socketpipe {
    static func main() {
        let words = lineWords(ownWords())
        if let status = ThereProgram.status(for: words) ?? MeasuringProgram.statusHere(for: words) {
            Process.exit(status)
        }
        let plan: Plan
        let isLegacy: Bool
        let defaults: Defaults
        do {
            let line = try FoldedLine([Word](words.dropFirst()), Options.grammar)
            defaults = try Defaults(for: line, .inherited())
            let options = try defaults.read(before: line.words)
            if let order = try options.volumeOrder(line) { move(order, options.telling) }
            isLegacy = options.meeting.legacy
            plan = try defaults.explaining { try options.plan(line) }
        } catch let login as LoginAlone {
            become(login.words)
        } catch {
            refuse(error, words)
        }
        // Nothing but a report needs the time of day.
        let startedAt = plan.report.map { _ in WallTime.now }
        let file = prepareReport(plan.report)
        let errors = ErrorSink()
        let lines = prepareLines(plan.progressDescriptor, errors)
        tell(defaults, plan, errors)
        var report = isLegacy ? legacyReport(plan, errors) : report(plan, errors, lines)
        if report.outcome.isSuccess, let table = report.table {
            report.outcome = Diagnostics.failure(printing: table) ?? report.outcome
        }
        let status = tell(report, of: plan, errors)
        let isWritten = write(
            startedAt.map { report.json(startedAt: $0, endedAt: .now) }, report.outcome, to: file,
            at: plan.report, Diagnostics(plan.verbosity, errors))
        errors.finish(isHurried: report.outcome.isInterruption)
        // A program that does not read now may never.
        lines?.finish(isHurried: true)
        if case .signal(let signal) = report.outcome.ending { Signals.die(by: signal) }
        Process.exit(status == 0 && !isWritten ? OwnStatus.ourError : status)
    }

    /// Under a name that ends so, every word is for ssh: some programs take only the path of a
    /// remote shell.
    private static func lineWords(_ words: [Word]) -> [Word] {
        let name = words.first?.bytes.split(separator: UInt8(ascii: "/")).last
        guard let name, name.elementsEqual("socketpipe-rsh".utf8) else { return words }
        return [words[0], Word("--rsh")] + words.dropFirst()
    }

    private static func tell(_ defaults: Defaults, _ plan: Plan, _ errors: ErrorSink) {
        let say = Diagnostics(plan.verbosity, errors)
        for sentence in defaults.sentences {
            if plan.isDryRun { say.note(sentence) } else { say.detail(sentence) }
        }
    }

    private static func report(
        _ plan: Plan, _ errors: ErrorSink, _ lines: ErrorSink?
    ) -> Report {
        do throws(SessionError) {
            if let seconds = plan.measuringTime {
                return try measuredReport(plan, for: seconds, errors, lines)
            }
            return try HereEnd(plan, environment: .inherited(), errors: errors, lines: lines).run()
        } catch {
            let report = failure(error)
            if let lines {
                ProgressLines(.now, lines).end([], since: nil, .now, report.outcome)
            }
            return report
        }
    }

    private static func measuredReport(
        _ plan: Plan, for seconds: Int64, _ errors: ErrorSink, _ lines: ErrorSink?
    ) throws(SessionError) -> Report {
        let results: MeasuringResults
        do throws(Errno) { results = try MeasuringResults() } catch { throw .system(error) }
        var plan = plan
        plan.measure(for: seconds, into: results.writer)
        var report = try HereEnd(plan, environment: .inherited(), errors: errors, lines: lines)
            .run()
        report.measurement = results.measurement()
        return report
    }

    private static func legacyReport(_ plan: Plan, _ errors: ErrorSink) -> Report {
        do throws(SessionError) {
            return try LegacySession(plan, environment: .inherited(), errors: errors).run()
        } catch {
            return failure(error)
        }
    }

    private static func failure(_ error: SessionError) -> Report {
        Signals.leaveFileLimitToWrites()
        let outcome = Outcome("not started", error)
        return Report(outcome, started: .now, ended: .now)
    }

    /// Says what happened.
    ///
    /// - Returns: The status to exit with.
    private static func tell(_ report: Report, of plan: Plan, _ errors: ErrorSink) -> CInt {
        let say = Diagnostics(plan.verbosity, errors)
        let status = report.outcome.ending.status
        // As with ssh, a status that the command there chose needs no message.
        let isChosen =
            plan.endsWithRemote
            && report.commands.contains { $0.role == .remote && $0.status == .exited(status) }
        if report.outcome.isSuccess || isChosen {
            say.detail(report.outcome.sentence)
        } else {
            say.error(report.outcome.sentence, hint: report.outcome.hint)
        }
        for line in report.remarks where !plan.endsWithRemote { say.error(line) }
        for line in report.summary { say.detail(line) }
        return status
    }

    /// Checks before anything starts that the report is writable.
    private static func prepareReport(_ path: Path?) -> ReportFile? {
        guard let path else { return nil }
        do throws(Errno) {
            return try ReportFile(at: path)
        } catch .noSuchDevice where path.kind == .pipe {
            Diagnostics.say(
                "nothing reads the pipe \(Text.quoted(path.bytes)), where the report would go",
                hint: "start its reader first")
        } catch {
            Diagnostics.say(
                "cannot write the report \(Text.quoted(path.bytes)): \(error.sentence)")
        }
        Process.exit(OwnStatus.ourError)
    }

    /// Checks before anything starts that progress can be written, and keeps it from our commands.
    private static func prepareLines(_ file: Descriptor?, _ errors: ErrorSink) -> ErrorSink? {
        guard let file, file != .standardError else { return file.map { _ in errors } }
        guard Descriptor.inheritedAboveStandard().contains(file), !file.isOnlyRead else {
            Diagnostics.say(
                "cannot write progress to descriptor \(file.number): it is not open for writing",
                hint: "open it, as in --progress-fd \(file.number) \(file.number)>FILE")
            Process.exit(OwnStatus.ourError)
        }
        file.keepFromCommands(true)
        return ErrorSink(file, isForLines: true)
    }

    private static func write(
        _ report: JSON?, _ outcome: Outcome, to file: consuming ReportFile?, at path: Path?,
        _ say: Diagnostics
    ) -> Bool {
        guard let report, let path, let file else { return true }
        do throws(Errno) {
            try file.write(report.written)
            return true
        } catch {
            say.error(
                "cannot write the report \(Text.quoted(path.bytes)): \(error.sentence)",
                hint: outcome.isSuccess
                    ? "only the report is missing: \(outcome.sentence)" : nil)
            return false
        }
    }

    /// Writes to volumes or reads from them, instead of a session.
    private static func move(_ order: VolumeOrder, _ telling: TellingOptions) -> Never {
        let file = prepareReport(telling.report)
        let errors = ErrorSink()
        let say = Diagnostics(
            telling.quiet ? .quiet : telling.verbose ? .verbose : .normal, errors)
        let result = VolumeMove.run(order, say)
        let outcome = result.outcome
        if outcome.isSuccess {
            say.detail(outcome.sentence)
            for line in result.summary { say.detail(line) }
        } else {
            say.error(outcome.sentence, hint: outcome.hint)
            for line in result.remarks { say.error(line) }
        }
        let isWritten = write(result.json, outcome, to: file, at: telling.report, say)
        errors.finish()
        let status = outcome.ending.status
        Process.exit(status == 0 && !isWritten ? OwnStatus.ourError : status)
    }

    /// Becomes the login command.
    private static func become(_ words: [Word]) -> Never {
        let error = Process.become(words, environment: .inherited())
        let failure = SessionError.cannotStart(.login, words, error)
        Diagnostics.say(failure.sentence, hint: failure.hint)
        Process.exit(failure.status)
    }

    private static func refuse(_ error: any Error, _ words: [Word]) -> Never {
        if let error = error as? CommandLineError {
            Diagnostics.say(error.sentence, hint: Options.hint(words) ?? error.hint)
        } else if let error = error as? OptionError {
            let hint = Options.hint(words) ?? error.hint.map { $0 + "; --help tells more" }
            Diagnostics.say(error.sentence, hint: hint ?? "--help tells more")
        } else if Options.exitCode(for: error) == .success {
            Process.exit(Diagnostics.print(Options.message(for: error)))
        } else {
            let sentence = Options.sentence(of: error)
            let hint = Options.hint(words).flatMap { sentence.contains("Did you mean") ? nil : $0 }
            Diagnostics.say(sentence, hint: hint ?? Options.hint(after: sentence))
        }
        Process.exit(OwnStatus.ourError)
    }
}
