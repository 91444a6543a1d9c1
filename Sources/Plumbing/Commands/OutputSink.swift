import LinuxSystem

/// The remote command's output here, on its way to our standard output, which may be slow.
package final class OutputSink {
    private var waiting: [UInt8] = []
    private let terminal: OwnedDescriptor?
    private let number: CInt
    /// Where in a file it begins.
    private let place: FilePlace?
    private var promised = RunOrder.largestCredit
    private var isClosed = false
    private var isSettled = false
    /// The remote command's output has come to its end.
    package private(set) var hasEnded: Bool
    package private(set) var byteCount: Int64 = 0
    /// Of these, what standard output took.
    package private(set) var written: Int64 = 0

    private let jobControl: JobControl

    /// - Parameters:
    ///   - isUsed: Whether any output will come.
    ///   - jobControl: What a terminal may do to us.
    package init(isUsed: Bool, _ jobControl: JobControl = .none) {
        self.jobControl = jobControl
        hasEnded = !isUsed
        if let own = Descriptor.unblockedTerminal(1) {
            number = own.number
            terminal = consume own
        } else {
            number = 1
            terminal = nil
        }
        place = isUsed ? FilePlace(of: number) : nil
    }

    package var isEmpty: Bool { waiting.isEmpty }

    /// Asks a file that took everything, once, whether it has it.
    package func settle() throws(Errno) {
        guard let place, !isClosed, !isSettled else { return }
        isSettled = true
        try Descriptor.settle(number)
        try place.confirm(written, in: number)
    }

    package func end() {
        hasEnded = true
    }

    /// Nobody takes it any more: what waits and what comes is dropped.
    package func close() {
        isClosed = true
        waiting = []
    }

    package func add(_ bytes: [UInt8]) throws(ControlError) {
        guard !hasEnded else { throw .unexpected(verb: "output") }
        promised -= bytes.count
        guard promised >= 0 else { throw .tooMuchOutput }
        if isClosed { return }
        waiting += bytes
        byteCount += Int64(bytes.count)
    }

    package func watch(_ readiness: inout Readiness) {
        if !waiting.isEmpty { readiness.watch(number, .writing) }
    }

    /// Writes what our standard output takes now.
    ///
    /// - Returns: How many bytes it took, to be given as new credit.
    package func advance(_ readiness: Readiness) throws(Errno) -> Int {
        guard readiness[number].isReady else { return 0 }
        var total = 0
        while !waiting.isEmpty {
            let count = try write()
            if count == 0 { break }
            waiting.removeFirst(count)
            total += count
            written += Int64(count)
        }
        promised += total
        return total
    }

    private func write() throws(Errno) -> Int {
        guard terminal != nil else {
            return try Descriptor.writeWithoutBlocking(number, waiting[...])
        }
        return try jobControl.writing { () throws(Errno) in
            try Descriptor.writeWithoutBlocking(number, waiting[...])
        }
    }
}
