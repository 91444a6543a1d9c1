import Foundation
import Testing

/// The built programs that the tests drive.
enum Program {
    /// The program the user starts: `SOCKETPIPE`, or the one built beside the tests.
    static let here = variable("SOCKETPIPE") ?? built("socketpipe")

    /// The there-end alone: `SOCKETPIPE_REMOTE` (the Embedded build), or the one beside the tests.
    static let remote = variable("SOCKETPIPE_REMOTE") ?? built("socketpipe-remote")

    /// The original C program (1.10), where `SOCKETPIPE_ORIGINAL` names one.
    static let original = variable("SOCKETPIPE_ORIGINAL")

    /// The fully static release build, where `SOCKETPIPE_STATIC` names one.
    static let onePiece = variable("SOCKETPIPE_STATIC")

    /// Whether `SOCKETPIPE_TEST_LONG` asks for the runs that take minutes.
    static let runsLong = variable("SOCKETPIPE_TEST_LONG") != nil

    static let isRoot = getuid() == 0

    /// How often a test repeats what happens at random: `SOCKETPIPE_TEST_ROUNDS`.
    static func rounds(default count: Int) -> Int {
        variable("SOCKETPIPE_TEST_ROUNDS").flatMap { Int($0) } ?? count
    }

    static func variable(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    static func built(_ name: String) -> String {
        let tests = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        return tests.deletingLastPathComponent().appendingPathComponent(name).path
    }
}

/// Which program plays the there-end.
enum ThereEnd: CaseIterable, CustomTestStringConvertible {
    case socketpipe, remoteAlone

    var path: String {
        switch self {
        case .socketpipe: Program.here
        case .remoteAlone: Program.remote
        }
    }

    var testDescription: String {
        switch self {
        case .socketpipe: "there: socketpipe"
        case .remoteAlone: "there: socketpipe-remote"
        }
    }
}
