// fail-call NUMBER CHOICE REPORT PROGRAM [WORD]…: becomes the program, of whose system calls one is
// not made but fails: the NUMBER-th of those that can fail, counted from where the program's own
// `main` begins (0: none), with the CHOICE-th of the errors it can give.
//
// The program keeps the process, so that its parent, its signals and its end are its own; who traces
// it is a process aside, which ends with it and tells in REPORT: how many calls there were, which
// one failed, with what, and of how many choices. What the program starts is not traced.
#define _GNU_SOURCE
#include "Calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef __x86_64__
int main(void) {
    fputs("fail-call: only for x86-64\n", stderr);
    return 2;
}
#else

struct tracing {
    pid_t pid;
    int wanted, choice;
    const char *report;
    int has_begun, count, unknown;
    // The call that is failing now, between its entry and its exit.
    int error;
    char told[80];
};

static const struct call *found(const struct user_regs_struct *registers) {
    for (size_t i = 0; i < sizeof fallible / sizeof *fallible; i++)
        if (fallible[i].number == (long)registers->orig_rax
            && (fallible[i].command == any || fallible[i].command == (int)registers->rsi))
            return &fallible[i];
    return NULL;
}

static int cannot_fail(long number) {
    for (size_t i = 0; i < sizeof infallible / sizeof *infallible; i++)
        if (infallible[i] == number) return 1;
    return 0;
}

// Both our programs ask first of all whether their standard input is open.
static int is_first(const struct user_regs_struct *registers) {
    return registers->orig_rax == SYS_fcntl && registers->rdi == 0 && registers->rsi == F_GETFD;
}

static void enter(struct tracing *tracing, struct user_regs_struct *registers) {
    tracing->has_begun |= is_first(registers);
    if (!tracing->has_begun) return;
    const struct call *call = found(registers);
    if (!call) {
        if (!cannot_fail(registers->orig_rax)) tracing->unknown = (int)registers->orig_rax;
        return;
    }
    if (++tracing->count != tracing->wanted) return;
    int choices = 0;
    while (choices < choices_at_most && call->errors[choices]) choices++;
    tracing->error = call->errors[tracing->choice % choices];
    snprintf(tracing->told, sizeof tracing->told, "%s(%d) %s %d", call->name, (int)registers->rdi,
             strerrorname_np(tracing->error), choices);
    if (call->happens) return;
    registers->orig_rax = (unsigned long long)-1;
    ptrace(PTRACE_SETREGS, tracing->pid, NULL, registers);
}

static void report(const struct tracing *tracing) {
    FILE *file = fopen(tracing->report, "w");
    if (!file) return;
    if (tracing->unknown) fprintf(file, "unknown call %d\n", tracing->unknown);
    else fprintf(file, "%d %s\n", tracing->count, tracing->told);
    fclose(file);
}

static void leave(struct tracing *tracing, struct user_regs_struct *registers) {
    if (!tracing->error) return;
    registers->rax = (unsigned long long)-tracing->error;
    ptrace(PTRACE_SETREGS, tracing->pid, NULL, registers);
    tracing->error = 0;
    // Now already: the program may never end.
    report(tracing);
}

static void look(struct tracing *tracing) {
    struct __ptrace_syscall_info info;
    struct user_regs_struct registers;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, tracing->pid, sizeof info, &info) < 0) return;
    if (ptrace(PTRACE_GETREGS, tracing->pid, NULL, &registers) < 0) return;
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY) enter(tracing, &registers);
    else leave(tracing, &registers);
}

static void trace(struct tracing *tracing) {
    int status;
    while (waitpid(tracing->pid, &status, __WALL) == tracing->pid && WIFSTOPPED(status)) {
        int signal = WSTOPSIG(status), event = status >> 16;
        if (signal == (SIGTRAP | 0x80)) look(tracing);
        // A program that was stopped stays so until somebody lets it go on.
        int is_stopped = event == PTRACE_EVENT_STOP && signal != SIGTRAP;
        int passed = event || signal == (SIGTRAP | 0x80) ? 0 : signal;
        ptrace(is_stopped ? PTRACE_LISTEN : PTRACE_SYSCALL, tracing->pid, NULL, passed);
    }
    report(tracing);
}

// Runs in a session of its own and holds nothing open, so that it is in nobody's way.
static void stand_aside(struct tracing *tracing, int ready) {
    int status;
    long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL;
    char word = ptrace(PTRACE_SEIZE, tracing->pid, NULL, options) == 0;
    setsid();
    dup2(ready, 0);
    closefrom(1);
    if (word) {
        ptrace(PTRACE_INTERRUPT, tracing->pid, NULL, NULL);
        waitpid(tracing->pid, &status, __WALL);
    }
    if (write(0, &word, 1) != 1) _exit(1);
    close(0);
    if (!word) _exit(1);
    ptrace(PTRACE_SYSCALL, tracing->pid, NULL, NULL);
    trace(tracing);
    _exit(0);
}

static int is_traced(struct tracing *tracing) {
    int ready[2];
    char word = 0;
    if (pipe2(ready, O_CLOEXEC) < 0) return 0;
    // Where only ancestors may trace (Yama).
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
    pid_t child = fork();
    // Two generations away it is no child of the program's.
    if (child == 0 && fork() == 0) stand_aside(tracing, ready[1]);
    if (child == 0) _exit(0);
    close(ready[1]);
    waitpid(child, NULL, 0);
    return read(ready[0], &word, 1) == 1 && word;
}

int main(int count, char **words) {
    if (count < 5) {
        fputs("fail-call: expected NUMBER CHOICE REPORT PROGRAM [WORD]…\n", stderr);
        return 2;
    }
    struct tracing tracing = {
        .pid = getpid(), .wanted = atoi(words[1]), .choice = atoi(words[2]), .report = words[3]};
    if (!is_traced(&tracing)) {
        fputs("fail-call: the program cannot be traced here\n", stderr);
        return 2;
    }
    execvp(words[4], words + 4);
    perror("fail-call");
    return 2;
}
#endif
