// The calls that the Glibc module hides or imports differently with musl, in one spelling for both.
// The functions return the kernel's result: -1 with errno, or a value. No policy lives here.
#pragma once

// First, so that no feature macro makes these headers differ from module Glibc's.
#include <features.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>

// Errors and the environment

int linux_errno(void);
const char *linux_strerror(int code);
char **linux_environment(void);

// Descriptors

int linux_open(const char *path, int flags, int mode);
int linux_close(int fd);
ssize_t linux_read(int fd, void *bytes, size_t count);
ssize_t linux_write(int fd, const void *bytes, size_t count);
// A write that never blocks, whatever the description's flags are; EOPNOTSUPP if it cannot do that.
ssize_t linux_write_nowait(int fd, const void *bytes, size_t count);
ssize_t linux_send_nowait(int fd, const void *bytes, size_t count);
ssize_t linux_receive_nowait(int fd, void *bytes, size_t count);
int linux_pipe(int fds[2]);
int linux_duplicate(int fd);
int linux_replace(int fd, int target);
int linux_get_flags(int fd);
int linux_set_flags(int fd, int flags);
int linux_survives_exec(int fd);
int linux_set_close_on_exec(int fd, int on);
static const int linux_access_mode = O_ACCMODE;
int linux_is_terminal(int fd);
int linux_is_tape(int fd);
// What MTIOCGET tells of a drive and its tape; the block size is 0 in variable-block mode.
struct linux_tape {
    int64_t block_size;
    int is_protected, is_empty, is_at_beginning, is_at_end;
};
int linux_tape_state(int fd, struct linux_tape *tape);
int linux_tape_operation(int fd, int operation, int count);
extern const int linux_tape_mark, linux_tape_rewind, linux_tape_back;
// Whether the device rewinds the tape whenever it is closed.
int linux_tape_rewinds(int fd);
int linux_terminal_columns(int fd);
// The S_IFMT part of the file's mode; -1 with errno.
int linux_file_format(int fd);
// The same for a path.
int linux_format_of_path(const char *path);
// It does not open the path: that would rewind a tape.
int linux_is_character_device(const char *path);
int linux_owner_and_mode(int fd, uint32_t *owner, uint32_t *mode);
static const int linux_longest_path = 4096;
int linux_remove(const char *path);
int linux_rename(const char *from, const char *to);
int linux_truncate(int fd, int64_t length);
uint64_t linux_inode(int fd);
uint64_t linux_device(int fd);
int64_t linux_inode_of_path(const char *path);
// Both move the offset of the open file description, and return the new one.
int64_t linux_seek_by(int fd, int64_t bytes);
int64_t linux_seek_to(int fd, int64_t position);
int64_t linux_file_size(int fd);
// Whether the file system has blocks; those of the kernel's own files have none. -1 with errno.
int linux_has_blocks(int fd);
ssize_t linux_read_link(const char *path, void *bytes, size_t count);

// Moving bytes inside the kernel

// Never waits for a pipe; a socket waits unless it is O_NONBLOCK.
ssize_t linux_splice(int from, int to, size_t count);
// Never waits; both are pipes.
ssize_t linux_tee(int from, int to, size_t count);
ssize_t linux_send_file(int from, int to, size_t count);
// A read that never waits, whatever the description's flags are; EOPNOTSUPP if it cannot do that.
ssize_t linux_read_nowait(int fd, void *bytes, size_t count);
int linux_socket_pair(int fds[2], int buffer_bytes);
int linux_page_size(void);
int linux_pipe_capacity(int fd);
// Whether we have CAP_SYS_ADMIN or CAP_SYS_RESOURCE.
int linux_passes_pipe_limits(void);
int linux_set_pipe_capacity(int fd, int bytes);
// Bytes in a pipe or at its end of a socket; -1 with errno.
int linux_queued_bytes(int fd);

// Measuring a path

