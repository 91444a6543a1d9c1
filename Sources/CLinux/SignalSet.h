#pragma once

#include <signal.h>
#include <stdint.h>

// Bit N-1 of `signals` stands for signal N.
static inline void to_set(uint64_t signals, sigset_t *set) {
    sigemptyset(set);
    for (int number = 1; number <= 64; number++)
        if (signals >> (number - 1) & 1) sigaddset(set, number);
}
