/// A program that hides its output in one way or another, and writes `END` to it late.
struct HolderProgram {
    let path: String

    init(in scratch: Scratch) async throws {
        let source = try scratch.write(HolderProgram.source, to: "holder.c")
        path = scratch / "holder"
        try await shell("gcc -w -O1 -pthread -o $1 $2 -luring; chmod 755 $1", path, source)
    }

    /// - Parameter mode: `chain`, `thread`, `ring`, `hidden-ring`, `write`, `send`, `flight`, `give`,
    ///   `give-wait`, `daemon`, `late-daemon`, `slow`, `agent` or `crowd`.
    func words(_ mode: String, _ argument: String = "") -> Words { [path, mode, argument] }

    private static let source = #"""
        #define _GNU_SOURCE
        #include <liburing.h>
        #include <pthread.h>
        #include <sched.h>
        #include <signal.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/prctl.h>
        #include <sys/socket.h>
        #include <sys/un.h>
        #include <unistd.h>

        static int finish(int fd) { usleep(700000); return write(fd, "END\n", 4) != 4; }

        // Forks and ends at once, and so on.
        static int chain(int left) {
            for (; left > 0; left--) {
                pid_t child = fork();
                if (child > 0) _exit(0);
                if (child < 0) { write(1, "no fork\n", 8); _exit(1); }
            }
            return finish(1);
        }

        // A thread with a table of its own.
        static void *alone(void *ready) {
            unshare(CLONE_FILES);
            write(*(int *)ready, "", 1);
            _exit(finish(1));
        }
        static int thread(void) {
            int ready[2];
            char byte;
            pthread_t id;
            pipe(ready);
            pthread_create(&id, NULL, alone, &ready[1]);
            read(ready[0], &byte, 1);
            close(1);
            for (;;) pause();
        }

