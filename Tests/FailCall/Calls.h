// What the kernel may answer to each call of ours.
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/syscall.h>

enum { choices_at_most = 4 };

struct call {
    const char *name;
    long number;
    // The second argument, for calls that are many in one; `any` for the others.
    long command;
    // The kernel does its work before it reports the failure.
    int happens;
    int errors[choices_at_most];
};

enum { any = -1 };

#define FAILS(name, ...) {#name, SYS_##name, any, 0, {__VA_ARGS__}}
#define COMMAND_FAILS(name, command, ...) {#name, SYS_##name, command, 0, {__VA_ARGS__}}

static const struct call fallible[] = {
    FAILS(read, EINTR, EIO),
    FAILS(write, EINTR, EIO, ENOSPC),
    FAILS(readv, EINTR, EIO),
    FAILS(writev, EINTR, EIO),
    FAILS(preadv2, EAGAIN, EINTR, EOPNOTSUPP, EIO),
    FAILS(pwritev2, EAGAIN, EINTR, EOPNOTSUPP, EIO),
    FAILS(splice, EAGAIN, EINTR, EINVAL, ENOMEM),
    FAILS(tee, EAGAIN, EINTR, EINVAL, ENOMEM),
    FAILS(lseek, ESPIPE, EINVAL),
    FAILS(fstatfs, ENOSYS),
    FAILS(sendfile, EAGAIN, EINTR, EINVAL, EIO),
    // The descriptor is free all the same.
    {"close", SYS_close, any, 1, {EINTR, EIO}},
#ifdef SYS_open
    FAILS(open, EMFILE, ENOMEM, EACCES),
    FAILS(stat, ENOMEM),
    FAILS(rename, EACCES, ENOSPC),
    FAILS(unlink, EACCES),
#endif
    FAILS(openat, EMFILE, ENOMEM, EACCES),
    FAILS(getdents64, ENOENT, ENOMEM),
    FAILS(readlink, ENOENT, ENOMEM),
    FAILS(readlinkat, ENOENT, EACCES, ENOMEM),
    COMMAND_FAILS(fcntl, F_DUPFD_CLOEXEC, EMFILE),
    COMMAND_FAILS(fcntl, F_SETPIPE_SZ, EPERM, ENOMEM),
    FAILS(dup2, EMFILE),
    FAILS(pipe2, EMFILE, ENFILE),
    FAILS(signalfd4, EMFILE, ENOMEM),
    FAILS(ppoll, EINTR, ENOMEM),
    FAILS(socket, EMFILE, ENOBUFS, EAFNOSUPPORT),
    FAILS(socketpair, EMFILE, ENOMEM),
    FAILS(bind, EADDRINUSE, EADDRNOTAVAIL),
    FAILS(listen, EADDRINUSE),
    FAILS(accept4, ECONNABORTED, EMFILE, EINTR),
    FAILS(connect, ECONNREFUSED, EHOSTUNREACH, EADDRNOTAVAIL),
    FAILS(getsockname, ENOBUFS),
    FAILS(getpeername, ENOTCONN),
    FAILS(setsockopt, ENOMEM, ENOPROTOOPT),
    FAILS(getsockopt, ENOPROTOOPT),
    FAILS(sendto, EAGAIN, ECONNRESET, ENOBUFS),
    FAILS(recvfrom, EAGAIN, ECONNRESET, ENOMEM),
    FAILS(recvmsg, ENOBUFS, ENOMEM),
    FAILS(fork, EAGAIN, ENOMEM),
    FAILS(vfork, EAGAIN, ENOMEM),
    FAILS(clone, EAGAIN, ENOMEM),
    FAILS(setpgid, EACCES),
    FAILS(faccessat2, ENOMEM),
    FAILS(kcmp, EPERM, ENOSYS),
    FAILS(pidfd_open, ENOSYS, EMFILE),
    FAILS(pidfd_send_signal, ENOSYS, EPERM),
    FAILS(prlimit64, EPERM),
    FAILS(mmap, ENOMEM),
    FAILS(mremap, ENOMEM),
    FAILS(mprotect, ENOMEM),
    FAILS(getrandom, EINTR),
    FAILS(io_uring_setup, EPERM, ENOMEM, EMFILE),
    FAILS(io_uring_enter, EINTR, EAGAIN, EBUSY),
    FAILS(io_uring_register, ENOMEM, EPERM),
};

// Those that cannot fail as we call them, and those whose failure says nothing that could be done.
static const long infallible[] = {
    // They ask or set what is our own, and are given nothing that could be wrong.
    SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigpending, SYS_capget, SYS_getpid, SYS_getppid,
    SYS_gettid,
    SYS_prctl, SYS_sched_yield, SYS_madvise, SYS_munmap, SYS_clock_gettime, SYS_uname, SYS_getuid,
    // Of a descriptor that is open, or a connection that is there.
    SYS_fcntl, SYS_ioctl, SYS_fstat, SYS_newfstatat, SYS_shutdown,
    // Of a child of ours; it never waits.
    SYS_wait4, SYS_kill,
    // They do not return, or what they return is no errno.
    SYS_exit_group, SYS_rt_sigreturn, SYS_restart_syscall, SYS_brk,
};
