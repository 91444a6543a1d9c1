// What the Glibc module hides.
#pragma once

// Moves the calling thread to the network namespace that the descriptor names; -1 with errno.
int bench_enter_network(int fd);
