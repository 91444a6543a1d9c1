#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "CLinux.h"

#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int linux_local_socket(void) {
    return socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

// A name that begins with NUL is in no folder; its length tells where it ends.
static socklen_t to_abstract(const char *name, struct sockaddr_un *to) {
    memset(to, 0, sizeof *to);
    to->sun_family = AF_UNIX;
    size_t length = strnlen(name, sizeof to->sun_path - 1);
    memcpy(to->sun_path + 1, name, length);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length);
}

int linux_bind_abstract(int fd, const char *name) {
    struct sockaddr_un address;
    socklen_t size = to_abstract(name, &address);
    return bind(fd, (struct sockaddr *)&address, size);
}

int linux_connect_abstract(int fd, const char *name) {
    struct sockaddr_un address;
    socklen_t size = to_abstract(name, &address);
    return connect(fd, (struct sockaddr *)&address, size);
}

int64_t linux_peer_user(int fd) {
    struct ucred peer;
    socklen_t size = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 ? -1 : (int64_t)peer.uid;
}

enum { most_parcels = 4 };

ssize_t linux_send_parcel(int fd, const void *bytes, size_t count, const int *fds, int fd_count) {
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(most_parcels * sizeof(int))];
    } control;
    struct iovec part = {(void *)bytes, count};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (fd_count < 0 || fd_count > most_parcels) {
        errno = EINVAL;
        return -1;
    }
    if (fd_count > 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
        struct cmsghdr *head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(fd_count * sizeof(int));
        memcpy(CMSG_DATA(head), fds, fd_count * sizeof(int));
    }
    return sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

ssize_t linux_receive_parcel(int fd, void *bytes, size_t room, int *fds, int *fd_count) {
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(most_parcels * sizeof(int))];
    } control;
    struct iovec part = {bytes, room};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control};
    // Exactly as long: the kernel closes what has no room.
    message.msg_controllen = CMSG_LEN(most_parcels * sizeof(int));
    *fd_count = 0;
    ssize_t got = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (got < 0) return -1;
    for (struct cmsghdr *head = CMSG_FIRSTHDR(&message); head; head = CMSG_NXTHDR(&message, head)) {
        if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) continue;
        int count = (int)((head->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        memcpy(fds, CMSG_DATA(head), count * sizeof(int));
        *fd_count = count;
    }
    // A message that was cut is none.
    if (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
        for (int i = 0; i < *fd_count; i++) close(fds[i]);
        *fd_count = 0;
        errno = EMSGSIZE;
        return -1;
    }
    return got;
}

int linux_forget_parent(void) { return prctl(PR_SET_PDEATHSIG, 0); }
