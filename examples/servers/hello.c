/*
 * A server without a runtime: one static binary, one process, one request after the other.
 *
 * TERM is blocked except while ppoll(2) waits, so that it cannot come between the look at `stopping` and the wait. The
 * listener is made non-blocking, because another generation may take the connection that ppoll has seen; all
 * generations share that flag.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static volatile sig_atomic_t stopping = 0;

static void stop(int number) {
    (void)number;
    stopping = 1;
}

static int listener(void) {
    const char *ports = getenv("SERVER_STARTER_PORT");
    const char *fd = ports ? strrchr(ports, '=') : NULL;
    if (!fd) {
        fputs("no listener in SERVER_STARTER_PORT\n", stderr);
        exit(2);
    }
    return atoi(fd + 1);
}

static void say_ready(void) {
    const char *fd = getenv("SSD_READY_FD");
    if (fd && write(atoi(fd), "\n", 1) != 1) perror("SSD_READY_FD");
}

static void answer(int connection) {
    char request[4096] = "";
    size_t length = 0;
    while (!strstr(request, "\r\n\r\n") && length < sizeof request - 1) {
        ssize_t got = read(connection, request + length, sizeof request - 1 - length);
        if (got <= 0) break;
        length += (size_t)got;
        request[length] = '\0';
    }
    if (strncmp(request, "GET /slow ", 10) == 0) usleep(100 * 1000);
    char body[128];
    int size = snprintf(body, sizeof body, "generation %s, pid %d\n", getenv("SERVER_STARTER_GENERATION"), getpid());
    dprintf(connection, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", size, body);
    close(connection);
}

int main(void) {
    if (getenv("BROKEN")) {
        fputs("this release is broken\n", stderr);
        return 1;
    }
    struct pollfd watched = {.fd = listener(), .events = POLLIN};
    fcntl(watched.fd, F_SETFL, fcntl(watched.fd, F_GETFL) | O_NONBLOCK);

    sigset_t term, none;
    sigemptyset(&none);
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    sigprocmask(SIG_BLOCK, &term, NULL);
    sigaction(SIGTERM, &(struct sigaction){.sa_handler = stop}, NULL);

    say_ready();
    while (!stopping) {
        if (ppoll(&watched, 1, NULL, &none) == -1) continue;
        int connection = accept4(watched.fd, NULL, NULL, SOCK_CLOEXEC);
        if (connection != -1) answer(connection);
        else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) return 1;
    }
    return 0;
}
