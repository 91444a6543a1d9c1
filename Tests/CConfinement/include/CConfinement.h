// What a container or an administrator would do to us, done to the calling thread by the tests.
#pragma once

#include <features.h>

enum confine_call { confine_ring_setup, confine_ring_enter, confine_ring_register };

// Whether the kernel has seccomp filters.
int confine_is_possible(void);
// From now on the call fails with `error`, as under a container's seccomp profile; -1 with errno.
int confine_forbid(enum confine_call call, int error);
// Locks at most `bytes` of memory from now on, root too; -1 with errno.
int confine_locked_memory(unsigned long bytes);

// Starts a child that waits and has no files open, under a number that is free; -1 with errno.
int confine_child_numbered(int number);

// A file of so many bytes that takes no more; -1 with errno.
int confine_sealed_file(unsigned long bytes);
