#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "CLinux.h"

#include <dirent.h>
#include <ifaddrs.h>
#include <linux/capability.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// The kernel, call by call

int linux_errno(void) { return errno; }

const char *linux_strerror(int code) { return strerror(code); }

char **linux_environment(void) { extern char **environ; return environ; }

int linux_open(const char *path, int flags, int mode) {
    return open(path, flags | O_CLOEXEC, mode);
}

int linux_close(int fd) { return close(fd); }

ssize_t linux_read(int fd, void *bytes, size_t count) {
    return read(fd, bytes, count);
}

ssize_t linux_write(int fd, const void *bytes, size_t count) {
    return write(fd, bytes, count);
}

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

ssize_t linux_send_file(int from, int to, size_t count) {
    return sendfile(to, from, NULL, count);
}

int linux_socket_pair(int fds[2], int buffer_bytes) {
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0) return -1;
    // What the kernel does not grant is only slower.
    for (int i = 0; i < 2; i++)
        if (setsockopt(fds[i], SOL_SOCKET, SO_SNDBUFFORCE, &buffer_bytes, sizeof buffer_bytes) < 0)
            setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &buffer_bytes, sizeof buffer_bytes);
    return 0;
}

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

ssize_t linux_send_nowait(int fd, const void *bytes, size_t count) {
    return send(fd, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL);
}

ssize_t linux_receive_nowait(int fd, void *bytes, size_t count) {
    return recv(fd, bytes, count, MSG_DONTWAIT);
}

int linux_pipe(int fds[2]) { return pipe2(fds, O_CLOEXEC); }

int linux_duplicate(int fd) { return fcntl(fd, F_DUPFD_CLOEXEC, 3); }

int linux_replace(int fd, int target) { return dup2(fd, target); }

int linux_get_flags(int fd) { return fcntl(fd, F_GETFL); }

int linux_set_flags(int fd, int flags) { return fcntl(fd, F_SETFL, flags); }

int linux_survives_exec(int fd) { return fcntl(fd, F_GETFD) == 0; }

int linux_is_terminal(int fd) { return isatty(fd); }

int linux_file_format(int fd) {
    struct stat about;
    return fstat(fd, &about) < 0 ? -1 : (int)(about.st_mode & S_IFMT);
}

int linux_is_socket(int fd) {
    struct stat about;
    return fstat(fd, &about) == 0 && S_ISSOCK(about.st_mode);
}

uint64_t linux_inode(int fd) {
    struct stat about;
    return fstat(fd, &about) == 0 ? (uint64_t)about.st_ino : 0;
}

int linux_is_character_device(const char *path) {
    struct stat about;
    return stat(path, &about) == 0 && S_ISCHR(about.st_mode);
}

int64_t linux_inode_of_path(const char *path) {
    struct stat about;
    return stat(path, &about) == 0 ? (int64_t)about.st_ino : -1;
}

ssize_t linux_read_link(const char *path, void *bytes, size_t count) {
    return readlink(path, (char *)bytes, count);
}

int64_t linux_monotonic_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int linux_poll(struct pollfd *fds, size_t count, int64_t nanoseconds) {
    struct timespec limit = {nanoseconds / 1000000000, nanoseconds % 1000000000};
    return ppoll(fds, count, nanoseconds < 0 ? NULL : &limit, NULL);
}

void *linux_map_memory(size_t count) {
    void *start = mmap(NULL, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED) return NULL;
    madvise(start, count, MADV_DONTFORK);
    return start;
}

int linux_unmap_memory(void *start, size_t count) { return munmap(start, count); }

int linux_stream_socket(int is_ipv6) {
    return socket(is_ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

int linux_listen(int fd, int backlog) { return listen(fd, backlog); }

int linux_accept(int fd) {
    return accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

int linux_shutdown_writing(int fd) { return shutdown(fd, SHUT_WR); }

int linux_set_option(int fd, int level, int name, int value) {
    return setsockopt(fd, level, name, &value, sizeof value);
}

int linux_set_linger(int fd, int on) {
    struct linger linger = {on, 0};
    return setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
}

int linux_socket_error(int fd) {
    int error = 0;
    socklen_t size = sizeof error;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 ? errno : error;
}

int linux_kill(int pid, int signal) { return kill(pid, signal); }

void linux_fill_standard_descriptors(void) {
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0) open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
}

void linux_exit(int status) { _exit(status); }

void linux_execute(const char *const *words, const char *const *environment) {
    execvpe(words[0], (char *const *)words, (char *const *)environment);
}

int linux_process(void) { return getpid(); }

int linux_parent_process(void) { return getppid(); }

int linux_become_subreaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1); }

int linux_set_dumpable(int on) { return prctl(PR_SET_DUMPABLE, on); }

