#define _GNU_SOURCE
#include "CConfinement.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

int confine_is_possible(void) {
    // A kernel with filters looks for the one that is not there.
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL) < 0 && errno == EFAULT;
}

int confine_forbid(enum confine_call call, int error) {
    static const unsigned numbers[] = {
        SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register};
    struct sock_filter lines[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, numbers[call], 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {sizeof lines / sizeof *lines, lines};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return -1;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
}

int confine_locked_memory(unsigned long bytes) {
    struct rlimit limit = {bytes, bytes};
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct sets[2];
    if (setrlimit(RLIMIT_MEMLOCK, &limit) < 0) return -1;
    if (syscall(SYS_capget, &header, sets) < 0) return -1;
    sets[CAP_TO_INDEX(CAP_IPC_LOCK)].effective &= ~CAP_TO_MASK(CAP_IPC_LOCK);
    return (int)syscall(SYS_capset, &header, sets);
}

int confine_sealed_file(unsigned long bytes) {
    int fd = memfd_create("sealed", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0 || ftruncate(fd, (off_t)bytes) < 0) return -1;
    return fcntl(fd, F_ADD_SEALS, F_SEAL_GROW) < 0 ? -1 : fd;
}

int confine_child_numbered(int number) {
    pid_t wanted = number;
    struct clone_args how = {.exit_signal = SIGCHLD, .set_tid = (uintptr_t)&wanted, .set_tid_size = 1};
    long child = syscall(SYS_clone3, &how, sizeof how);
    if (child == 0) {
        syscall(SYS_close_range, 3, ~0u, 0);
        for (;;) pause();
    }
    return (int)child;
}
