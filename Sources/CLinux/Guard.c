#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "CLinux.h"

#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// Closes everything but standard input and what is kept, which is in rising order.
static void close_all_but(const int *kept, int count) {
    int first = 1;
    for (int i = 0; i <= count; i++) {
        int last = i < count ? kept[i] - 1 : 65535;
#ifdef SYS_close_range
        if (first > last || syscall(SYS_close_range, first, last, 0) == 0) last = first - 1;
#endif
        for (int fd = first; fd <= last; fd++) close(fd);
        if (i < count) first = kept[i] + 1;
    }
}

enum { guarded_processes = 64, guarded_descendants = 4096 };

// The parent, 0 if there is no such process; and whether it can do nothing any more.
static int parent_of(int pid, int *is_still) {
    char path[32], text[512], state;
    *is_still = 1;
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    ssize_t count = read(fd, text, sizeof text - 1);
    close(fd);
    if (count <= 0) return 0;
    text[count] = 0;
    // The name before the state may hold anything, parentheses too.
    char *end = strrchr(text, ')');
    int parent;
    if (!end || sscanf(end + 1, " %c %d", &state, &parent) != 2) return 0;
    *is_still = strchr("TtZXD", state) != NULL;
    return parent;
}

static int contains(const int *pids, int count, int pid) {
    for (int i = 0; i < count; i++)
        if (pids[i] == pid) return 1;
    return 0;
}

// Kills the processes and what descends from them.
static void kill_trees(const int *roots, int root_count) {
    static int pids[guarded_descendants], numbers[65536];
    int total = 0, is_whole = 0, is_still;
    for (int i = 0; i < root_count; i++) pids[total++] = roots[i];
    // Stopped, they have no more children while we look: the last look sees all of them still.
    for (int pass = 0; pass < 1000 && !is_whole; pass++) {
        is_whole = 1;
        for (int i = 0; i < total; i++) {
            // One that we may not stop will not be still, and cannot be waited for.
            if (kill(pids[i], SIGSTOP) < 0) continue;
            parent_of(pids[i], &is_still);
            is_whole &= is_still;
        }
        int count = linux_numeric_entries("/proc", numbers, 65536);
        for (int i = 0; i < count && total < guarded_descendants; i++) {
            int parent = parent_of(numbers[i], &is_still);
            if (!contains(pids, total, parent) || contains(pids, total, numbers[i])) continue;
            pids[total++] = numbers[i];
            is_whole = 0;
        }
        if (!is_whole) usleep(200);
    }
    for (int i = 0; i < total; i++) kill(pids[i], SIGKILL);
}

static void guard_until_the_end(void) {
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
    kill_trees(roots, count);
}

int linux_start_guard(int pipe_reader, const int *kept, int kept_count) {
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    pid_t guard = fork();
    if (guard != 0) {
        sigprocmask(SIG_SETMASK, &before, NULL);
        // Both sides set it, so that the group is there whoever runs first.
        if (guard > 0) setpgid(guard, guard);
        return guard;
    }
    setpgid(0, 0);
    // A `pkill socketpipe` is not meant for it.
    prctl(PR_SET_NAME, "stream-guard");
    // Whoever waits for our parent's descriptors to be closed must not wait for us.
    if (dup2(pipe_reader, 0) < 0) _exit(1);
    close_all_but(kept, kept_count);
    guard_until_the_end();
    kill(0, SIGKILL);
    _exit(0);
}
