import Foundation
import Synchronization
import Testing

/// Where a run's standard input comes from.
enum Input: Sendable {
    case null
    case file(String)
    /// A pipe whose other end the test holds.
    case pipe
    /// A terminal that becomes the controlling one; it takes output and errors as well.
    case terminal(Terminal)
}

/// A running process of a test, with its output in files and its mark in the environment.
final class Run: Sendable {
    private let child: Child
    let mark: Mark
    private let started = ContinuousClock.now
    private let scratch: Scratch
    private let pipe: PipeWriter?
    private let state = Mutex(State())

    private struct State {
        var exit: Exit?
        var elapsed = Duration.zero
        var overran = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    /// - Parameter reports: Whether the words are those of a session, to be told to report.
    init(
        _ words: Words, input: Input = .null, environment: [String: String] = [:],
        reports: Bool = false, mark: Mark = Mark()
    ) throws {
        self.mark = mark
        scratch = try Scratch()
        var words = words
        if reports { words = words + ["--report", scratch / "report"] }
        var streams = Streams(output: scratch / "output", error: scratch / "error")
        var pipe: (reader: Int32, writer: PipeWriter)?
        switch input {
        case .null: break
        case .file(let path): streams.input = .file(path)
        case .pipe:
            let made = try PipeWriter.pipe()
            streams.input = .descriptor(made.reader)
            pipe = made
        case .terminal(let terminal): streams.input = .terminal(terminal.path)
        }
        self.pipe = pipe?.writer
        defer { if let pipe { close(pipe.reader) } }
        child = try Child(
            words, streams, environment: mark.environment.merging(environment) { $1 },
            leading: .session)
        Thread.detachNewThread { self.reap() }
    }

    var pid: pid_t { child.pid }

    var outputSoFar: Data { contents(of: scratch / "output") ?? Data() }

    var errorSoFar: String { scratch.text("error") ?? "" }

    var reportText: String? { scratch.text("report") }

    var isRunning: Bool { state.withLock { $0.exit == nil } }

    /// Writes to the run's standard input, which must be a pipe.
    func write(_ text: String) { pipe?.write(Array(text.utf8)) }

    func closeInput() { pipe?.close() }

    /// Sends a signal to the process that was started, if it has not ended.
    func send(_ signal: Int32) {
        state.withLock { if $0.exit == nil { kill(pid, signal) } }
    }

    /// Sends a signal to the run's whole process group, as a terminal does.
    func sendToGroup(_ signal: Int32) {
        state.withLock { if $0.exit == nil { kill(-pid, signal) } }
    }

    /// Waits for the end of the run and of everything that bears its mark.
    ///
    /// What overran the limit, or is left behind, is recorded as an issue and ended.
    func ending(
        within limit: Duration = .seconds(40), sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Ending {
        let guardian = Task {
            try await Task.sleep(for: limit)
            self.overrun()
        }
        await exited()
        guardian.cancel()
        var ending = state.withLock { state in
            Ending(
                exit: state.overran ? .overran : state.exit ?? .overran, output: outputSoFar,
                error: errorSoFar, elapsed: state.elapsed)
        }
        if ending.exit == .overran {
            Issue.record(
                "overran \(limit) \(ending.testDescription)", sourceLocation: sourceLocation)
        }
        let left = await mark.remains(after: .seconds(10))
        if !left.isEmpty {
            let names = left.map(\.description).joined(separator: ", ")
            Issue.record(
                "left behind: \(names) \(ending.testDescription)", sourceLocation: sourceLocation)
            mark.killAll()
        }
        ending.report = Report(contentsOf: scratch / "report")
        ending.report?.checkCounts(sourceLocation: sourceLocation)
        if ending.report != nil, let data = contents(of: scratch / "report") {
            let violations = try JSONSchema.ofReports?.violations(in: data) ?? []
            #expect(violations == [], sourceLocation: sourceLocation)
        }
        return ending
    }

    private func exited() async {
        await withCheckedContinuation { continuation in
            let ended = state.withLock { state in
                if state.exit == nil { state.waiting.append(continuation) }
                return state.exit != nil
            }
            if ended { continuation.resume() }
        }
    }

    private func overrun() {
        state.withLock { state in
            guard state.exit == nil else { return }
            state.overran = true
            kill(pid, SIGKILL)
        }
        mark.killAll()
    }

    /// Blocks its thread until the process has ended; the pid is freed under the lock.
    private func reap() {
        let exit = child.awaitExit()
        let elapsed = started.duration(to: .now)
        let waiting = state.withLock { state in
            child.reap()
            state.exit = exit
            state.elapsed = elapsed
            defer { state.waiting = [] }
            return state.waiting
        }
        for waiter in waiting { waiter.resume() }
    }
}
