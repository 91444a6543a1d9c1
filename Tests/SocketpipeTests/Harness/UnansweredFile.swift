import Foundation
import Testing

/// A file of a file system that takes every question and never answers: once it was asked, whoever
/// opens the file cannot be killed (state D).
///
/// Its server holds it in a mount namespace of its own; when the server ends, so does the waiting.
final class UnansweredFile: Sendable {
    let path: String
    private let scratch: Scratch
    private let server: Run

    init() async throws {
        scratch = try Scratch()
        server = try Run(["unshare", "-m", "perl", "-e", Self.script, scratch.path], input: .pipe)
        path = "/proc/\(server.pid)/root\(scratch.path)/file"
        let isMounted = try await eventually {
            guard server.isRunning else { throw Failure("FUSE: \(server.errorSoFar)") }
            return said("mounted")
        }
        guard isMounted else { throw Failure("FUSE: \(server.errorSoFar)") }
    }

    /// Whether somebody waits for an answer.
    var wasAsked: Bool { said("asked") }

    /// Ends the server, and so all waiting.
    func release() async throws {
        server.closeInput()
        _ = try await server.ending()
    }

    private func said(_ word: String) -> Bool {
        String(decoding: server.outputSoFar, as: UTF8.self).contains(word)
    }

    /// Answers FUSE_INIT, which every mount begins with, and nothing else; ends with its input.
    private static let script = """
        use strict; use Fcntl; use IO::Select; $^F = 255; $| = 1;
        sysopen my $fuse, '/dev/fuse', O_RDWR or die "/dev/fuse: $!";
        my $options = 'fd=' . fileno($fuse) . ',rootmode=40000,user_id=0,group_id=0';
        system('mount', '-i', '-t', 'fuse', '-o', $options, 'none', $ARGV[0]) and exit 1;
        sysread $fuse, my $init, 135168; my ($length, $code, $unique) = unpack 'LLQ', $init;
        syswrite $fuse, pack 'LlQ LLLL SS L', 40, 0, $unique, 7, 12, 65536, 0, 0, 0, 65536
            or die "FUSE_INIT: $!";
        print "mounted\\n"; my $select = IO::Select->new($fuse, \\*STDIN);
        while (my @ready = $select->can_read) {
            exit if grep { $_ == \\*STDIN } @ready;
            sysread $fuse, my $question, 135168; print "asked\\n";
        }
        """
}

extension Trait where Self == ConditionTrait {
    static var needsUnansweredFile: ConditionTrait {
        .enabled("state D at will needs root, FUSE and mount namespaces") {
            guard Program.isRoot, let file = try? await UnansweredFile() else { return false }
            try await file.release()
            return true
        }
    }
}
