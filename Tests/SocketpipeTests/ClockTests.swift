import Foundation
import Testing

/// Somebody sets the clock while a session runs.
@Suite(.gated) struct ClockTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// Words that start what follows without a way to the clock of the wall: whoever asks is ended.
    ///
    /// The time of day is read from a page of the kernel's, without a system call; so a tracer
    /// takes the page's address away from every program that starts, and the calls that are made
    /// instead are filtered.
    private func withoutClock() async throws -> Words {
        let file = try scratch.write(Self.source, to: "timeless.c")
        try await shell("gcc -O1 -o $1/timeless $2", scratch.path, file)
        return [scratch / "timeless"]
    }

    // What never asks for the time of day cannot notice that it was set. Only a report asks.
    @Test(.tries(.setClock), .needsTracedClock, arguments: Way.each)
    func `no end asks for the time of day`(way: Way) async throws {
        let session = Session(
            there: way.there, route: way.route, producer: .sh("yes | head -c 3000000"),
            consumer: "cksum", remote: "cat", options: "-t 5 --stall 5 --progress --verbose",
            wrapper: try await withoutClock())
        let ending = try await session.start(reports: false).ending()
        #expect(ending.status == 0)
        #expect(ending.text == (try await shell("yes | head -c 3000000 | cksum")))
    }

    @Test(.needsTracedClock, arguments: ["exec date", "date >&2; exit $?", "(date) | cat; date"])
    func `a process that asks for the time of day is killed`(script: String) async throws {
        let asking = try await Run(try await withoutClock() + .sh(script)).ending()
        #expect(asking.status == 128 + SIGSYS)
        #expect(asking.output.isEmpty)
    }

    static let source = """
        #include <elf.h>
        #include <errno.h>
        #include <linux/filter.h>
        #include <linux/seccomp.h>
        #include <signal.h>
        #include <stddef.h>
        #include <sys/prctl.h>
        #include <sys/ptrace.h>
        #include <sys/reg.h>
        #include <sys/syscall.h>
        #include <sys/wait.h>
        #include <unistd.h>
        #define CALL offsetof(struct seccomp_data, nr)
        #define CLOCK offsetof(struct seccomp_data, args[0])
        static int confine(void) {
            struct sock_filter lines[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, CALL),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_gettimeofday, 5, 0),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_time, 4, 0),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clock_gettime, 0, 2),
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, CLOCK),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
            };
            struct sock_fprog filter = {sizeof lines / sizeof *lines, lines};
            return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
                || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
        }
        /* Above the stack pointer stand the words, the environment and what the kernel tells. */
        static void hide(pid_t pid) {
            long at = ptrace(PTRACE_PEEKUSER, pid, sizeof(long) * RSP, 0);
            at += sizeof(long) * (ptrace(PTRACE_PEEKDATA, pid, at, 0) + 2);
            while (ptrace(PTRACE_PEEKDATA, pid, at, 0) != 0) at += sizeof(long);
            for (at += sizeof(long);; at += 2 * sizeof(long)) {
                long kind = ptrace(PTRACE_PEEKDATA, pid, at, 0);
                if (kind == AT_NULL) return;
                if (kind == AT_SYSINFO_EHDR) ptrace(PTRACE_POKEDATA, pid, at, AT_IGNORE);
            }
        }
        int main(int count, char **words) {
            pid_t first = fork();
            if (first == 0) {
                ptrace(PTRACE_TRACEME, 0, 0, 0);
                raise(SIGSTOP);
                if (confine() != 0) _exit(98);
                execvp(words[1], words + 1);
                _exit(97);
            }
            int status, result = 99;
            waitpid(first, &status, 0);
            ptrace(PTRACE_SETOPTIONS, first, 0, PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK
                | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL);
            ptrace(PTRACE_CONT, first, 0, 0);
            for (pid_t pid; (pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR;) {
                if (WIFSTOPPED(status)) {
                    int signal = WSTOPSIG(status), event = status >> 16;
                    if (event == PTRACE_EVENT_EXEC) hide(pid);
                    /* A new process starts with a stop that nobody sent. */
                    if (event != 0 || signal == SIGSTOP || signal == SIGTRAP) signal = 0;
                    ptrace(PTRACE_CONT, pid, 0, signal);
                } else if (pid == first) {
                    result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
                }
            }
            return result;
        }
        """
}

extension Trait where Self == ConditionTrait {
    static var needsTracedClock: ConditionTrait {
        .enabled("there is no gcc here, or no ptrace, or it is no x86-64") {
            let scratch = try Scratch()
            let file = try scratch.write(ClockTests.source, to: "timeless.c")
            let built = try await Run(["gcc", "-O1", "-o", scratch / "timeless", file]).ending()
            guard built.status == 0 else { return false }
            return try await Run([scratch / "timeless", "true"]).ending().status == 0
        }
    }
}
