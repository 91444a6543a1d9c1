#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "CLinux.h"
#include "SignalSet.h"
#include "Table.h"

#include <limits.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void close_on_exec(int fd) { fcntl(fd, F_SETFD, FD_CLOEXEC); }

static void close_on_exec_from(unsigned first) {
#ifdef SYS_close_range
    if (syscall(SYS_close_range, first, ~0u, 4u /* CLOSE_RANGE_CLOEXEC */) == 0) return;
#endif
    each_descriptor(first, ~0u, close_on_exec);
}

// Runs in the child, which shares our memory until its execve: only system calls here.
static void tell_guard(const struct linux_spawn *order, int kind, int pid) {
    struct linux_guard_word word = {kind, pid};
    // The guard itself may have been killed.
    if (order->guard >= 0 && write(order->guard, &word, sizeof word) < 0) return;
}

static const int stops[] = {SIGTSTP, SIGTTIN, SIGTTOU};
enum { stop_count = sizeof stops / sizeof *stops };

static void take_no_notice(int number) { (void)number; }

// Whether it is a program for another processor: the kernel returns ENOEXEC for that, as for a script
// without "#!".
static int is_program(const char *path) {
    char head[4];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    ssize_t count = read(fd, head, sizeof head);
    close(fd);
    return count == sizeof head && memcmp(head, "\177ELF", sizeof head) == 0;
}

static void execute_file(const char *path, const struct linux_spawn *order) {
    char *const *environment = (char *const *)order->environment;
    execve(path, (char *const *)order->words, environment);
    if (errno != ENOEXEC) return;
    if (is_program(path)) {
        errno = ENOEXEC;
        return;
    }
    int count = 0;
    while (order->words[count]) count++;
    const char *script[count + 2];
    script[0] = "/bin/sh";
    script[1] = path;
    for (int i = 1; i <= count; i++) script[i + 1] = order->words[i];
    execve(script[0], (char *const *)script, environment);
}

// Like execvpe of glibc, except that it never runs a program as a script; that of musl runs no script.
static void execute(const struct linux_spawn *order) {
    const char *name = order->words[0];
    const char *start = getenv("PATH");
    if (strchr(name, '/') || !*name) return execute_file(name, order);
    if (!start) start = "/bin:/usr/bin";
    char path[PATH_MAX];
    size_t name_size = strlen(name) + 1;
    int is_refused = 0;
    for (const char *end;; start = end + 1) {
        end = strchrnul(start, ':');
        size_t folder_size = end - start;
        errno = ENOENT;
        if (folder_size + 1 + name_size <= sizeof path) {
            memcpy(path, start, folder_size);
            if (folder_size > 0) path[folder_size++] = '/';
            memcpy(path + folder_size, name, name_size);
            execute_file(path, order);
        }
        if (errno == EACCES) is_refused = 1;
        else if (errno != ENOENT && errno != ENOTDIR && errno != ESTALE && errno != ENODEV && errno != ETIMEDOUT)
            return;
        if (!*end) break;
    }
    errno = is_refused ? EACCES : ENOENT;
}

static void become(const struct linux_spawn *order, int parent, volatile int *failure) {
    int from[3];
    for (int target = 0; target < 3; target++) {
        from[target] = order->descriptors[target];
        if (from[target] >= 0 && from[target] < 3 && from[target] != target) {
            from[target] = fcntl(from[target], F_DUPFD_CLOEXEC, 3);
            if (from[target] < 0) goto failed;
        }
    }
    for (int target = 0; target < 3; target++) {
        if (from[target] < 0) continue;
        if (from[target] == target) fcntl(target, F_SETFD, 0);
        else if (dup2(from[target], target) < 0) goto failed;
    }
    if (order->only_standard_descriptors) close_on_exec_from(3);
    if (order->own_session) setsid();
    else if (order->group) setpgid(0, order->group);
    if (order->parent_death_signal) {
        prctl(PR_SET_PDEATHSIG, order->parent_death_signal);
        if (getppid() != parent) _exit(128 + order->parent_death_signal);
    }
    for (int number = 1; number <= 64; number++) {
        if (number == SIGKILL || number == SIGSTOP) continue;
        int ignored = order->ignored >> (number - 1) & 1;
        struct sigaction action;
        if (sigaction(number, NULL, &action) < 0) continue;
        if ((action.sa_handler == SIG_IGN) != ignored || (action.sa_handler != SIG_IGN && action.sa_handler != SIG_DFL))
            signal(number, ignored ? SIG_IGN : SIG_DFL);
    }
    // If we stopped, our parent would wait for our execve, where no stop reaches it: the shell would
    // not see the job stop. A handler lasts until our execve.
    for (int i = 0; i < stop_count; i++)
        if (!(order->ignored >> (stops[i] - 1) & 1)) signal(stops[i], take_no_notice);
    sigset_t blocked;
    to_set(order->blocked, &blocked);
    sigprocmask(SIG_SETMASK, &blocked, NULL);
    tell_guard(order, linux_guard_process, getpid());
    execute(order);
failed:
    *failure = errno;
    _exit(127);
}

// The child may have ignored a stop that waits for us as well. One stop too many does no harm:
// SIGCONT discards pending stops.
static void pass_stops_on(const struct linux_spawn *order, pid_t child) {
    sigset_t waiting;
    if (order->own_session || order->group || sigpending(&waiting) < 0) return;
    for (int i = 0; i < stop_count; i++)
        if (sigismember(&waiting, stops[i]) == 1) kill(child, stops[i]);
}

int linux_spawn(const struct linux_spawn *order) {
    volatile int failure = 0;
    int parent = getpid();
    sigset_t all, before;
    sigfillset(&all);
    // No signal may run our handler in the child while it borrows our memory.
    sigprocmask(SIG_BLOCK, &all, &before);
    pid_t child = vfork();
    if (child == 0) become(order, parent, &failure);
    int error = child < 0 ? errno : failure;
    if (child > 0 && !error) pass_stops_on(order, child);
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (child > 0 && error) {
        tell_guard(order, linux_guard_ended, child);
        waitpid(child, NULL, 0);
    }
    return error ? -error : child;
}
