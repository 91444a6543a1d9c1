import LinuxSystem

/// What the two programs found out about a path.
package struct Measurement: Sendable {
    /// Round trips while nothing else was on its way, of a message of 256 bytes.
    package struct RoundTrips: Equatable, Sendable {
        package let count: Int64
        /// In nanoseconds; of a hundred, one is slower than `slow`.
        package let median: Int64
        package let slow: Int64
    }

    /// What both ends saw of a phase.
    package struct Phase: Sendable {
        package let phase: MeasuringPhase
        package let here: MeasuredFigures
        package let there: MeasuredFigures

        package init(_ phase: MeasuringPhase, here: MeasuredFigures, there: MeasuredFigures) {
            self.phase = phase
            self.here = here
            self.there = there
        }

        package func figures(at end: End) -> MeasuredFigures { end == .here ? here : there }
    }

    package var idle: RoundTrips
    package var phases: [Phase]

    package init(idle: RoundTrips, phases: [Phase]) {
        self.idle = idle
        self.phases = phases
    }

    /// Whether nothing is missing.
    package var isWhole: Bool { phases.count == MeasuringPhase.allCases.count }

    /// - Returns: `nil` if not even the round trips are there.
    init?(_ messages: [MeasuringMessage]) {
        guard let first = messages.first, first.kind == .ping else { return nil }
        idle = RoundTrips(
            count: first.numbers[0], median: first.numbers[1], slow: first.numbers[2])
        phases = []
        var rest = messages.dropFirst()
        while rest.count >= 3, let phase = rest.popFirst(), let here = rest.popFirst(),
            let there = rest.popFirst(), let kind = MeasuringPhase(rawValue: phase.numbers[0])
        {
            phases.append(
                Phase(
                    kind, here: MeasuredFigures(here.numbers),
                    there: MeasuredFigures(there.numbers)))
        }
    }
}

/// The pipe by which the program here tells what it found; it holds all of it.
package struct MeasuringResults: ~Copyable {
    private let reader: OwnedDescriptor
    /// What that program inherits; once it runs, this process has it no more.
    package let writer: Descriptor

    package init() throws(Errno) {
        let pipe = try Pipe()
        try pipe.reader.setNonblocking(true)
        let copy = try OwnedDescriptor.duplicate(of: pipe.reader.borrowed)
        writer = try OwnedDescriptor.duplicate(of: pipe.writer.borrowed).leftToCommands()
        reader = copy
    }

    /// What has been told; `nil` if there is nothing.
    package borrowing func measurement() -> Measurement? {
        var bytes: [UInt8] = []
        while let piece = try? reader.borrowed.read(byteCount: 4096), !piece.isEmpty {
            bytes += piece
        }
        let size = MeasuringMessage.byteCount
        let messages = stride(from: 0, through: bytes.count - size, by: size).compactMap {
            MeasuringMessage(bytes[$0..<$0 + size])
        }
        return Measurement(messages)
    }
}
