#define _GNU_SOURCE
#include "CBench.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

int bench_make_tunnel(const char *name) {
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR};
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) return -1;
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    // Whole segments of 64 KiB, as a network card takes them.
    if (ioctl(fd, TUNSETIFF, &request) < 0
        || ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6) < 0) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

// A packet with its header of offloads is no longer than this.
enum { slot_count = 1024, packet_size = 65536 + 64 };

struct packet {
    int64_t due;
    ssize_t size;
    char bytes[packet_size];
};

// What is on its way in one direction: a ring of packets, the oldest first.
struct way {
    int from, to;
    struct packet *slots;
    unsigned first, count;
};

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static void deliver(struct way *way) {
    for (int64_t moment = now(); way->count && way->slots[way->first].due <= moment;
         way->count--, way->first = (way->first + 1) % slot_count) {
        struct packet *packet = &way->slots[way->first];
        // A packet that does not fit is lost, as on any line.
        if (write(way->to, packet->bytes, (size_t)packet->size) < 0) continue;
    }
}

static void take(struct way *way, int64_t delay) {
    while (way->count < slot_count) {
        struct packet *packet = &way->slots[(way->first + way->count) % slot_count];
        packet->size = read(way->from, packet->bytes, sizeof packet->bytes);
        if (packet->size <= 0) return;
        packet->due = now() + delay;
        way->count++;
    }
}

int bench_run_delay_line(int one, int other, int64_t delay) {
    struct way ways[] = {{.from = one, .to = other}, {.from = other, .to = one}};
    for (int i = 0; i < 2; i++)
        if (!(ways[i].slots = calloc(slot_count, sizeof *ways[i].slots))) return -1;
    while (1) {
        struct pollfd polled[2];
        int64_t due = INT64_MAX, moment = now();
        for (int i = 0; i < 2; i++) {
            struct way *way = &ways[i];
            polled[i] = (struct pollfd){way->count < slot_count ? way->from : -1, POLLIN, 0};
            if (way->count && way->slots[way->first].due < due) due = way->slots[way->first].due;
        }
        int64_t rest = due <= moment ? 0 : due - moment;
        struct timespec wait = {rest / 1000000000, rest % 1000000000};
        if (ppoll(polled, 2, due == INT64_MAX ? NULL : &wait, NULL) < 0 && errno != EINTR) return -1;
        for (int i = 0; i < 2; i++) {
            deliver(&ways[i]);
            if (polled[i].revents) take(&ways[i], delay);
        }
    }
}
