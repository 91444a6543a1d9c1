#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "CLinux.h"

#include <linux/capability.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef RWF_NOWAIT
#define RWF_NOWAIT 0x00000008
#endif

ssize_t linux_write_nowait(int fd, const void *bytes, size_t count) {
    struct iovec piece = {(void *)bytes, count};
#ifdef __GLIBC__
    return pwritev2(fd, &piece, 1, -1, RWF_NOWAIT);
#else
    return syscall(SYS_pwritev2, fd, &piece, 1, -1L, -1L, RWF_NOWAIT);
#endif
}

ssize_t linux_read_nowait(int fd, void *bytes, size_t count) {
    struct iovec piece = {bytes, count};
#ifdef __GLIBC__
    return preadv2(fd, &piece, 1, -1, RWF_NOWAIT);
#else
    return syscall(SYS_preadv2, fd, &piece, 1, -1L, -1L, RWF_NOWAIT);
#endif
}

ssize_t linux_splice(int from, int to, size_t count) {
    return splice(from, NULL, to, NULL, count, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
}

ssize_t linux_tee(int from, int to, size_t count) { return tee(from, to, count, SPLICE_F_NONBLOCK); }

ssize_t linux_send_file(int from, int to, size_t count) {
    return sendfile(to, from, NULL, count);
}

int linux_socket_pair(int fds[2], int buffer_bytes) {
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0) return -1;
    // If the kernel grants less, it is only slower.
    for (int i = 0; i < 2; i++)
        if (setsockopt(fds[i], SOL_SOCKET, SO_SNDBUFFORCE, &buffer_bytes, sizeof buffer_bytes) < 0)
            setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &buffer_bytes, sizeof buffer_bytes);
    return 0;
}

int linux_page_size(void) { return (int)sysconf(_SC_PAGESIZE); }

int linux_pipe_capacity(int fd) { return fcntl(fd, F_GETPIPE_SZ); }

int linux_passes_pipe_limits(void) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
    if (syscall(SYS_capget, &header, data) < 0) return 0;
    return (data[0].effective & (1U << CAP_SYS_ADMIN | 1U << CAP_SYS_RESOURCE)) != 0;
}

int linux_set_pipe_capacity(int fd, int bytes) { return fcntl(fd, F_SETPIPE_SZ, bytes); }

int linux_queued_bytes(int fd) {
    int count = 0;
    return ioctl(fd, FIONREAD, &count) < 0 ? -1 : count;
}