int linux_exchange_core_limit(uint64_t wanted, uint64_t *before) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_CORE, &limit) < 0) return -1;
    *before = limit.rlim_cur;
    limit.rlim_cur = wanted > limit.rlim_max ? limit.rlim_max : wanted;
    return setrlimit(RLIMIT_CORE, &limit);
}

// Sockets

static socklen_t to_socket_address(const struct linux_endpoint *endpoint, struct sockaddr_storage *to) {
    memset(to, 0, sizeof *to);
    if (endpoint->is_ipv6) {
        struct sockaddr_in6 *address = (struct sockaddr_in6 *)to;
        address->sin6_family = AF_INET6;
        address->sin6_port = htons(endpoint->port);
        address->sin6_scope_id = endpoint->scope;
        memcpy(&address->sin6_addr, endpoint->address, 16);
        return sizeof *address;
    }
    struct sockaddr_in *address = (struct sockaddr_in *)to;
    address->sin_family = AF_INET;
    address->sin_port = htons(endpoint->port);
    memcpy(&address->sin_addr, endpoint->address, 4);
    return sizeof *address;
}

static int from_socket_address(const struct sockaddr *from, struct linux_endpoint *endpoint) {
    memset(endpoint, 0, sizeof *endpoint);
    if (from && from->sa_family == AF_INET6) {
        const struct sockaddr_in6 *address = (const struct sockaddr_in6 *)from;
        endpoint->is_ipv6 = 1;
        endpoint->port = ntohs(address->sin6_port);
        endpoint->scope = address->sin6_scope_id;
        memcpy(endpoint->address, &address->sin6_addr, 16);
        return 1;
    }
    if (from && from->sa_family == AF_INET) {
        const struct sockaddr_in *address = (const struct sockaddr_in *)from;
        endpoint->port = ntohs(address->sin_port);
        memcpy(endpoint->address, &address->sin_addr, 4);
        return 1;
    }
    return 0;
}

int linux_connect(int fd, const struct linux_endpoint *endpoint) {
    struct sockaddr_storage address;
    socklen_t size = to_socket_address(endpoint, &address);
    return connect(fd, (struct sockaddr *)&address, size);
}

int linux_disconnect(int fd) {
    struct sockaddr nobody = {.sa_family = AF_UNSPEC};
    return connect(fd, &nobody, sizeof nobody);
}

int linux_bind(int fd, const struct linux_endpoint *endpoint) {
    struct sockaddr_storage address;
    socklen_t size = to_socket_address(endpoint, &address);
    return bind(fd, (struct sockaddr *)&address, size);
}

int linux_local_endpoint(int fd, struct linux_endpoint *endpoint) {
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &size) < 0) return -1;
    return from_socket_address((struct sockaddr *)&address, endpoint) ? 0 : -1;
}

int linux_peer_endpoint(int fd, struct linux_endpoint *endpoint) {
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    if (getpeername(fd, (struct sockaddr *)&address, &size) < 0) return -1;
    return from_socket_address((struct sockaddr *)&address, endpoint) ? 0 : -1;
}

int linux_interface_addresses(struct linux_endpoint *found, int count) {
    struct ifaddrs *all;
    if (getifaddrs(&all) < 0) return -1;
    int total = 0;
    for (struct ifaddrs *one = all; one; one = one->ifa_next)
        if ((one->ifa_flags & IFF_UP) && total < count)
            total += from_socket_address(one->ifa_addr, &found[total]);
    freeifaddrs(all);
    return total;
}

int linux_resolve(const char *host, struct linux_endpoint *found, int count) {
    struct addrinfo wanted = {.ai_socktype = SOCK_STREAM}, *all;
    int failure = getaddrinfo(host, NULL, &wanted, &all);
    if (failure) return failure < 0 ? failure : -failure;
    int total = 0;
    for (struct addrinfo *one = all; one; one = one->ai_next)
        if (total < count) total += from_socket_address(one->ai_addr, &found[total]);
    freeaddrinfo(all);
    return total;
}

int linux_congestion_control(int fd, char name[16]) {
    socklen_t size = 16;
    memset(name, 0, 16);
    return getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &size);
}

int linux_set_deferred_accept(int fd, int seconds) {
    return linux_set_option(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, seconds);
}

int linux_only_ipv6(int fd) { return linux_set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1); }

int linux_set_maximum_segment(int fd, int bytes) {
    return linux_set_option(fd, IPPROTO_TCP, TCP_MAXSEG, bytes);
}

int linux_set_keepalive(int fd, int idle, int interval, int count) {
    if (linux_set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1) < 0) return -1;
    if (linux_set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, idle) < 0) return -1;
    if (linux_set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, interval) < 0) return -1;
    return linux_set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, count);
}

int linux_set_pacing_rate(int fd, uint64_t bytes_per_second) {
    return setsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE, &bytes_per_second, sizeof bytes_per_second);
}

int linux_unread_bytes(int fd) {
    int bytes = 0;
    return ioctl(fd, SIOCINQ, &bytes) < 0 ? -1 : bytes;
}

