import LinuxSystem
import Relaying

/// What an end of a session can do and see by the kernel.
final class KernelWorld: World {
    let end: End
    let environment: Environment
    let supervisor: Supervisor
    /// Files that we were given beside the standard ones, for the login command alone.
    let inherited: [CInt]

    // Words for the user.
    let errors: ErrorSink
    var diagnostics: Diagnostics
    let progress: ProgressTeller?
    /// What the login command says; `nil` where it says it to our standard error itself.
    var loginErrors: ErrorSource?

    var control: ControlChannel?
    var meeting: Meeting?
    var memoryGuard: MemoryGuard?

    // The remote command's output on its way home.
    let sink: OutputSink?
    var source: OutputSource?
    /// What may keep that output open.
    var outputHolders: HolderWatch?

    /// The end that the user started.
    init(_ plan: Plan, _ environment: Environment, _ errors: ErrorSink) throws(Errno) {
        end = .here
        self.environment = environment
        self.errors = errors
        inherited = Descriptor.inheritedAboveStandard()
        supervisor = try Supervisor(environment: environment)
        progress = ProgressTeller(plan, errors)
        diagnostics = Diagnostics(plan.verbosity, errors, over: progress?.status)
        sink = OutputSink(isUsed: plan.consumer == nil, supervisor.jobControl)
    }

    /// The end that the login command started, on standard input and output.
    init(_ environment: Environment, _ errors: ErrorSink) throws(Errno) {
        end = .there
        self.environment = environment
        self.errors = errors
        inherited = Descriptor.inheritedAboveStandard()
        supervisor = try Supervisor(environment: environment)
        progress = nil
        diagnostics = Diagnostics(.normal, errors)
        sink = nil
        control = ControlChannel(
            input: try .duplicate(of: 0), output: try .duplicate(of: 1), awaitsHello: false)
        // The secret is to come.
        memoryGuard = MemoryGuard()
        try Descriptor.null(0, 1)
        control?.startLine()
    }

    var now: Instant { .now }

    // MARK: Waiting

    func watch(_ readiness: inout Readiness) {
        supervisor.watch(&readiness)
        control?.watch(&readiness)
        meeting?.watch(&readiness)
        sink?.watch(&readiness)
        if backlog < RunOrder.largestCredit { source?.watch(&readiness) }
        errors.watch(&readiness)
        loginErrors?.watch(&readiness, to: errors)
    }

    var deadline: Instant? {
        [meeting?.deadline, control?.deadline, supervisor.deadline].compactMap { $0 }.min()
    }

    // MARK: Words for the user

    func say(_ words: Saying) {
        switch words {
        case .error(let sentence): diagnostics.error(sentence)
        case .note(let sentence): diagnostics.note(sentence)
        case .detail(let sentence): diagnostics.detail(sentence)
        case .warning(let warning): diagnostics.warn(warning)
        case .warningOfPlace(let words, let record):
            diagnostics.warn(
                .ofPlace(words, record: record) { FileKind.isCharacterDevice($0) })
        case .passed(let bytes): diagnostics.pass(bytes)
        case .nothingMore: diagnostics = Diagnostics(.quiet, errors)
        }
    }

    func showProgress(_ lanes: [Lane<HostParts>], _ state: ProgressState) {
        progress?.show(lanes, state)
    }

    var progressIsDueAt: Instant? { progress?.status?.nextDrawing }

    var standardError: StandardError {
        var state = StandardError()
        state.isEmpty = errors.isEmpty
        state.hasRoom = errors.hasRoom
        state.isStopped = errors.isTerminal && errors.isFull
        return state
    }

    func advanceWords(_ readiness: Readiness) {
        errors.advance(readiness)
        loginErrors?.advance(readiness, to: errors)
    }
}
