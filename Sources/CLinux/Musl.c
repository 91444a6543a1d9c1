// Functions that Swift, libsodium and BearSSL need from a C library, and musl lacks.
#ifdef EMBEDDED_MUSL
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

// Swift seeds its hashing with it.
void arc4random_buf(void *bytes, size_t count) {
    while (count > 0) {
        ssize_t got = getrandom(bytes, count, 0);
        if (got < 0 && errno != EINTR) abort();
        if (got > 0) {
            bytes = (char *)bytes + got;
            count -= (size_t)got;
        }
    }
}

// Debian builds libsodium.a and libbearssl.a with glibc's fortified headers.
void __explicit_bzero_chk(void *bytes, size_t count, size_t room) {
    (void)room;
    explicit_bzero(bytes, count);
}

void *__memcpy_chk(void *target, const void *source, size_t count, size_t room) {
    (void)room;
    return memcpy(target, source, count);
}

void *__memset_chk(void *bytes, int value, size_t count, size_t room) {
    (void)room;
    return memset(bytes, value, count);
}
#endif
