import Foundation
import Testing

/// Cuts the connections of a session on this host's loopback, by either means.
final class Cutter: Sendable {
    /// How a connection is cut.
    enum Means: String, CaseIterable, CustomTestStringConvertible {
        /// By the kernel, at one of its ends, as `ss -K` does it; needs root.
        case kernel
        /// By a box between the two ends; needs nothing.
        case box

        var testDescription: String { "cut by the \(rawValue)" }

        /// That of a test that needs no particular one.
        static var usual: Means { TCPSide.refusal == nil ? .kernel : .box }
    }

    private let box: CuttingBox?

    private init(_ means: Means) async throws {
        box = means == .box ? try await CuttingBox.started() : nil
    }

    /// Gives one to a body, and ends it afterwards.
    static func of(
        _ means: Means = .usual, body: (Cutter) async throws -> Void
    ) async throws {
        let cutter = try await Cutter(means)
        do { try await body(cutter) } catch {
            try await cutter.box?.stop()
            throw error
        }
        try await cutter.box?.stop()
    }

    /// What a session needs, so that it can be cut.
    var options: Words { box?.options ?? [] }

    /// Cuts a connection, at either of its ends, as soon as there is one.
    ///
    /// - Parameter all: Whether to cut all that there are.
    func cut(_ run: Run, all: Bool = false) async throws {
        var isCut = false
        let isDone = try await eventually {
            guard run.isRunning else { return true }
            if let box { return try await box.perform(all ? .cut : .cutOne) }
            let sides = run.mark.dataConnections
            for side in all ? sides : Set([sides.randomElement()].compactMap { $0 }) {
                if try (Bool.random() ? side : side.other).destroy() { isCut = true }
            }
            return isCut
        }
        guard isDone else { throw Failure("there is nothing to cut: \(run.errorSoFar)") }
    }
}

extension Mark {
    /// The end that the user started: of those alike the one whose parent is not alike.
    func hereEnd() -> Found? {
        let alike = processes().filter {
            $0.words.first == Program.here && $0.words.dropFirst().first != "--remote-end"
        }
        return alike.first { found in !alike.contains { $0.pid == found.parent } }
    }

    /// The connections between the two ends.
    var dataConnections: Set<TCPSide> {
        let processes = processes()
        let here = processes.filter {
            $0.words.first == Program.here && $0.words.dropFirst().first != "--remote-end"
        }
        let there = processes.filter { $0.words.dropFirst().first == "--remote-end" }
        return TCPSide.between(here.map(\.pid), there.map(\.pid))
    }
}

extension Found {
    /// The bytes that it has read, from anything.
    var bytesRead: Int {
        let lines = (text(of: "/proc/\(pid)/io") ?? "").split(separator: "\n")
        let line = lines.first { $0.hasPrefix("rchar:") }
        return line?.split(separator: " ").last.flatMap { Int($0) } ?? 0
    }
}

extension Trait where Self == ConditionTrait {
    static var needsDestroying: ConditionTrait {
        .enabled(if: TCPSide.refusal == nil, "\(TCPSide.refusal ?? "")")
    }
}
