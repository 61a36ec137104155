/*
 * tp/bench/subjects/unix_socket.c - a socket pair per consumer: what one has without installing anything.
 *
 * A frame is 24 bytes (length, stamp, seq) and the payload, gathered and scattered by the system call, so that neither side copies
 * besides the kernel. Frames that fit into the socket's buffer a few times are packets (SOCK_SEQPACKET); larger ones go through a
 * stream, a piece at a time. Nothing blocks: a publish that finds a buffer full says "not taken", goes on where it stopped when it
 * is called again, and is done when every consumer's socket has taken all of it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/fail.h"
#include "bench/subjects/shared_file.h"
#include "bench/subjects/subjects.h"

/* Asked for; the system may give less (net.core.wmem_max). */
#define SOCKET_BUFFER (4 << 20)

typedef struct head {
    uint64_t length, stamp, seq;
} head_t;

/* What processes inherit; each takes its own descriptors of it. */
typedef struct pairs {
    unsigned consumers, count;
    bool is_stream;
    int fds[][2]; /* sender's end, receiver's end */
} pairs_t;

typedef struct sender {
    head_t head;
    uint8_t *buffer;
    size_t frame_len;
    unsigned consumers;
    struct {
        int fd;
        size_t sent; /* bytes of the present frame */
    } to[];
} sender_t;

typedef struct receiver {
    int fd;
    size_t size;
    size_t got; /* bytes of the present frame */
    head_t head;
    uint8_t *buffer;
} receiver_t;

/* ---- setup ---- */

static void close_pairs(pairs_t *pairs)
{
    for (unsigned i = 0; i < pairs->count; i++) {
        close(pairs->fds[i][0]);
        close(pairs->fds[i][1]);
    }
    free(pairs);
}

static int make_pair(int fds[2], int type, size_t *out_buffer_len)
{
    if (socketpair(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) != 0) {
        return tpi_fail_errno("socketpair");
    }
    const int wanted = SOCKET_BUFFER;
    int given = 0;
    socklen_t len = sizeof(given);
    (void)setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &wanted, sizeof(wanted));
    (void)setsockopt(fds[1], SOL_SOCKET, SO_RCVBUF, &wanted, sizeof(wanted));
    (void)getsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &given, &len);
    *out_buffer_len = (size_t)given;
    return TP_OK;
}

static int setup(const tp_bench_cell_t *cell, void **out_shared)
{
    const unsigned count = cell->streams * cell->consumers;
    pairs_t *pairs = calloc(1, sizeof(*pairs) + count * sizeof(pairs->fds[0]));
    if (pairs == NULL) {
        return tpi_fail(TP_ENOMEM, "unix-socket");
    }
    pairs->consumers = cell->consumers;
    while (pairs->count < count) {
        size_t buffer_len = 0;
        const int rc = make_pair(pairs->fds[pairs->count],
                                 pairs->is_stream ? SOCK_STREAM : SOCK_SEQPACKET, &buffer_len);
        if (rc != TP_OK) {
            close_pairs(pairs);
            return rc;
        }
        /* Four packets in flight, or none of it makes sense. */
        if (!pairs->is_stream && 4 * (sizeof(head_t) + cell->size) > buffer_len) {
            pairs->is_stream = true;
            close(pairs->fds[pairs->count][0]);
            close(pairs->fds[pairs->count][1]);
            continue;
        }
        pairs->count++;
    }
    *out_shared = pairs;
    return TP_OK;
}

static void teardown(const tp_bench_cell_t *cell, void *shared)
{
    (void)cell;
    close_pairs(shared);
}

/* The part of head and payload behind the first `done` bytes. */
static int rest_of(struct iovec iov[2], head_t *head, uint8_t *payload, size_t size, size_t done)
{
    if (done >= sizeof(*head)) {
        iov[0] = (struct iovec){ payload + (done - sizeof(*head)), size - (done - sizeof(*head)) };
        return 1;
    }
    iov[0] = (struct iovec){ (char *)head + done, sizeof(*head) - done };
    iov[1] = (struct iovec){ payload, size };
    return 2;
}

/* ---- sender ---- */

static uint8_t *claim(void *self)
{
    return ((sender_t *)self)->buffer;
}

