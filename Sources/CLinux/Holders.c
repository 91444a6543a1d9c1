#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "CLinux.h"

#include <dirent.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

// A descriptor closed, or moved to another number, while we read the table.
enum { moved = -1 };

struct look {
    const char *name;  // As in the link of a descriptor: socket:[INODE], pipe:[INODE].
    int in_flight;     // Whether any descriptor under way in a Unix socket counts as the file.
};

static int by_error(void) {
    if (errno == ENOENT || errno == ESRCH) return linux_sight_gone;
    return errno == EACCES || errno == EPERM ? linux_sight_unseen : linux_sight_unsettled;
}

// A ring has files without descriptors, which it lists only while no thread uses the ring.
static int ring_sight(const char *info, const struct look *look) {
    FILE *file = fopen(info, "re");
    if (!file) return errno == ENOENT ? moved : by_error();
    char line[512];
    int is_whole = 0, sight = linux_sight_free;
    while (sight == linux_sight_free && fgets(line, sizeof line, file)) {
        if (!strncmp(line, "UserFiles:", 10)) is_whole = 1;
        if (strstr(line, look->name)) sight = linux_sight_holds;
    }
    fclose(file);
    return is_whole || sight != linux_sight_free ? sight : linux_sight_unsettled;
}

static int queue_sight(const char *info) {
    FILE *file = fopen(info, "re");
    if (!file) return errno == ENOENT ? moved : by_error();
    char line[512];
    int count = 0;
    while (fgets(line, sizeof line, file) && sscanf(line, "scm_fds: %d", &count) != 1) continue;
    fclose(file);
    return count ? linux_sight_holds : linux_sight_free;
}

static int link_sight(DIR *table, const char *base, const char *number, const struct look *look) {
    char target[64], info[128];
    ssize_t length = readlinkat(dirfd(table), number, target, sizeof target - 1);
    if (length < 0) return errno == ENOENT ? moved : by_error();
    target[length] = 0;
    if (!strcmp(target, look->name)) return linux_sight_holds;
    snprintf(info, sizeof info, "%s/fdinfo/%s", base, number);
    if (!strcmp(target, "anon_inode:[io_uring]")) return ring_sight(info, look);
    if (look->in_flight && !strncmp(target, "socket:[", 8)) return queue_sight(info);
    return linux_sight_free;
}

static int read_table(const char *base, const struct look *look) {
    char path[128];
    snprintf(path, sizeof path, "%s/fd", base);
    DIR *table = opendir(path);
    if (!table) return by_error();
    int sight = linux_sight_free, has_moved = 0;
    struct dirent *entry;
    while (errno = 0, sight == linux_sight_free && (entry = readdir(table))) {
        if (entry->d_name[0] == '.') continue;
        sight = link_sight(table, base, entry->d_name, look);
        if (sight != moved) continue;
        has_moved = 1;
        sight = linux_sight_free;
    }
    if (sight == linux_sight_free && errno) sight = by_error();
    closedir(table);
    return sight == linux_sight_free && has_moved ? moved : sight;
}

// A process that keeps opening and closing files cannot have hidden it from every round.
static int table_sight(const char *base, const struct look *look) {
    for (int round = 0; round < 8; round++) {
        int sight = read_table(base, look);
        if (sight != moved) return sight;
    }
    return linux_sight_free;
}

static int shares_table(int pid, int task) {
#ifdef SYS_kcmp
    return syscall(SYS_kcmp, pid, task, KCMP_FILES, 0, 0) == 0;
#else
    return 0;
#endif
}

// Threads may have their own tables, and that of the first thread goes when the thread ends.
static int tasks_sight(int pid, const struct look *look) {
    char path[128];
    snprintf(path, sizeof path, "/proc/%d/task", pid);
    DIR *tasks = opendir(path);
    if (!tasks) return by_error();
    int worst = linux_sight_free;
    struct dirent *entry;
    while (worst != linux_sight_holds && (entry = readdir(tasks))) {
        int task = atoi(entry->d_name);
        if (task == 0 || task == pid || shares_table(pid, task)) continue;
        snprintf(path, sizeof path, "/proc/%d/task/%d", pid, task);
        int sight = table_sight(path, look);
        if (sight != linux_sight_gone && sight > worst) worst = sight;
    }
    closedir(tasks);
    return worst;
}

// Exiting, ended or gone: it never runs its own code again.
static int task_ends(int pid, int task) {
    char path[64], text[512], state;
    unsigned flags;
    snprintf(path, sizeof path, "/proc/%d/task/%d/stat", pid, task);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return errno == ENOENT;
    ssize_t count = read(fd, text, sizeof text - 1);
    close(fd);
    if (count <= 0) return count < 0 && errno == ESRCH;
    text[count] = 0;
    char *end = strrchr(text, ')');
    if (!end || sscanf(end + 1, " %c %*d %*d %*d %*d %*d %u", &state, &flags) != 2) return 0;
    return state == 'Z' || state == 'X' || (flags & 4 /* PF_EXITING */);
}

int linux_process_ends(int pid) {
    char path[64];
    if (kill(pid, 0) < 0 && errno == ESRCH) return 1;
    snprintf(path, sizeof path, "/proc/%d/task", pid);
    DIR *tasks = opendir(path);
    if (!tasks) return kill(pid, 0) < 0 && errno == ESRCH;
    int ends = 1;
    struct dirent *entry;
    while (ends && (entry = readdir(tasks)))
        if (entry->d_name[0] != '.') ends = task_ends(pid, atoi(entry->d_name));
    closedir(tasks);
    return ends;
}

int linux_sight(int pid, const char *name, int in_flight) {
    struct look look = {name, in_flight};
    char base[32];
    snprintf(base, sizeof base, "/proc/%d", pid);
    int sight = table_sight(base, &look);
    if (sight == linux_sight_free || sight == linux_sight_gone) {
        int others = tasks_sight(pid, &look);
        if (others > sight || sight == linux_sight_gone) sight = others;
    }
    if (sight == linux_sight_holds || sight == linux_sight_free) return sight;
    // The descriptors of an ending process belong to root for a moment; it writes no more.
    if (linux_process_ends(pid)) return linux_sight_gone;
    return sight == linux_sight_gone ? linux_sight_unseen : sight;
}
