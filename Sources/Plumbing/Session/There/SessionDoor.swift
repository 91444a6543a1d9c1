import LinuxSystem

/// Where another login's process brings its channel to a session that lives on.
final class SessionDoor {
    /// A channel, and the words that ask for it to be used.
    struct Arrival {
        let rejoining: Rejoining
        let parcel: Parcel
    }

    /// How long one of our own user may stand there: others wait meanwhile.
    private static let patience = Instant.Span.seconds(5)
    /// Room for any words that ask.
    static let longestWords = 512
    /// A channel is three files.
    static let fileCount = 3

    private let listener: LocalSocket
    private let key: RejoinKey
    private var attempt: Int64 = 0
    private var caller: LocalSocket?
    /// When the caller has had its time, or when to let in another.
    private var turnsAt = Instant.distantFuture
    /// The process whose login we use; it ends when we close this.
    private var placeholder: LocalSocket?

    init(_ key: RejoinKey) throws(Errno) {
        self.key = key
        listener = try .listening(as: SessionDoor.name(of: key.session))
    }

    static func name(of session: SessionName) -> String { "socketpipe-\(session.text)" }

    func watch(_ readiness: inout Readiness) {
        if let descriptor = caller?.descriptor ?? (isResting ? nil : listener.descriptor) {
            readiness.watch(descriptor, .reading)
        }
    }

    var deadline: Instant { turnsAt }

    /// Whether there is nobody, and nobody may come in yet.
    private var isResting: Bool { caller == nil && turnsAt != .distantFuture }

    /// Lets callers in, one after the other, and hears what they bring.
    ///
    /// - Parameter control: What is to go on by what they bring.
    /// - Returns: What one of them brought that proved itself.
    func advance(_ readiness: Readiness, for control: ControlChannel?) -> Arrival? {
        if turnsAt <= .now { dismiss() }
        if let descriptor = caller?.descriptor {
            return readiness[descriptor].isReady ? hear(control) : nil
        }
        if !isResting, readiness[listener.descriptor].isReady { letIn() }
        return nil
    }

    private func dismiss() {
        caller = nil
        turnsAt = .distantFuture
    }

    private func letIn() {
        do throws(Errno) {
            guard let socket = try listener.accept(), socket.isOfOurUser else { return }
            caller = consume socket
            turnsAt = .now + SessionDoor.patience
        } catch {
            // Of descriptors, most likely: others need some first.
            turnsAt = .now + .seconds(1)
        }
    }

    private func hear(_ control: ControlChannel?) -> Arrival? {
        guard let caller = caller.take() else { return nil }
        turnsAt = .distantFuture
        do throws(Errno) {
            let parcel = try caller.receive(byteCount: SessionDoor.longestWords)
            guard let rejoining = words(of: parcel),
                control?.reaches(back: rejoining.seen) == true
            else {
                try caller.send([Handover.refused])
                return nil
            }
            try caller.send([Handover.taken])
            attempt = rejoining.attempt
            placeholder = consume caller
            return Arrival(rejoining: rejoining, parcel: parcel)
        } catch {
            return nil
        }
    }

    /// The words of a parcel that proves itself, and that is newer than any before.
    private func words(of parcel: Parcel) -> Rejoining? {
        guard parcel.descriptorCount == SessionDoor.fileCount,
            let rejoining = try? Rejoining(ControlLine(parsing: parcel.bytes.dropLast())),
            key.proves(rejoining), rejoining.attempt > attempt
        else { return nil }
        return rejoining
    }

    /// Tells the process whose login we use how to end.
    func release(_ ending: Outcome.Ending) {
        let words =
            switch ending {
            case .exit(let status): [Handover.exited, UInt8(truncatingIfNeeded: status)]
            case .signal(let signal): [Handover.killed, UInt8(truncatingIfNeeded: signal)]
            }
        try? placeholder?.send(words)
    }
}
