import ArgumentParser
import Fixtures
import Glibc

/// What is measured, and with what.
struct Programs: ParsableArguments {
    @Option(help: "The socketpipe to measure.")
    var socketpipe: String?

    @Option(
        help: "The socketpipe at the other end, if it is another; for a real host its path there.")
    var there: String?

    @Option(help: "The original C program, to compare with.")
    var reference: String?

    @Option(help: "The congestion control in namespaces.")
    var congestion = "cubic"

    @Option(help: "The script that builds namespaces.")
    var lab = "scripts/lab"

    /// Gives a workbench to a body, and removes it and all it made, on a signal as well.
    /// - Parameter host: The words after `ssh` for a real host.
    func withWorkbench<Result>(
        host: [String], _ body: (Workbench) throws -> Result
    ) throws -> Result {
        Signals.block()
        unsafe setenv("LC_ALL", "C", 1)
        // What the user has set for a real host is needed to reach it.
        if host.isEmpty { unsafe setenv("SOCKETPIPE_OPTIONS", "--no-config", 1) }
        let bench = try Workbench(kit(host))
        defer { bench.remove() }
        do {
            return try body(bench)
        } catch let interruption as Interruption {
            throw ExitCode(128 + interruption.signal)
        }
    }

    private func kit(_ host: [String]) throws -> Kit {
        Kit(
            bench: try absolute("/proc/self/exe"),
            socketpipe: try (socketpipe ?? path(of: "socketpipe")).map(absolute), there: there,
            reference: try reference.map(absolute), lab: lab, host: host,
            congestionControl: congestion)
    }

    private func absolute(_ path: String) throws -> String {
        let real = unsafe realpath(path, nil)
        defer { unsafe free(real) }
        guard let real = unsafe real else { throw Failure(path, errno: errno) }
        return unsafe String(cString: real)
    }
}
