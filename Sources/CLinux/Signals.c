#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "CLinux.h"
#include "SignalSet.h"

#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

void linux_inherited_signals(uint64_t *blocked, uint64_t *ignored) {
    sigset_t set;
    sigprocmask(SIG_SETMASK, NULL, &set);
    *blocked = *ignored = 0;
    for (int number = 1; number <= 64; number++) {
        struct sigaction action;
        if (sigismember(&set, number) == 1) *blocked |= 1ull << (number - 1);
        if (sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
            *ignored |= 1ull << (number - 1);
    }
}

int linux_signal_descriptor(uint64_t signals) {
    sigset_t set;
    to_set(signals, &set);
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0) return -1;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

void linux_block_signals(uint64_t signals) {
    sigset_t set;
    to_set(signals, &set);
    sigprocmask(SIG_SETMASK, &set, NULL);
}

int linux_next_signal(int fd) {
    struct signalfd_siginfo info;
    return read(fd, &info, sizeof info) == sizeof info ? (int)info.ssi_signo : 0;
}

void linux_ignore_signal(int number) { signal(number, SIG_IGN); }
void linux_default_signal(int number) { signal(number, SIG_DFL); }

void linux_die_by_signal(int number) {
    sigset_t set;
    // The shell should see the signal, but find no core file.
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    signal(number, SIG_DFL);
    sigemptyset(&set);
    sigaddset(&set, number);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    kill(getpid(), number);
    _exit(128 + number);
}
