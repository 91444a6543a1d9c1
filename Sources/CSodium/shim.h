#pragma once
// First, for the same reason as in CLinux.h.
#include <features.h>
#include <sodium.h>
