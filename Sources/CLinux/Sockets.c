#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "CLinux.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/filter.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <net/if.h>
#include <netdb.h>
#ifdef __GLIBC__
#include <nss.h>
#endif
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <unistd.h>

ssize_t linux_send_nowait(int fd, const void *bytes, size_t count) {
    return send(fd, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL);
}

ssize_t linux_receive_nowait(int fd, void *bytes, size_t count) {
    return recv(fd, bytes, count, MSG_DONTWAIT);
}

int linux_stream_socket(int is_ipv6) {
    return socket(is_ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

int linux_listen(int fd, int backlog) { return listen(fd, backlog); }

int linux_accept(int fd) {
    return accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

int linux_shutdown_writing(int fd) { return shutdown(fd, SHUT_WR); }

int linux_shutdown_reading(int fd) { return shutdown(fd, SHUT_RD); }

int linux_drop_everything(int fd) {
    struct sock_filter none = BPF_STMT(BPF_RET | BPF_K, 0);
    struct sock_fprog program = {1, &none};
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

int linux_set_option(int fd, int level, int name, int value) {
    return setsockopt(fd, level, name, &value, sizeof value);
}

int linux_option(int fd, int level, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    return getsockopt(fd, level, name, &value, &size) < 0 ? -1 : value;
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

// How many bits a mask has; all of the address without one.
static int prefix_of(const struct sockaddr *mask, int is_ipv6) {
    struct linux_endpoint bits;
    if (!mask || !from_socket_address(mask, &bits)) return is_ipv6 ? 128 : 32;
    int total = 0;
    for (size_t i = 0; i < sizeof bits.address; i++) total += __builtin_popcount(bits.address[i]);
    return total;
}

static int note_address(
    const struct sockaddr *address, const struct sockaddr *mask, const char *name,
    struct linux_interface_address *found
) {
    if (!from_socket_address(address, &found->endpoint)) return 0;
    found->prefix = prefix_of(mask, found->endpoint.is_ipv6);
    // An address may have a label, which is the interface's name and more.
    size_t length = strcspn(name, ":");
    memset(found->name, 0, sizeof found->name);
    memcpy(found->name, name, length < sizeof found->name ? length : sizeof found->name - 1);
    return 1;
}

// The IPv4 addresses, by the call that is older than netlink.
static int addresses_without_netlink(struct linux_interface_address *found, int count) {
    struct ifreq requests[256];
    struct ifconf list = {.ifc_len = sizeof requests, .ifc_req = requests};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), total = 0;
    if (fd < 0) return -1;
    if (ioctl(fd, SIOCGIFCONF, &list) < 0) total = -1;
    else
        for (int i = 0; i < (int)(list.ifc_len / sizeof *requests) && total < count; i++) {
            struct ifreq mask = requests[i], flags = requests[i];
            int has_mask = ioctl(fd, SIOCGIFNETMASK, &mask) == 0;
            if (ioctl(fd, SIOCGIFFLAGS, &flags) == 0 && (flags.ifr_flags & IFF_UP))
                total += note_address(
                    &requests[i].ifr_addr, has_mask ? &mask.ifr_netmask : NULL,
                    requests[i].ifr_name, &found[total]);
        }
    close(fd);
    return total;
}

int linux_interface_addresses(struct linux_interface_address *found, int count) {
    struct ifaddrs *all;
    if (getifaddrs(&all) < 0) return addresses_without_netlink(found, count);
    int total = 0;
    for (struct ifaddrs *one = all; one; one = one->ifa_next)
        if ((one->ifa_flags & IFF_UP) && total < count)
            total += note_address(one->ifa_addr, one->ifa_netmask, one->ifa_name, &found[total]);
    freeifaddrs(all);
    return total;
}

int linux_resolve(const char *host, int only_numbers, struct linux_endpoint *found, int count) {
    struct addrinfo wanted = {.ai_socktype = SOCK_STREAM}, *all;
    if (only_numbers) wanted.ai_flags = AI_NUMERICHOST;
#ifdef __GLIBC__
    // In a static program a module of another glibc, or of none, would crash us; files and dns are in
    // the C library itself.
    else __nss_configure_lookup("hosts", "files dns");
#endif
    int failure = getaddrinfo(host, NULL, &wanted, &all);
    if (failure) return failure < 0 ? failure : -failure;
    int total = 0;
    for (struct addrinfo *one = all; one; one = one->ai_next)
        if (total < count) total += from_socket_address(one->ai_addr, &found[total]);
    freeaddrinfo(all);
    return total;
}

int linux_set_congestion_control(int fd, const char *name) {
    return setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, strlen(name));
}

int linux_congestion_control(int fd, char name[16]) {
    socklen_t size = 16;
    memset(name, 0, 16);
    return getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &size);
}

static int is_ipv6(int fd) { return linux_option(fd, SOL_SOCKET, SO_DOMAIN) == AF_INET6; }

// The two lower bits are those of congestion notification.
int linux_set_code_point(int fd, int code_point) {
    if (linux_set_option(fd, IPPROTO_IP, IP_TOS, code_point << 2) < 0) return -1;
    return is_ipv6(fd) ? linux_set_option(fd, IPPROTO_IPV6, IPV6_TCLASS, code_point << 2) : 0;
}

int linux_code_point(int fd) {
    int value = is_ipv6(fd) ? linux_option(fd, IPPROTO_IPV6, IPV6_TCLASS)
                            : linux_option(fd, IPPROTO_IP, IP_TOS);
    return value < 0 ? -1 : value >> 2;
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

int linux_set_inline_urgent(int fd) { return linux_set_option(fd, SOL_SOCKET, SO_OOBINLINE, 1); }

int linux_is_at_mark(int fd) {
    int is_at_mark = 0;
    return ioctl(fd, SIOCATMARK, &is_at_mark) == 0 && is_at_mark;
}

ssize_t linux_peek(int fd) {
    char byte;
    return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
}

int linux_unread_bytes(int fd) {
    int bytes = 0;
    return ioctl(fd, SIOCINQ, &bytes) < 0 ? -1 : bytes;
}

int linux_unacknowledged_bytes(int fd) {
    int bytes = 0;
    return ioctl(fd, SIOCOUTQ, &bytes) < 0 ? -1 : bytes;
}

int linux_set_linger_after_close(int fd, int seconds) {
    return linux_set_option(fd, IPPROTO_TCP, TCP_LINGER2, seconds);
}

int linux_acknowledge(int fd) {
    return linux_set_option(fd, IPPROTO_TCP, TCP_QUICKACK, 1);
}

int linux_buffer_fill(int fd, int is_receiving) {
    uint32_t memory[SK_MEMINFO_VARS];
    socklen_t size = sizeof memory;
    if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memory, &size) < 0) return -1;
    uint64_t used = memory[is_receiving ? SK_MEMINFO_RMEM_ALLOC : SK_MEMINFO_WMEM_QUEUED];
    uint64_t limit = memory[is_receiving ? SK_MEMINFO_RCVBUF : SK_MEMINFO_SNDBUF];
    return limit == 0 ? -1 : (int)(used * 1000 / limit);
}

int linux_read_address(const char *text, int is_ipv6, uint8_t *bytes) {
    return inet_pton(is_ipv6 ? AF_INET6 : AF_INET, text, bytes) == 1 ? 0 : -1;
}

int linux_write_address(const uint8_t *bytes, int is_ipv6, char *text, int size) {
    return inet_ntop(is_ipv6 ? AF_INET6 : AF_INET, bytes, text, (socklen_t)size) == NULL ? -1 : 0;
}
