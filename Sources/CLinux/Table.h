// Lists our open descriptors, for kernels without close_range(2). Only system calls: it runs after
// vfork(2).
#pragma once

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

struct table_entry {
    uint64_t inode;
    int64_t offset;
    unsigned short length;
    unsigned char type;
    char name[];
};

// Does something with each descriptor from `first` to `last`.
static inline void each_descriptor(unsigned first, unsigned last, void (*act)(int)) {
    _Alignas(struct table_entry) char room[2048];
    int folder = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0) {
        for (long count; (count = syscall(SYS_getdents64, folder, room, sizeof room)) > 0;)
            for (char *at = room; at < room + count; at += ((struct table_entry *)at)->length) {
                const char *name = ((struct table_entry *)at)->name;
                unsigned number = (unsigned)atoi(name);
                if (name[0] == '.' || number < first || number > last) continue;
                if ((int)number != folder) act((int)number);
            }
        close(folder);
        return;
    }
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur > 1 << 20) limit.rlim_cur = 1 << 20;
    for (unsigned number = first; number <= last && number < limit.rlim_cur; number++) act((int)number);
}
