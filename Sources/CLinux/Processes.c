#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "CLinux.h"
#include "Table.h"

#include <dirent.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int linux_kill(int pid, int signal) { return kill(pid, signal); }

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

int linux_open_process(int pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int linux_signal_process(int process, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, process, signal, NULL, 0);
}

uint32_t linux_user(void) { return geteuid(); }

void linux_exit(int status) { _exit(status); }

void linux_execute(const char *const *words, const char *const *environment) {
    execvpe(words[0], (char *const *)words, (char *const *)environment);
}

int linux_head_of_program(const char *path, void *bytes, int size) {
    struct stat status;
    if (stat(path, &status) < 0) return -errno;
    if (!S_ISREG(status.st_mode)) return -EACCES;
    if (faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0) return -errno;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    ssize_t count = read(fd, bytes, size);
    close(fd);
    return count < 0 ? 0 : (int)count;
}

static void close_one(int fd) { close(fd); }

static void close_from(unsigned first) {
#ifdef SYS_close_range
    if (syscall(SYS_close_range, first, ~0u, 0) == 0) return;
#endif
    each_descriptor(first, ~0u, close_one);
}

static int write_whole(int fd, const char *bytes, ssize_t count) {
    while (count > 0) {
        ssize_t written = write(fd, bytes, (size_t)count);
        struct pollfd ready = {.fd = fd, .events = POLLOUT};
        if (written < 0 && errno == EAGAIN) poll(&ready, 1, -1);
        else if (written < 0 && errno != EINTR) return -1;
        if (written > 0) bytes += written, count -= written;
    }
    return 0;
}

int linux_pass_on(int source, int target) {
    pid_t copier = fork();
    if (copier != 0) return copier;
    sigset_t none;
    sigemptyset(&none);
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_NAME, "stderr-copier");
    if (dup2(source, 0) < 0 || dup2(target, 1) < 0 || dup2(target, 2) < 0) _exit(1);
    close_from(3);
    fcntl(0, F_SETFL, fcntl(0, F_GETFL) & ~O_NONBLOCK);
    char bytes[4096];
    for (;;) {
        ssize_t count = read(0, bytes, sizeof bytes);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0 || write_whole(1, bytes, count) < 0) _exit(0);
    }
}

int linux_process(void) { return getpid(); }

int linux_parent_process(void) { return getppid(); }

void linux_set_name(const char *name) { prctl(PR_SET_NAME, name); }

int linux_become_subreaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1); }

int linux_exchange_dumpable(int wanted) {
    int before = prctl(PR_GET_DUMPABLE);
    return prctl(PR_SET_DUMPABLE, wanted) < 0 ? -1 : before;
}

int linux_exchange_core_limit(uint64_t wanted, uint64_t *before) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_CORE, &limit) < 0) return -1;
    *before = limit.rlim_cur;
    limit.rlim_cur = wanted > limit.rlim_max ? limit.rlim_max : wanted;
    return setrlimit(RLIMIT_CORE, &limit);
}

void linux_yield(void) {
    sched_yield();
}

int linux_await(int pid) {
    int status;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) return -1;
    return status;
}

int linux_reap(int *status, int *stopped) {
    pid_t pid = waitpid(-1, status, WNOHANG | WUNTRACED);
    *stopped = pid > 0 && WIFSTOPPED(*status);
    return pid;
}

int linux_numeric_entries(const char *path, int *numbers, int count) {
    DIR *directory = opendir(path);
    if (!directory) return -1;
    int total = 0;
    struct dirent *entry;
    while (total < count && (entry = readdir(directory)))
        if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9')
            numbers[total++] = atoi(entry->d_name);
    closedir(directory);
    return total;
}

int linux_open_file_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur > INT_MAX) return INT_MAX;
    return (int)limit.rlim_cur;
}
