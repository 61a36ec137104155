/*
 * net_relay - a bad network between two UDP endpoints, for kernels without netem.
 *
 *     net_relay --listen 127.0.0.1:0 --to 127.0.0.1:40456 --seed 7 --loss 0.02 [--duplicate P]
 *               [--reorder P --hold N] [--corrupt P] [--back-loss P]
 *
 * Senders use the relay's address as their endpoint. Each of them gets a socket of its own towards
 * the receiver, whose answers (status messages, NAKs) go back through it; they can be lost
 * (--back-loss), nothing else. Prints {"event":"ready","port":N} when it listens; ends with SIGTERM
 * or SIGINT and prints {"event":"summary",...}.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "relay.h"

enum { MAX_SENDERS = 8, BATCH = 64, HOLD_MS = 5, BUFFER_BYTES = 4 << 20 };

typedef struct sender {
    struct sockaddr_in address;
    int fd; /* towards the receiver */
    relay_t there;
    relay_t back;
} sender_t;

static sender_t senders[MAX_SENDERS];
static int nsenders;
static int listener = -1;
static struct sockaddr_in destination;
static relay_options_t there_options = { .hold = 3 };
static relay_options_t back_options;
static uint64_t refused; /* datagrams the kernel did not take, or of too many senders */
static uint64_t window_start_ns, window_count, peak_per_ms, first_ns, last_ns;
static volatile sig_atomic_t stopping;

static void on_signal(int number)
{
    (void)number;
    stopping = 1;
}

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

static void count_rate(void)
{
    last_ns = now_ns();
    first_ns = first_ns == 0 ? last_ns : first_ns;
    if (last_ns - window_start_ns >= 1000000) {
        window_start_ns = last_ns;
        window_count = 0;
    }
    window_count++;
    peak_per_ms = window_count > peak_per_ms ? window_count : peak_per_ms;
}

static void emit_there(void *clientd, const uint8_t *data, size_t length)
{
    const sender_t *sender = clientd;
    if (sendto(sender->fd, data, length, 0, (const struct sockaddr *)&destination,
               sizeof destination) < 0) {
        refused++;
    }
}

static void emit_back(void *clientd, const uint8_t *data, size_t length)
{
    const sender_t *sender = clientd;
    if (sendto(listener, data, length, 0, (const struct sockaddr *)&sender->address,
               sizeof sender->address) < 0) {
        refused++;
    }
}

static int open_socket(void)
{
    const int bytes = BUFFER_BYTES;
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0) { /* as large as the system allows */
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    }
    return fd;
}

static sender_t *sender_of(const struct sockaddr_in *address)
{
    for (int i = 0; i < nsenders; i++) {
        if (senders[i].address.sin_addr.s_addr == address->sin_addr.s_addr &&
            senders[i].address.sin_port == address->sin_port) {
            return &senders[i];
        }
    }
    if (nsenders == MAX_SENDERS) {
        return NULL;
    }
    sender_t *sender = &senders[nsenders];
    relay_options_t there = there_options;
    relay_options_t back = back_options;
    there.seed += (uint64_t)nsenders * 1000003u;
    back.seed = ~there.seed;
    sender->address = *address;
    sender->fd = open_socket();
    if (sender->fd < 0 || !relay_init(&sender->there, &there, emit_there, sender) ||
        !relay_init(&sender->back, &back, emit_back, sender)) {
        return NULL;
    }
    nsenders++;
    return sender;
}

static void receive_there(void)
{
    static uint8_t data[RELAY_MAX_DATAGRAM];
    for (int i = 0; i < BATCH; i++) {
        struct sockaddr_in from;
        socklen_t from_length = sizeof from;
        const ssize_t n =
            recvfrom(listener, data, sizeof data, 0, (struct sockaddr *)&from, &from_length);
        if (n < 0) {
            return;
        }
        count_rate();
        sender_t *sender = sender_of(&from);
        if (sender == NULL) {
            refused++;
            continue;
        }
        relay_take(&sender->there, data, (size_t)n);
    }
}

static void receive_back(sender_t *sender)
{
    static uint8_t data[RELAY_MAX_DATAGRAM];
    for (int i = 0; i < BATCH; i++) {
        const ssize_t n = recv(sender->fd, data, sizeof data, 0);
        if (n < 0) {
            return;
        }
        relay_take(&sender->back, data, (size_t)n);
    }
}

static bool turn(void)
{
    struct pollfd fds[MAX_SENDERS + 1];
    bool holding = false;
    fds[0] = (struct pollfd){ .fd = listener, .events = POLLIN };
    const int n = nsenders;
    for (int i = 0; i < n; i++) {
        fds[i + 1] = (struct pollfd){ .fd = senders[i].fd, .events = POLLIN };
        holding = holding || relay_is_holding(&senders[i].there);
    }
    const int ready = poll(fds, (nfds_t)n + 1, holding ? HOLD_MS : 1000);
    if (ready < 0) {
        return errno == EINTR;
    }
    if (ready == 0) { /* nothing follows: what is held would wait for ever */
        for (int i = 0; i < n; i++) {
            relay_flush(&senders[i].there);
        }
    }
    if (fds[0].revents != 0) {
        receive_there();
    }
    for (int i = 0; i < n; i++) {
        if (fds[i + 1].revents != 0) {
            receive_back(&senders[i]);
        }
    }
    return true;
}

