import LinuxSystem

/// What the end that the login command started can do and see by the kernel.
final class ThereWorld: KernelWorld, World {
    typealias Parts = HostParts

    /// Takes over standard input and output.
    init(_ environment: Environment, _ errors: ErrorSink) throws(Errno) {
        try super.init(at: .there, environment, .normal, errors)
        control = ControlChannel(
            input: try .duplicate(of: .standardInput), output: try .duplicate(of: .standardOutput),
            awaitsHello: false)
        // The secret is to come.
        memoryGuard = MemoryGuard()
        try Descriptor.null(.standardInput, .standardOutput)
        control?.startLine()
    }

    override func watch(_ readiness: inout Readiness) {
        super.watch(&readiness)
        if backlog < RunOrder.largestCredit { source?.watch(&readiness) }
    }

    // MARK: The remote command's output on its way home

    func send(output bytes: [UInt8]) { control?.send(output: bytes) }
    func grant(_ byteCount: Int) throws(ControlError) { try source?.grant(byteCount) }

    func advanceHome(_ readiness: Readiness) -> [SessionEvent] {
        source?.advance(readiness).map { [.wrote($0)] } ?? []
    }

    var homeIsOver: Bool { source?.hasEnded ?? true }

    func outputHolder() -> HolderWatch.Late? {
        guard outputHolders?.isHeld(besides: [], true, now) == true else { return nil }
        return outputHolders?.takeLate()
    }
}
