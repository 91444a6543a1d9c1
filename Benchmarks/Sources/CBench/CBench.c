#define _GNU_SOURCE
#include "CBench.h"

#include <fcntl.h>
#include <sched.h>

int bench_enter_network(int fd) {
    return setns(fd, CLONE_NEWNET);
}

int bench_set_pipe_size(int fd, int size) {
    return fcntl(fd, F_SETPIPE_SZ, size);
}