int linux_tcp_counters(int fd, struct linux_tcp_counters *counters) {
    struct tcp_info info;
    socklen_t size = sizeof info;
    memset(&info, 0, sizeof info);
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0) return -1;
#define RETURNED(field) \
    (size >= offsetof(struct tcp_info, field) + sizeof info.field ? (int64_t)info.field : -1)
    counters->state = info.tcpi_state;
    counters->acked = RETURNED(tcpi_bytes_acked);
    counters->received = RETURNED(tcpi_bytes_received);
    counters->sent = RETURNED(tcpi_bytes_sent);
    counters->retransmitted = RETURNED(tcpi_bytes_retrans);
    counters->not_sent = RETURNED(tcpi_notsent_bytes);
    counters->busy_microseconds = RETURNED(tcpi_busy_time);
    counters->receiver_limited_microseconds = RETURNED(tcpi_rwnd_limited);
    counters->send_buffer_limited_microseconds = RETURNED(tcpi_sndbuf_limited);
    counters->send_window = RETURNED(tcpi_snd_wnd);
    counters->round_trip_microseconds = RETURNED(tcpi_rtt);
    counters->segment_size = RETURNED(tcpi_snd_mss);
    counters->total_retransmits = RETURNED(tcpi_total_retrans);
    counters->last_ack_milliseconds = RETURNED(tcpi_last_ack_recv);
    counters->last_data_milliseconds = RETURNED(tcpi_last_data_recv);
    counters->backoff = info.tcpi_backoff;
#undef RETURNED
    return 0;
}

// Signals: bit N-1 of a set stands for signal N.

static void to_set(uint64_t signals, sigset_t *set) {
    sigemptyset(set);
    for (int number = 1; number <= 64; number++)
        if (signals >> (number - 1) & 1) sigaddset(set, number);
}

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

int linux_next_signal(int fd) {
    struct signalfd_siginfo info;
    return read(fd, &info, sizeof info) == sizeof info ? (int)info.ssi_signo : 0;
}

void linux_ignore_signal(int number) { signal(number, SIG_IGN); }
void linux_default_signal(int number) { signal(number, SIG_DFL); }

void linux_die_by_signal(int number) {
    sigset_t set;
    // The shell should see the signal, not find our core file.
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    signal(number, SIG_DFL);
    sigemptyset(&set);
    sigaddset(&set, number);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    kill(getpid(), number);
    _exit(128 + number);
}

// Processes

static void close_on_exec_from(int first) {
#ifdef SYS_close_range
    if (syscall(SYS_close_range, first, ~0u, 4u /* CLOSE_RANGE_CLOEXEC */) == 0) return;
#endif
    for (int fd = first; fd < 4096; fd++) fcntl(fd, F_SETFD, FD_CLOEXEC);
}

// Runs in the child, which shares our memory until it has executed: only system calls here.
static void tell_guard(const struct linux_spawn *order, int kind, int pid) {
    struct linux_guard_word word = {kind, pid};
    // Where the guard itself was killed there is nobody to be told.
    if (order->guard >= 0 && write(order->guard, &word, sizeof word) < 0) return;
}

static const int stops[] = {SIGTSTP, SIGTTIN, SIGTTOU};
enum { stop_count = sizeof stops / sizeof *stops };

static void take_no_notice(int number) { (void)number; }

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
    // While we are stopped our parent waits for us to execute, where no stop reaches it: a job that
    // no shell sees stop. A handler lasts until we execute.
    for (int i = 0; i < stop_count; i++)
        if (!(order->ignored >> (stops[i] - 1) & 1)) signal(stops[i], take_no_notice);
    sigset_t blocked;
    to_set(order->blocked, &blocked);
    sigprocmask(SIG_SETMASK, &blocked, NULL);
    tell_guard(order, linux_guard_process, getpid());
    execvpe(order->words[0], (char *const *)order->words, (char *const *)order->environment);
failed:
    *failure = errno;
    _exit(127);
}

// The child may have taken no notice of a stop that is waiting for us as well. One stop too many
// is none: what continues a process forgets them.
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
    // No signal may run a handler of ours in the child while it borrows our memory.
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
            kill(pids[i], SIGSTOP);
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

void linux_yield(void) {
    sched_yield();
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

#ifdef EMBEDDED_MUSL
#include <sys/random.h>

// Swift's hashing seeds itself with it; musl has none.
void arc4random_buf(void *bytes, size_t count) {
    while (count > 0) {
        ssize_t got = getrandom(bytes, count, 0);
        if (got < 0 && errno != EINTR) abort();
        if (got > 0) {
            bytes = (char *)bytes + got;
            count -= (size_t)got;
        }
    }
}

// libsodium.a was built against glibc's fortified headers.
void __explicit_bzero_chk(void *bytes, size_t count, size_t room) {
    (void)room;
    explicit_bzero(bytes, count);
}
#endif