static bool publish(void *self, uint64_t stamp, uint64_t seq)
{
    sender_t *sender = self;
    const size_t size = sender->frame_len - sizeof(head_t);
    bool is_taken = true;
    sender->head.stamp = stamp;
    sender->head.seq = seq;
    for (unsigned i = 0; i < sender->consumers; i++) {
        if (sender->to[i].sent < sender->frame_len) {
            struct iovec iov[2];
            struct msghdr message = { .msg_iov = iov };
            message.msg_iovlen =
                (size_t)rest_of(iov, &sender->head, sender->buffer, size, sender->to[i].sent);
            const ssize_t n = sendmsg(sender->to[i].fd, &message, MSG_NOSIGNAL);
            sender->to[i].sent += n > 0 ? (size_t)n : 0;
            is_taken &= sender->to[i].sent == sender->frame_len;
        }
    }
    if (is_taken) {
        for (unsigned i = 0; i < sender->consumers; i++) {
            sender->to[i].sent = 0;
        }
    }
    return is_taken;
}

static void close_sender(void *self)
{
    sender_t *sender = self;
    for (unsigned i = 0; i < sender->consumers; i++) {
        if (sender->to[i].fd >= 0) {
            close(sender->to[i].fd);
        }
    }
    free(sender->buffer);
    free(sender);
}

static int open_sender(const tp_bench_cell_t *cell, void *shared, unsigned stream,
                       tp_bench_sender_t *out)
{
    const pairs_t *pairs = shared;
    sender_t *sender = calloc(1, sizeof(*sender) + cell->consumers * sizeof(sender->to[0]));
    if (sender == NULL) {
        return tpi_fail(TP_ENOMEM, "unix-socket: sender");
    }
    sender->buffer = tp_bench_private_buffer(cell->size);
    sender->frame_len = sizeof(head_t) + cell->size;
    sender->head.length = cell->size;
    sender->consumers = cell->consumers;
    int rc = sender->buffer == NULL ? tpi_fail(TP_ENOMEM, "unix-socket: sender") : TP_OK;
    for (unsigned i = 0; i < cell->consumers; i++) {
        sender->to[i].fd = dup(pairs->fds[stream * pairs->consumers + i][0]);
        if (rc == TP_OK && sender->to[i].fd < 0) {
            rc = tpi_fail_errno("unix-socket: dup");
        }
    }
    if (rc != TP_OK) {
        close_sender(sender);
        return rc;
    }
    *out = (tp_bench_sender_t){
        .self = sender, .claim = claim, .publish = publish, .close = close_sender
    };
    return TP_OK;
}

/* ---- receiver ---- */

static bool poll_socket(void *self, tp_bench_message_t *out)
{
    receiver_t *receiver = self;
    const size_t frame_len = sizeof(head_t) + receiver->size;
    struct iovec iov[2];
    /* Not a byte beyond this frame: the next one begins at the front of the buffer again. */
    const int n = rest_of(iov, &receiver->head, receiver->buffer, receiver->size, receiver->got);
    const ssize_t got = readv(receiver->fd, iov, n);
    if (got <= 0) {
        return false;
    }
    receiver->got += (size_t)got;
    if (receiver->got < frame_len) {
        return false;
    }
    receiver->got = 0;
    out->data = receiver->buffer;
    out->stamp = receiver->head.stamp;
    out->seq = receiver->head.seq;
    return receiver->head.length == receiver->size;
}

static bool release(void *self)
{
    (void)self;
    return true;
}

static void close_receiver(void *self)
{
    receiver_t *receiver = self;
    if (receiver->fd >= 0) {
        close(receiver->fd);
    }
    free(receiver->buffer);
    free(receiver);
}

static int open_receiver(const tp_bench_cell_t *cell, void *shared, unsigned stream,
                         unsigned consumer, tp_bench_receiver_t *out)
{
    const pairs_t *pairs = shared;
    receiver_t *receiver = calloc(1, sizeof(*receiver));
    if (receiver == NULL) {
        return tpi_fail(TP_ENOMEM, "unix-socket: receiver");
    }
    receiver->size = cell->size;
    receiver->buffer = tp_bench_private_buffer(cell->size);
    receiver->fd = dup(pairs->fds[stream * pairs->consumers + consumer][1]);
    if (receiver->buffer == NULL || receiver->fd < 0) {
        const int rc = receiver->fd < 0 ? tpi_fail_errno("unix-socket: dup")
                                        : tpi_fail(TP_ENOMEM, "unix-socket: receiver");
        close_receiver(receiver);
        return rc;
    }
    *out = (tp_bench_receiver_t){
        .self = receiver, .poll = poll_socket, .release = release, .close = close_receiver
    };
    return TP_OK;
}

const tp_bench_subject_t tp_bench_subject_unix_socket = {
    .name = "unix-socket",
    .help =
        "a Unix socket pair per consumer: packets while four fit into its buffer, a stream above",
    .is_copying = true,
    .setup = setup,
    .teardown = teardown,
    .open_sender = open_sender,
    .open_receiver = open_receiver,
};