// A file without a name, in memory.
int linux_memory_file(void);
// Sends the first bytes of a file, whatever its offset.
ssize_t linux_send_start(int file, int to, size_t count);
// Takes at most so many bytes and drops them, in the kernel if it is a TCP socket. Only a socket need
// not wait.
ssize_t linux_discard(int fd, size_t count, int waits);
// How many bytes must have come before a socket counts as readable.
int linux_set_least_read(int fd, int bytes);
// The processor time of another process, or of our children that we waited for; -1 with errno.
int64_t linux_processor_nanoseconds_of(int pid);
int64_t linux_children_nanoseconds(void);
int linux_fork(void);
// TCP_INFO, of the sending side: times in microseconds, the window and its threshold in segments.
struct linux_tcp_path {
    int64_t round_trip, window, threshold, packet, segments, retransmits;
    int64_t busy, receiver_limited, buffer_limited;
};
int linux_tcp_path(int fd, struct linux_tcp_path *path);

// Memory: pages of zeros that a fork does not copy; NULL with errno.

void *linux_map_memory(size_t count);
int linux_unmap_memory(void *start, size_t count);

// Time and waiting

int64_t linux_monotonic_nanoseconds(void);
// The processor time that this process has used.
// Watches a folder for files that are written or renamed into it.
int linux_watch_folder(const char *path);
// Takes all news; whether one is of this name, or some were dropped.
int linux_take_changes(int fd, const char *name);
int64_t linux_wall_nanoseconds(void);
int64_t linux_processor_nanoseconds(void);
int linux_poll(struct pollfd *fds, size_t count, int64_t nanoseconds);

// Sockets: an address is 16 bytes (IPv4 in the first four), a port in host order and a scope.

struct linux_endpoint {
    int is_ipv6;
    uint8_t address[16];
    uint32_t scope;
    uint16_t port;
};
int linux_connect(int fd, const struct linux_endpoint *endpoint);
int linux_disconnect(int fd);
int linux_bind(int fd, const struct linux_endpoint *endpoint);
int linux_local_endpoint(int fd, struct linux_endpoint *endpoint);
int linux_peer_endpoint(int fd, struct linux_endpoint *endpoint);
// `inet_pton` and `inet_ntop`; an IPv6 address has 16 bytes and its text at most 46.
int linux_read_address(const char *text, int is_ipv6, uint8_t *bytes);
int linux_write_address(const uint8_t *bytes, int is_ipv6, char *text, int size);

// An address of an interface: how many bits of it name its network, and the interface's own name.
struct linux_interface_address {
    struct linux_endpoint endpoint;
    int prefix;
    char name[16];
};

// Both return the number of entries filled, at most `count`; or -1, or a negative getaddrinfo code.
int linux_interface_addresses(struct linux_interface_address *found, int count);
// For names it asks only /etc/hosts and the name servers.
int linux_resolve(const char *host, int only_numbers, struct linux_endpoint *found, int count);

int linux_stream_socket(int is_ipv6);
int linux_listen(int fd, int backlog);
int linux_accept(int fd);
int linux_shutdown_writing(int fd);
int linux_shutdown_reading(int fd);
int linux_drop_everything(int fd);
int linux_set_option(int fd, int level, int name, int value);
// The value of the option; -1 with errno.
int linux_option(int fd, int level, int name);
int linux_set_linger(int fd, int on);
int linux_socket_error(int fd);
int linux_congestion_control(int fd, char name[16]);
int linux_set_congestion_control(int fd, const char *name);
int linux_set_code_point(int fd, int code_point);
int linux_code_point(int fd);
int linux_set_deferred_accept(int fd, int seconds);
int linux_only_ipv6(int fd);
int linux_set_maximum_segment(int fd, int bytes);
int linux_set_keepalive(int fd, int idle, int interval, int count);
int linux_set_pacing_rate(int fd, uint64_t bytes_per_second);
int linux_set_inline_urgent(int fd);
int linux_is_at_mark(int fd);
// The number of bytes that a read of one byte would return; it takes none.
ssize_t linux_peek(int fd);
int linux_unread_bytes(int fd);
int linux_set_linger_after_close(int fd, int seconds);

