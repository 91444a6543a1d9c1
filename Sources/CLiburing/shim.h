#pragma once
// First, for the same reason as in CLinux.h. Not <linux/io_uring.h>: liburing brings the one it was
// made for, and the kernel's own, included before it, may lack what a newer liburing names.
#include <features.h>
#include <liburing.h>