static void print_summary(void)
{
    relay_stats_t t = { 0 };
    uint64_t back_received = 0, back_lost = 0;
    for (int i = 0; i < nsenders; i++) {
        const relay_stats_t *s = &senders[i].there.stats;
        t.received += s->received;
        t.sent += s->sent;
        t.lost += s->lost;
        t.duplicated += s->duplicated;
        t.reordered += s->reordered;
        t.corrupted += s->corrupted;
        t.bytes_received += s->bytes_received;
        t.bytes_sent += s->bytes_sent;
        back_received += senders[i].back.stats.received;
        back_lost += senders[i].back.stats.lost;
    }
    const double seconds = (double)(last_ns - first_ns) / 1e9;
    printf("{\"event\":\"summary\",\"senders\":%d,\"received\":%" PRIu64 ",\"sent\":%" PRIu64
           ",\"lost\":%" PRIu64 ",\"duplicated\":%" PRIu64 ",\"reordered\":%" PRIu64
           ",\"corrupted\":%" PRIu64 ",\"refused\":%" PRIu64 ",\"bytes_received\":%" PRIu64
           ",\"bytes_sent\":%" PRIu64 ",\"back_received\":%" PRIu64 ",\"back_lost\":%" PRIu64
           ",\"datagrams_per_s\":%.1f,\"peak_per_ms\":%" PRIu64 "}\n",
           nsenders, t.received, t.sent, t.lost, t.duplicated, t.reordered, t.corrupted, refused,
           t.bytes_received, t.bytes_sent, back_received, back_lost,
           seconds > 0 ? (double)t.received / seconds : 0.0, peak_per_ms);
}

static void wrong(const char *what, const char *value, const char *expected)
{
    fprintf(stderr, "net_relay: %s: '%s', expected %s\n", what, value, expected);
    exit(2);
}

static struct sockaddr_in address_of(const char *what, const char *text)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    char host[64];
    const char *colon = strrchr(text, ':');
    char *end = NULL;
    if (colon == NULL || (size_t)(colon - text) >= sizeof host) {
        wrong(what, text, "IPv4:PORT");
    }
    memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = '\0';
    const long port = strtol(colon + 1, &end, 10);
    if (inet_pton(AF_INET, host, &address.sin_addr) != 1 || end == colon + 1 || *end != '\0' ||
        port < 0 || port > 65535) {
        wrong(what, text, "IPv4:PORT");
    }
    address.sin_port = htons((uint16_t)port);
    return address;
}

static double probability_of(const char *what, const char *text)
{
    char *end = NULL;
    const double value = strtod(text, &end);
    if (end == text || *end != '\0' || !(value >= 0.0 && value <= 1.0)) {
        wrong(what, text, "a number from 0 to 1");
    }
    return value;
}

static uint64_t number_of(const char *what, const char *text)
{
    char *end = NULL;
    errno = 0;
    const unsigned long long value = strtoull(text, &end, 10);
    if (end == text || *end != '\0' || text[0] == '-' || errno != 0) {
        wrong(what, text, "a number");
    }
    return value;
}

static struct sockaddr_in parse(int argc, char **argv)
{
    struct sockaddr_in at = { 0 };
    for (int i = 1; i < argc; i += 2) {
        const char *name = argv[i];
        if (i + 1 == argc) {
            wrong("arguments", name, "a value after it");
        }
        const char *value = argv[i + 1];
        if (strcmp(name, "--listen") == 0) {
            at = address_of(name, value);
        } else if (strcmp(name, "--to") == 0) {
            destination = address_of(name, value);
        } else if (strcmp(name, "--seed") == 0) {
            there_options.seed = number_of(name, value);
        } else if (strcmp(name, "--loss") == 0) {
            there_options.loss = probability_of(name, value);
        } else if (strcmp(name, "--duplicate") == 0) {
            there_options.duplication = probability_of(name, value);
        } else if (strcmp(name, "--reorder") == 0) {
            there_options.reordering = probability_of(name, value);
        } else if (strcmp(name, "--hold") == 0) {
            const uint64_t hold = number_of(name, value);
            if (hold < 1 || hold > 1000) {
                wrong(name, value, "1 to 1000");
            }
            there_options.hold = (unsigned)hold;
        } else if (strcmp(name, "--corrupt") == 0) {
            there_options.corruption = probability_of(name, value);
        } else if (strcmp(name, "--back-loss") == 0) {
            back_options.loss = probability_of(name, value);
        } else {
            wrong("arguments", name,
                  "--listen, --to, --seed, --loss, --duplicate, --reorder, "
                  "--hold, --corrupt or --back-loss");
        }
    }
    if (at.sin_family == 0 || destination.sin_family == 0 || destination.sin_port == 0) {
        wrong("arguments", "", "--listen IPv4:PORT and --to IPv4:PORT");
    }
    return at;
}

int main(int argc, char **argv)
{
    struct sockaddr_in at = parse(argc, argv);
    socklen_t length = sizeof at;
    struct sigaction action = { .sa_handler = on_signal };
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    listener = open_socket();
    if (listener < 0 || bind(listener, (const struct sockaddr *)&at, sizeof at) != 0 ||
        getsockname(listener, (struct sockaddr *)&at, &length) != 0) {
        perror("net_relay: socket");
        return 1;
    }
    printf("{\"event\":\"ready\",\"port\":%d}\n", ntohs(at.sin_port));
    fflush(stdout);
    while (!stopping && turn()) {
    }
    print_summary();
    for (int i = 0; i < nsenders; i++) {
        relay_free(&senders[i].there);
        relay_free(&senders[i].back);
        close(senders[i].fd);
    }
    close(listener);
    return 0;
}
