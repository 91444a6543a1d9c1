#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "CLinux.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <unistd.h>

static void fill(struct linux_tcp_counters *counters, const struct tcp_info *info, size_t size) {
#define RETURNED(field) \
    (size >= offsetof(struct tcp_info, field) + sizeof info->field ? (int64_t)info->field : -1)
    counters->state = info->tcpi_state;
    counters->acked = RETURNED(tcpi_bytes_acked);
    counters->received = RETURNED(tcpi_bytes_received);
    counters->sent = RETURNED(tcpi_bytes_sent);
    counters->retransmitted = RETURNED(tcpi_bytes_retrans);
    counters->not_sent = RETURNED(tcpi_notsent_bytes);
    counters->busy_microseconds = RETURNED(tcpi_busy_time);
    counters->receiver_limited_microseconds = RETURNED(tcpi_rwnd_limited);
    counters->send_buffer_limited_microseconds = RETURNED(tcpi_sndbuf_limited);
    counters->round_trip_microseconds = RETURNED(tcpi_rtt);
    counters->segment_size = RETURNED(tcpi_snd_mss);
    counters->total_retransmits = RETURNED(tcpi_total_retrans);
    counters->last_ack_milliseconds = RETURNED(tcpi_last_ack_recv);
    counters->last_data_milliseconds = RETURNED(tcpi_last_data_recv);
    counters->backoff = info->tcpi_backoff;
    counters->unacknowledged_segments = info->tcpi_unacked;
    counters->probes = info->tcpi_probes;
    counters->peer_window = RETURNED(tcpi_snd_wnd);
#undef RETURNED
}

int linux_tcp_counters(int fd, struct linux_tcp_counters *counters) {
    struct tcp_info info;
    socklen_t size = sizeof info;
    memset(&info, 0, sizeof info);
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0) return -1;
    fill(counters, &info, size);
    counters->unacknowledged = linux_unacknowledged_bytes(fd);
    return 0;
}

int linux_identify_tcp(int fd, struct linux_tcp_identity *identity) {
    struct sockaddr_storage own, peer;
    socklen_t own_size = sizeof own, peer_size = sizeof peer, cookie_size = sizeof identity->cookie;
    memset(identity, 0, sizeof *identity);
    if (getsockname(fd, (struct sockaddr *)&own, &own_size) < 0) return -1;
    if (getpeername(fd, (struct sockaddr *)&peer, &peer_size) < 0) return -1;
    if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &identity->cookie, &cookie_size) < 0) return -1;
    identity->family = own.ss_family;
    if (own.ss_family == AF_INET) {
        const struct sockaddr_in *from = (void *)&own, *to = (void *)&peer;
        memcpy(identity->source, &from->sin_addr, sizeof from->sin_addr);
        memcpy(identity->target, &to->sin_addr, sizeof to->sin_addr);
        identity->source_port = from->sin_port, identity->target_port = to->sin_port;
    } else {
        const struct sockaddr_in6 *from = (void *)&own, *to = (void *)&peer;
        memcpy(identity->source, &from->sin6_addr, sizeof from->sin6_addr);
        memcpy(identity->target, &to->sin6_addr, sizeof to->sin6_addr);
        identity->source_port = from->sin6_port, identity->target_port = to->sin6_port;
        identity->interface = from->sin6_scope_id;
    }
    return 0;
}

static int ask(int fd, const struct linux_tcp_identity *identity) {
    struct {
        struct nlmsghdr head;
        struct inet_diag_req_v2 body;
    } request;
    memset(&request, 0, sizeof request);
    request.head.nlmsg_len = sizeof request;
    request.head.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    request.head.nlmsg_flags = NLM_F_REQUEST;
    request.body.sdiag_family = (uint8_t)identity->family;
    request.body.sdiag_protocol = IPPROTO_TCP;
    request.body.idiag_ext = 1 << (INET_DIAG_INFO - 1);
    request.body.idiag_states = ~0u;
    request.body.id.idiag_sport = identity->source_port;
    request.body.id.idiag_dport = identity->target_port;
    memcpy(request.body.id.idiag_src, identity->source, sizeof identity->source);
    memcpy(request.body.id.idiag_dst, identity->target, sizeof identity->target);
    request.body.id.idiag_if = identity->interface;
    memcpy(request.body.id.idiag_cookie, &identity->cookie, sizeof identity->cookie);
    return send(fd, &request, sizeof request, 0) == sizeof request ? 0 : -1;
}

static int understand(char *answer, ssize_t size, struct linux_tcp_counters *counters, uint64_t *inode) {
    struct nlmsghdr *head = (void *)answer;
    if (!NLMSG_OK(head, size)) return errno = EPROTO, -1;
    if (head->nlmsg_type == NLMSG_ERROR) {
        errno = -((struct nlmsgerr *)NLMSG_DATA(head))->error;
        return -1;
    }
    struct inet_diag_msg *found = NLMSG_DATA(head);
    int length = (int)(head->nlmsg_len - NLMSG_LENGTH(sizeof *found));
    struct tcp_info info;
    size_t given = 0;
    memset(&info, 0, sizeof info);
    for (struct rtattr *one = (struct rtattr *)(found + 1); RTA_OK(one, length); one = RTA_NEXT(one, length)) {
        if (one->rta_type != INET_DIAG_INFO) continue;
        given = RTA_PAYLOAD(one) < sizeof info ? RTA_PAYLOAD(one) : sizeof info;
        memcpy(&info, RTA_DATA(one), given);
    }
    info.tcpi_state = found->idiag_state;
    fill(counters, &info, given);
    counters->unacknowledged = found->idiag_wqueue;
    *inode = found->idiag_inode;
    return given > 0 ? 0 : (errno = ENOENT, -1);
}

int linux_tcp_counters_of(const struct linux_tcp_identity *identity, struct linux_tcp_counters *counters,
                          uint64_t *inode) {
    _Alignas(struct nlmsghdr) char answer[4096];
    int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (fd < 0) return -1;
    int result = ask(fd, identity);
    ssize_t size = result < 0 ? -1 : recv(fd, answer, sizeof answer, 0);
    int error = errno;
    close(fd);
    errno = error;
    return size < 0 ? -1 : understand(answer, size, counters, inode);
}