// Sends a delayed acknowledgement at once.
int linux_acknowledge(int fd);

// The number of bytes written but not acknowledged yet, or -1.
int linux_unacknowledged_bytes(int fd);

// How full the receive buffer is, or the send buffer, in thousandths; -1 if the kernel does not say.
int linux_buffer_fill(int fd, int is_receiving);

// TCP_INFO; the fields that this kernel does not return are -1.
struct linux_tcp_counters {
    int state;
    int64_t acked, received, sent, retransmitted, not_sent, unacknowledged;
    int64_t busy_microseconds, receiver_limited_microseconds, send_buffer_limited_microseconds;
    int64_t round_trip_microseconds, segment_size, total_retransmits;
    int64_t last_ack_milliseconds, last_data_milliseconds, backoff;
    int64_t unacknowledged_segments, probes, peer_window;
};
int linux_tcp_counters(int fd, struct linux_tcp_counters *counters);
// The name of a connection, valid while the kernel knows it, whichever process has it open.
struct linux_tcp_identity {
    int family;
    uint16_t source_port, target_port;  // In network order, like the addresses.
    uint32_t source[4], target[4], interface;
    uint64_t cookie;
};
int linux_identify_tcp(int fd, struct linux_tcp_identity *identity);
// The counters of a connection, perhaps without a descriptor of ours (sock_diag(7)), and its inode, 0 if
// no process has it open. -1 with ENOENT if there is no such connection, or only its TIME_WAIT.
int linux_tcp_counters_of(const struct linux_tcp_identity *identity, struct linux_tcp_counters *counters,
                          uint64_t *inode);

// Local sockets, by names without a file: each message has up to four descriptors. None of them waits.

int linux_local_socket(void);
int linux_bind_abstract(int fd, const char *name);
int linux_connect_abstract(int fd, const char *name);
// The effective user of the process that connected, or that listened; -1 with errno.
int64_t linux_peer_user(int fd);
ssize_t linux_send_parcel(int fd, const void *bytes, size_t count, const int *fds, int fd_count);
// `fds` has room for four; they are close-on-exec. -1 with EMSGSIZE if the message is larger.
ssize_t linux_receive_parcel(int fd, void *bytes, size_t room, int *fds, int *fd_count);

// Signals

void linux_inherited_signals(uint64_t *blocked, uint64_t *ignored);
int linux_signal_descriptor(uint64_t signals);
// Blocks these signals and no others.
void linux_block_signals(uint64_t signals);
int linux_next_signal(int fd);
void linux_ignore_signal(int signal);
void linux_default_signal(int signal);
void linux_die_by_signal(int signal);
int linux_kill(int pid, int signal);
// A descriptor of the process, which stays valid if another gets its number; close-on-exec.
int linux_open_process(int pid);
int linux_signal_process(int process, int signal);

// Processes

struct linux_spawn {
    const char *const *words;
    const char *const *environment;
    int descriptors[3];       // They become 0, 1 and 2; -1 keeps the inherited one.
    int group;                // The process group to join; 0 keeps ours.
    int own_session, only_standard_descriptors;
    int parent_death_signal;  // 0: none
    int guard;                // The guard's pipe, to tell it before the command runs; -1: none
    uint64_t blocked, ignored;
};
// The child's pid, or minus the errno that kept it from running.
int linux_spawn(const struct linux_spawn *order);
// A message to a guard; `value` is a pid or a descriptor.
struct linux_guard_word {
    int kind, value;
};
static const int linux_guard_process = 1;  // Kill it with its descendants.
static const int linux_guard_ended = 2;    // That process has ended.
static const int linux_guard_close = 3;    // Close that descriptor.
struct linux_guard_order {
    int reader;                // Of a pipe: when its other end closes, we are dead.
    const int *kept;           // Descriptors to keep open until then, in rising order.
    int kept_count;
    const char *const *files;  // Streams, named as in /proc/PID/fd: kill their holders as well,
    int file_count;            // except those that are older than the guard.
    const char *variable;      // NAME=VALUE: kill orphans of our session that have it.
};
// Starts a process that leads its own group. When we are dead it kills that group, the processes it
// knows of, and the orphans they left. Its pid, or -1 with errno.
int linux_start_guard(const struct linux_guard_order *order);
// Starts a process that copies from a pipe, until no process can write to it any more.
int linux_pass_on(int source, int target);
// Waits for the child's end; its wait status, or -1 with errno.
int linux_await(int pid);
// The pid of a child that ended (stopped: 1 if it only stopped), 0 if none did, -1 with errno.
int linux_reap(int *status, int *stopped);
void linux_yield(void);

