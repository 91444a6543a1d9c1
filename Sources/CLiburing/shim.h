#pragma once
// First, for the same reason as in CLinux.h. Not <linux/io_uring.h>: liburing brings the version it
// needs, and the kernel's own, included first, may lack names that a newer liburing uses.
#include <features.h>
#include <liburing.h>