        // A file of a ring, without a descriptor; the ring may have none either.
        static int ring(int hides) {
            struct io_uring ring;
            struct io_uring_cqe *done;
            int fd = 1;
            if (io_uring_queue_init(4, &ring, 0) < 0) return 77;
            if (io_uring_register_files(&ring, &fd, 1) < 0) return 78;
            if (hides && io_uring_register_ring_fd(&ring) != 1) return 79;
            if (hides) close(ring.ring_fd);
            close(1);
            usleep(700000);
            struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);
            io_uring_prep_write(sqe, 0, "END\n", 4, 0);
            sqe->flags |= IOSQE_FIXED_FILE;
            io_uring_submit_and_wait(&ring, 1);
            return io_uring_peek_cqe(&ring, &done) || done->res != 4;
        }

        // One write, or send of a ring, is under way when its descriptor is closed.
        enum { SIZE = 20000000 };
        static char *bytes(void) {
            char *bytes = malloc(SIZE);
            memset(bytes, 'x', SIZE);
            return memcpy(bytes + SIZE - 4, "END\n", 4), bytes;
        }
        static void *writer(void *bytes) { return (void *)(write(1, bytes, SIZE) != SIZE); }
        static int under_way(void) {
            pthread_t id;
            void *failed;
            pthread_create(&id, NULL, writer, bytes());
            usleep(300000);
            close(1);
            pthread_join(id, &failed);
            return failed != NULL;
        }
        static int ring_send(void) {
            struct io_uring ring;
            struct io_uring_cqe *done;
            if (io_uring_queue_init(4, &ring, 0) < 0) return 77;
            struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);
            io_uring_prep_send(sqe, 1, bytes(), SIZE, MSG_WAITALL | MSG_NOSIGNAL);
            io_uring_submit(&ring);
            close(1);
            return io_uring_wait_cqe(&ring, &done) || done->res != SIZE;
        }

        static void give(int to, int fd) {
            char byte = 0, room[CMSG_SPACE(sizeof fd)] = {0};
            struct iovec piece = {&byte, 1};
            struct msghdr m = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = room,
                               .msg_controllen = sizeof room};
            struct cmsghdr *c = CMSG_FIRSTHDR(&m);
            c->cmsg_level = SOL_SOCKET, c->cmsg_type = SCM_RIGHTS, c->cmsg_len = CMSG_LEN(sizeof fd);
            memcpy(CMSG_DATA(c), &fd, sizeof fd);
            sendmsg(to, &m, 0);
        }
        static int take(int from) {
            char byte, room[CMSG_SPACE(sizeof(int))];
            struct iovec piece = {&byte, 1};
            struct msghdr m = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = room,
                               .msg_controllen = sizeof room};
            int fd = -1;
            if (recvmsg(from, &m, 0) == 1 && CMSG_FIRSTHDR(&m)) memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof fd);
            return fd;
        }

        // Under way in a Unix socket while nobody has it open.
        static int flight(void) {
            int pair[2];
            socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
            give(pair[0], 1);
            close(1);
            if (fork() > 0) return 0;
            usleep(700000);
            return write(take(pair[1]), "END\n", 4) != 4;
        }

        static int meet(const char *path, int listens) {
            struct sockaddr_un at = {AF_UNIX};
            strncpy(at.sun_path, path, sizeof at.sun_path - 1);
            int fd = socket(AF_UNIX, SOCK_STREAM, 0);
            if (!listens) return connect(fd, (void *)&at, sizeof at) < 0 ? -1 : fd;
            bind(fd, (void *)&at, sizeof at);
            listen(fd, 4);
            return fd;
        }
        static int serve(const char *path, int delay) {
            int listener = meet(path, 1);
            for (;;) {
                int from = accept(listener, NULL, NULL);
                usleep(delay);
                int fd = take(from);
                finish(fd);
                close(fd);
            }
        }
        // Gives its output to somebody who was there before, and waits for him or not.
        static int leave(const char *path, int waits) {
            int to = meet(path, 0);
            give(to, 1);
            close(1);
            if (waits) sleep(2);
            usleep(100000);
            return 0;
        }

        // Takes its time to die: each packet socket waits for the kernel's readers.
        static int slow(int at) {
            for (int i = 0; i < 60; i++) if (socket(AF_PACKET, SOCK_RAW, 8) < 0) return 77;
            if (at != 1) dup2(1, at), close(1);
            write(at, "partial", 7);
            usleep(400000);
            kill(getpid(), SIGKILL);
        }

        // Lets go of its output and protects itself from being looked into, as an ssh-agent does.
        static int agent(int keeps) {
            if (fork() > 0) return 0;
            setsid();
            prctl(PR_SET_DUMPABLE, 0);
            if (keeps) return sleep(4), finish(1);
            for (int fd = 0; fd < 3; fd++) close(fd);
            for (;;) pause();
        }

        // As many children as it takes, some of them of other sessions.
        static int crowd(int size) {
            for (int i = 0; i < size; i++) {
                pid_t child = fork();
                if (child < 0) return 77;
                if (child > 0) continue;
                if (i % 2) setsid();
                for (;;) pause();
            }
            write(2, "ready\n", 6);
            for (;;) pause();
        }

        int main(int count, char **words) {
            const char *mode = words[1], *argument = words[2];
            if (!strcmp(mode, "chain")) return chain(atoi(argument));
            if (!strcmp(mode, "thread")) return thread();
            if (!strcmp(mode, "ring")) return ring(0);
            if (!strcmp(mode, "hidden-ring")) return ring(1);
            if (!strcmp(mode, "write")) return under_way();
            if (!strcmp(mode, "send")) return ring_send();
            if (!strcmp(mode, "flight")) return flight();
            if (!strcmp(mode, "daemon")) return serve(argument, 0);
            if (!strcmp(mode, "late-daemon")) return serve(argument, 700000);
            if (!strcmp(mode, "give")) return leave(argument, 0);
            if (!strcmp(mode, "give-wait")) return leave(argument, 1);
            if (!strcmp(mode, "slow")) return slow(atoi(argument));
            if (!strcmp(mode, "crowd")) return crowd(atoi(argument));
            if (!strcmp(mode, "agent")) return agent(atoi(argument));
            return 64;
        }
        """#
}