// The words of the command line, read without /proc; 0 if the C library does not pass them on.
int linux_word_count(void);
char **linux_words(void);
void linux_fill_standard_descriptors(void);
uint32_t linux_user(void);
void linux_exit(int status) __attribute__((noreturn));
void linux_execute(const char *const *words, const char *const *environment);
// The first bytes of an executable program, as far as it is readable; or minus the errno that
// execve would return.
int linux_head_of_program(const char *path, void *bytes, int size);
int linux_process(void);
// The number of files that this process may have open; INT_MAX without a limit.
int linux_open_file_limit(void);
int linux_parent_process(void);
int linux_become_subreaper(void);
// The end of our parent sends us no signal any more.
int linux_forget_parent(void);
// The name of this process in /proc and ps: its first 15 bytes.
void linux_set_name(const char *name);
// The old value; -1 with errno.
int linux_exchange_dumpable(int wanted);
int linux_exchange_core_limit(uint64_t wanted, uint64_t *before);
// The result of a look at one process for a file; a larger number outweighs a smaller one.
static const int linux_sight_gone = 0;       // Nothing of it will run any more.
static const int linux_sight_free = 1;       // It does not have it.
static const int linux_sight_unseen = 2;     // We may not inspect it.
static const int linux_sight_unsettled = 3;  // The look was inconclusive.
static const int linux_sight_holds = 4;
// Looks for a file, named like the links in /proc/PID/fd, in the tables of all threads and in
// rings; with `in_flight` any descriptor under way in one of its Unix sockets counts as well.
int linux_sight(int pid, const char *name, int in_flight);
// Whether nothing of a process runs any more: it is exiting, waits for its parent, or is gone.
int linux_process_ends(int pid);
// The numeric entries of a directory (process, task and descriptor numbers); -1 with errno.
int linux_numeric_entries(const char *path, int *numbers, int count);

static const int linux_open_reading = O_RDONLY;
static const int linux_open_reading_and_writing = O_RDWR;
static const int linux_open_writing = O_WRONLY | O_NOCTTY;
static const int linux_open_writing_new = O_WRONLY | O_CREAT | O_TRUNC;
static const int linux_open_writing_kept = O_WRONLY | O_CREAT | O_NOCTTY;
static const int linux_open_writing_own = O_WRONLY | O_CREAT | O_EXCL | O_NOCTTY;
static const int linux_open_writing_unblocked = O_WRONLY | O_NONBLOCK | O_NOCTTY;
#ifdef __O_DIRECT
static const int linux_direct = __O_DIRECT;
#else
static const int linux_direct = O_DIRECT;
#endif
static const int linux_nonblocking = O_NONBLOCK;
static const int linux_appending = O_APPEND;
static const int linux_open_reading_unblocked = O_RDONLY | O_NONBLOCK | O_NOCTTY;
static const int linux_format_pipe = S_IFIFO;
static const int linux_format_socket = S_IFSOCK;
static const int linux_format_regular = S_IFREG;
static const int linux_format_directory = S_IFDIR;
static const int linux_format_block_device = S_IFBLK;
static const short linux_poll_reading = POLLIN;
static const short linux_poll_writing = POLLOUT;
static const short linux_poll_error = POLLERR;
static const short linux_poll_hang_up = POLLHUP;
