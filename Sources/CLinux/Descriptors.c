#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "CLinux.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mtio.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

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

int linux_pipe(int fds[2]) { return pipe2(fds, O_CLOEXEC); }

int linux_duplicate(int fd) { return fcntl(fd, F_DUPFD_CLOEXEC, 3); }

int linux_replace(int fd, int target) { return dup2(fd, target); }

int linux_get_flags(int fd) { return fcntl(fd, F_GETFL); }

int linux_set_flags(int fd, int flags) { return fcntl(fd, F_SETFL, flags); }

int linux_survives_exec(int fd) { return fcntl(fd, F_GETFD) == 0; }

int linux_set_close_on_exec(int fd, int on) { return fcntl(fd, F_SETFD, on ? FD_CLOEXEC : 0); }

int linux_is_tape(int fd) {
    struct mtget state;
    return ioctl(fd, MTIOCGET, &state) == 0;
}

int linux_tape_state(int fd, struct linux_tape *tape) {
    struct mtget state;
    if (ioctl(fd, MTIOCGET, &state) < 0) return -1;
    tape->block_size = (state.mt_dsreg & MT_ST_BLKSIZE_MASK) >> MT_ST_BLKSIZE_SHIFT;
    tape->is_protected = GMT_WR_PROT(state.mt_gstat) != 0;
    tape->is_empty = GMT_DR_OPEN(state.mt_gstat) != 0;
    tape->is_at_beginning = GMT_BOT(state.mt_gstat) != 0;
    tape->is_at_end = GMT_EOD(state.mt_gstat) != 0;
    return 0;
}

int linux_tape_operation(int fd, int operation, int count) {
    struct mtop order = {.mt_op = (short)operation, .mt_count = count};
    return ioctl(fd, MTIOCTOP, &order);
}

const int linux_tape_mark = MTWEOF;
const int linux_tape_rewind = MTREW;
const int linux_tape_back = MTBSR;

int linux_tape_rewinds(int fd) {
    struct stat about;
    // Of st(4): bit 7 of the minor number is the one that keeps it from rewinding.
    return fstat(fd, &about) == 0 && major(about.st_rdev) == 9 && !(minor(about.st_rdev) & 0x80);
}

int linux_terminal_columns(int fd) {
    struct winsize size;
    return ioctl(fd, TIOCGWINSZ, &size) < 0 ? 0 : size.ws_col;
}

int linux_is_terminal(int fd) { return isatty(fd); }

int linux_file_format(int fd) {
    struct stat about;
    return fstat(fd, &about) < 0 ? -1 : (int)(about.st_mode & S_IFMT);
}

int linux_format_of_path(const char *path) {
    struct stat about;
    return stat(path, &about) < 0 ? -1 : (int)(about.st_mode & S_IFMT);
}

int linux_owner_and_mode(int fd, uint32_t *owner, uint32_t *mode) {
    struct stat about;
    if (fstat(fd, &about) < 0) return -1;
    *owner = about.st_uid;
    *mode = about.st_mode;
    return 0;
}

int linux_remove(const char *path) { return unlink(path); }

int linux_rename(const char *from, const char *to) { return rename(from, to); }

int linux_truncate(int fd, int64_t length) { return ftruncate(fd, length); }

uint64_t linux_inode(int fd) {
    struct stat about;
    return fstat(fd, &about) == 0 ? (uint64_t)about.st_ino : 0;
}

uint64_t linux_device(int fd) {
    struct stat about;
    return fstat(fd, &about) == 0 ? (uint64_t)about.st_dev : 0;
}

int linux_is_character_device(const char *path) {
    struct stat about;
    return stat(path, &about) == 0 && S_ISCHR(about.st_mode);
}

int64_t linux_inode_of_path(const char *path) {
    struct stat about;
    return stat(path, &about) == 0 ? (int64_t)about.st_ino : -1;
}

int64_t linux_seek_by(int fd, int64_t bytes) { return lseek(fd, bytes, SEEK_CUR); }

int64_t linux_seek_to(int fd, int64_t position) { return lseek(fd, position, SEEK_SET); }

int64_t linux_file_size(int fd) {
    struct stat about;
    return fstat(fd, &about) < 0 ? -1 : (int64_t)about.st_size;
}

int linux_has_blocks(int fd) {
    struct statfs about;
    return fstatfs(fd, &about) < 0 ? -1 : about.f_blocks != 0;
}

ssize_t linux_read_link(const char *path, void *bytes, size_t count) {
    return readlink(path, (char *)bytes, count);
}

void linux_fill_standard_descriptors(void) {
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0) open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
}
