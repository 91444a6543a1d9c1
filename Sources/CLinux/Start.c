#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "CLinux.h"

#include <unistd.h>

static int word_count;
static char **all_words;

int linux_word_count(void) { return word_count; }

char **linux_words(void) { return all_words; }

#ifdef __GLIBC__

static void say(int fd, const char *text) {
    if (write(fd, text, strlen(text)) < 0) return;
}

// Before everything else: the Swift runtime aborts if /proc does not show its own program, and it
// would read its words from there, which needs a descriptor that may be missing.
__attribute__((constructor(101))) static void keep_words(int count, char **words, char **environment) {
    (void)environment;
    word_count = count;
    all_words = words;
    char path[16];
    if (readlink("/proc/self/exe", path, sizeof path) >= 0) return;
    if (count == 2 && strcmp(words[1], "--remote-end") == 0)
        say(1, "\nfailed cause=resources detail=%2Fproc%20does%20not%20show%20its%20own%20processes\n");
    say(2, "socketpipe: /proc does not show this process\n"
           "socketpipe: hint: mount proc in the namespace or container it runs in\n");
    _exit(125);
}

#endif
