#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "CLinux.h"
#include "Table.h"

#include <stdio.h>
#include <sys/prctl.h>

static void close_one(int fd) { close(fd); }

static void close_from_to(unsigned first, unsigned last) {
    if (first > last) return;
#ifdef SYS_close_range
    if (syscall(SYS_close_range, first, last, 0) == 0) return;
#endif
    each_descriptor(first, last, close_one);
}

// Closes everything except standard input and the kept descriptors, which are in rising order.
static void close_all_but(const int *kept, int count) {
    unsigned first = 1;
    for (int i = 0; i < count; i++) {
        close_from_to(first, (unsigned)kept[i] - 1);
        first = (unsigned)kept[i] + 1;
    }
    close_from_to(first, ~0u);
}

struct process {
    char state;
    int parent, session;
    unsigned long long start;  // In ticks since the boot.
};

static int read_process(int pid, struct process *process) {
    char path[32], text[512];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    ssize_t count = read(fd, text, sizeof text - 1);
    close(fd);
    if (count <= 0) return 0;
    text[count] = 0;
    // The name before the state may contain anything, even parentheses.
    char *end = strrchr(text, ')');
    return end
        && sscanf(end + 1, " %c %d %*s %d %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu",
                  &process->state, &process->parent, &process->session, &process->start) == 4;
}

// A bit for each number that a process can have (PID_MAX_LIMIT).
enum { process_limit = 1 << 22 };
static unsigned char chosen_bits[process_limit / 8];

static int is_chosen(int pid) {
    return pid > 0 && pid < process_limit && chosen_bits[pid / 8] >> pid % 8 & 1;
}

// Stops the chosen process, so that it makes no more children.
static void choose(int pid) {
    if (pid <= 1 || pid >= process_limit) return;
    chosen_bits[pid / 8] |= (unsigned char)(1 << pid % 8);
    kill(pid, SIGSTOP);
}

static int holds_any(int pid, const struct linux_guard_order *order) {
    for (int i = 0; i < order->file_count; i++)
        if (linux_sight(pid, order->files[i], 0) == linux_sight_holds) return 1;
    return 0;
}

static int has_variable(int pid, const char *variable) {
    char path[32];
    snprintf(path, sizeof path, "/proc/%d/environ", pid);
    FILE *file = fopen(path, "re");
    if (!file) return 0;
    // Matches from the start of a variable to its end.
    const char *next = variable;
    int byte, is_found = 0;
    while (!is_found && (byte = getc(file)) != EOF) {
        if (byte == 0) is_found = next && !*next, next = variable;
        else next = next && *next == byte ? next + 1 : NULL;
    }
    fclose(file);
    return is_found;
}

// Whether a process is an orphan of ours: its parent is gone, and it has another by now. A process
// older than us is none, and one that left the session without our streams lives on.
static int is_orphan(int pid, const struct process *process, const struct process *own,
                     const struct linux_guard_order *order) {
    if (process->start < own->start) return 0;
    return (process->session == own->session && has_variable(pid, order->variable)) || holds_any(pid, order);
}

static int list_processes(int **numbers) {
    static int room = 4096;
    for (;; room *= 4) {
        int *more = realloc(*numbers, (size_t)room * sizeof **numbers);
        if (!more) return 0;
        *numbers = more;
        int count = linux_numeric_entries("/proc", *numbers, room);
        if (count < room) return count;
    }
}

// Kills the processes, their descendants, and the orphans they left.
static void kill_trees(const int *roots, int root_count, const struct linux_guard_order *order) {
    int *pids = NULL, count = 0, found = 1, is_whole = 0;
    struct process own = {0}, process;
    read_process(getpid(), &own);
    for (int i = 0; i < root_count; i++) choose(roots[i]);
    // Stopped processes make no children while we look: the last look sees all of them still there.
    for (int pass = 0; pass < 1000 && !is_whole; pass++) {
        int looks_closely = found;
        found = 0;
        is_whole = 1;
        count = list_processes(&pids);
        for (int i = 0; i < count; i++) {
            if (pids[i] == getpid() || !read_process(pids[i], &process)) continue;
            if (is_chosen(pids[i])) {
                // A process that we may not stop never gets still: do not wait for it.
                is_whole &= strchr("TtZXD", process.state) != NULL || kill(pids[i], SIGSTOP) < 0;
            } else if (is_chosen(process.parent)
                       || (looks_closely && is_orphan(pids[i], &process, &own, order))) {
                choose(pids[i]);
                found = 1;
            }
        }
        is_whole &= !found;
        if (!is_whole) usleep(200);
    }
    for (int i = 0; i < count; i++)
        if (is_chosen(pids[i])) kill(pids[i], SIGKILL);
}

static void guard_until_the_end(const struct linux_guard_order *order) {
    enum { guarded_processes = 64 };
    int roots[guarded_processes], count = 0;
    struct linux_guard_word word;
    for (;;) {
        ssize_t got = read(0, &word, sizeof word);
        if (got < 0 && errno == EINTR) continue;
        if (got != sizeof word) break;
        switch (word.kind) {
        case linux_guard_process:
            if (count < guarded_processes) roots[count++] = word.value;
            break;
        case linux_guard_ended:
            for (int i = 0; i < count; i++)
                if (roots[i] == word.value) roots[i] = roots[--count];
            break;
        case linux_guard_close:
            close(word.value);
            break;
        }
    }
    kill_trees(roots, count, order);
}

int linux_start_guard(const struct linux_guard_order *order) {
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    pid_t guard = fork();
    if (guard != 0) {
        sigprocmask(SIG_SETMASK, &before, NULL);
        // Both sides set it, so that the group exists whichever runs first.
        if (guard > 0) setpgid(guard, guard);
        return guard;
    }
    setpgid(0, 0);
    // A `pkill socketpipe` must not hit it.
    prctl(PR_SET_NAME, "stream-guard");
    // A process that waits for the end of our parent's descriptors must not wait for ours.
    if (dup2(order->reader, 0) < 0) _exit(1);
    close_all_but(order->kept, order->kept_count);
    guard_until_the_end(order);
    kill(0, SIGKILL);
    _exit(0);
}
