#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "CLinux.h"

#include <stdbool.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

int linux_errno(void) { return errno; }

const char *linux_strerror(int code) { return strerror(code); }

char **linux_environment(void) { extern char **environ; return environ; }

int64_t linux_monotonic_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int linux_watch_folder(const char *path) {
    int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (fd < 0) return -1;
    if (inotify_add_watch(fd, path, IN_CLOSE_WRITE | IN_MOVED_TO | IN_ONLYDIR) >= 0) return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

int linux_take_changes(int fd, const char *name) {
    _Alignas(struct inotify_event) char news[4096];
    int found = 0;
    ssize_t count;
    while ((count = read(fd, news, sizeof news)) > 0) {
        for (char *next = news; next < news + count;) {
            struct inotify_event *event = (struct inotify_event *)next;
            bool is_named = event->len > 0 && strcmp(event->name, name) == 0;
            if (is_named || event->mask & IN_Q_OVERFLOW) found = 1;
            next += sizeof *event + event->len;
        }
    }
    return found;
}

int64_t linux_wall_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t linux_processor_nanoseconds(void) {
    struct timespec spent;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
    return (int64_t)spent.tv_sec * 1000000000 + spent.tv_nsec;
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
