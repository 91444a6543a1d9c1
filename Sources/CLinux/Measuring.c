#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "CLinux.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int linux_memory_file(void) { return (int)syscall(SYS_memfd_create, "socketpipe", 1u /* MFD_CLOEXEC */); }

ssize_t linux_send_start(int file, int to, size_t count) {
    off_t start = 0;
    return sendfile(to, file, &start, count);
}

int linux_set_least_read(int fd, int bytes) { return linux_set_option(fd, SOL_SOCKET, SO_RCVLOWAT, bytes); }

ssize_t linux_discard(int fd, size_t count, int waits) {
    // TCP drops the bytes and leaves this alone; other files fill it.
    static char waste[1 << 20];
    if (count > sizeof waste) count = sizeof waste;
    ssize_t result = recv(fd, waste, count, waits ? MSG_TRUNC : MSG_TRUNC | MSG_DONTWAIT);
    if (result >= 0 || errno != ENOTSOCK) return result;
    return read(fd, waste, count);
}

int64_t linux_processor_nanoseconds_of(int pid) {
    struct timespec spent;
    // What `clock_getcpuclockid` makes: the process's clock of all its threads.
    clockid_t clock = (clockid_t)(~(unsigned)pid << 3 | 2);
    if (clock_gettime(clock, &spent) < 0) return -1;
    return (int64_t)spent.tv_sec * 1000000000 + spent.tv_nsec;
}

int64_t linux_children_nanoseconds(void) {
    struct rusage spent;
    if (getrusage(RUSAGE_CHILDREN, &spent) < 0) return 0;
    int64_t seconds = (int64_t)spent.ru_utime.tv_sec + spent.ru_stime.tv_sec;
    return (seconds * 1000000 + spent.ru_utime.tv_usec + spent.ru_stime.tv_usec) * 1000;
}

int linux_fork(void) { return fork(); }

int linux_tcp_path(int fd, struct linux_tcp_path *path) {
    struct tcp_info info;
    socklen_t size = sizeof info;
    memset(&info, 0, sizeof info);
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0) return -1;
    path->round_trip = info.tcpi_rtt;
    path->window = info.tcpi_snd_cwnd;
    path->threshold = info.tcpi_snd_ssthresh;
    path->packet = info.tcpi_pmtu;
    path->segments = info.tcpi_segs_out;
    path->retransmits = info.tcpi_total_retrans;
    path->busy = info.tcpi_busy_time;
    path->receiver_limited = info.tcpi_rwnd_limited;
    path->buffer_limited = info.tcpi_sndbuf_limited;
    return 0;
}
