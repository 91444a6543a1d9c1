// What the Glibc module hides.
#pragma once

#include <stdint.h>

// Moves the calling thread to the network namespace that the descriptor names; -1 with errno.
int bench_enter_network(int fd);

// Makes a tunnel interface in the network of the calling thread; -1 with errno.
int bench_make_tunnel(const char *name);
// Passes packets between two tunnels, each after a delay in nanoseconds; returns -1 with errno.
int bench_run_delay_line(int one, int other, int64_t delay);
