import LinuxSystem
import Relaying

/// What both ends of a session can do and see by the kernel.
class KernelWorld {
    let end: End
    let environment: Environment
    let supervisor: Supervisor
    /// Files that we were given beside the standard ones, for the login command alone.
    let inherited: [Descriptor]
    let errors: ErrorSink
    var diagnostics: Diagnostics
    var control: ControlChannel?
    var meeting: Meeting?
    var memoryGuard: MemoryGuard?
    /// Makes what seals each connection, until all are made.
    var seals: Seals?
    /// The same of the first meeting, for flows that may have to go on through the login.
    var keptSeals: Seals?
    /// The flows that go through the login.
    var bridges: [Bridge] = []
    /// What the remote command writes, where it comes home.
    var source: OutputSource?
    /// What may keep that output open.
    var outputHolders: HolderWatch?
    /// What proves that another login belongs to the session.
    var rejoinKey: RejoinKey?
    /// What commands get for standard error; `nil` leaves them ours.
    var errorsOfCommands: OwnedDescriptor?

    init(
        at end: End, _ environment: Environment, _ verbosity: Verbosity, _ errors: ErrorSink,
        over status: StatusLine? = nil
    ) throws(Errno) {
        self.end = end
        self.environment = environment
        self.errors = errors
        inherited = Descriptor.inheritedAboveStandard()
        supervisor = try Supervisor(environment: environment)
        diagnostics = Diagnostics(verbosity, errors, over: status)
    }

    var now: Instant { .now }

    // MARK: Waiting

    func watch(_ readiness: inout Readiness) {
        supervisor.watch(&readiness)
        control?.watch(&readiness)
        meeting?.watch(&readiness)
        errors.watch(&readiness)
        for bridge in bridges { bridge.watch(&readiness, hasRoom: hasRoomForData) }
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

    var standardError: StandardError {
        StandardError(isEmpty: errors.isEmpty, hasRoom: errors.hasRoom)
    }

    var isTerminalStopped: Bool { errors.isTerminal && errors.isFull }

    func advanceWords(_ readiness: Readiness) { errors.advance(readiness) }

    // MARK: The control channel

    func send(_ message: ControlMessage) { control?.send(message) }
    func sendHeartbeat() { control?.sendHeartbeat() }
    func finishSending() { control?.finishWriting() }
    func hear(_ readiness: Readiness) throws(ControlError) -> [ControlAssembler.Piece] {
        try control?.advance(readiness) ?? []
    }
    var channelHasEnded: Bool { control?.hasEnded ?? false }
    var backlog: Int { control?.backlog ?? 0 }
    func keepLines() { control?.keepLines() }
    /// Passes on what commands that have ended said.
    func drainErrors() {}
}
