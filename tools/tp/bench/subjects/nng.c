/*
 * tp/bench/subjects/nng.c - NNG (nanomsg next generation): pair sockets over ipc://, one per consumer.
 *
 * A frame is copied into a message of NNG's for each consumer: its messages have one owner. Both ends buffer a window of messages.
 */
#include <stdlib.h>
#include <string.h>

#include <nng/nng.h>
#include <nng/protocol/pair0/pair.h>

#include "base/fail.h"
#include "bench/subjects/endpoint.h"
#include "bench/subjects/shared_file.h"
#include "bench/subjects/subjects.h"

#define NAME "nng"
#define MAX_BUFFERED 8192 /* NNG's own limit */

typedef struct target {
    nng_socket socket;
    bool is_open;
    bool has_it;      /* the frame that is not with all consumers yet */
    nng_msg *message; /* of it, not taken so far; NULL otherwise */
} target_t;

typedef struct sender {
    uint8_t *buffer;
    size_t size;
    unsigned consumers;
    target_t to[];
} sender_t;

typedef struct receiver {
    nng_socket socket;
    bool is_open;
    size_t message_len;
    nng_msg *message;
} receiver_t;

static int setup(const tp_bench_cell_t *cell, void **out_shared)
{
    *out_shared = NULL;
    tp_bench_endpoint_t last;
    return tp_bench_endpoint(&last, cell, NAME, cell->streams, cell->consumers);
}

static void teardown(const tp_bench_cell_t *cell, void *shared)
{
    (void)shared;
    tp_bench_endpoints_remove(cell, NAME);
}

static int open_socket(nng_socket *socket, bool *is_open, const tp_bench_cell_t *cell)
{
    int err = nng_pair0_open(socket);
    *is_open = err == 0;
    const int buffered = cell->window < MAX_BUFFERED ? (int)cell->window : MAX_BUFFERED;
    err = err != 0 ? err : nng_socket_set_int(*socket, NNG_OPT_SENDBUF, buffered);
    err = err != 0 ? err : nng_socket_set_int(*socket, NNG_OPT_RECVBUF, buffered);
    /* 1 MiB unless told otherwise; 0 is no limit. */
    err = err != 0 ? err : nng_socket_set_size(*socket, NNG_OPT_RECVMAXSZ, 0);
    return err;
}

/* ---- sender ---- */

static uint8_t *claim(void *self)
{
    return ((sender_t *)self)->buffer;
}

static bool give(const sender_t *sender, target_t *to, uint64_t stamp, uint64_t seq)
{
    if (to->message == NULL) {
        if (nng_msg_alloc(&to->message, TP_BENCH_HEAD + sender->size) != 0) {
            to->message = NULL;
            return false;
        }
        uint8_t *body = nng_msg_body(to->message);
        tp_bench_put_head(body, stamp, seq);
        memcpy(body + TP_BENCH_HEAD, sender->buffer, sender->size);
    }
    if (nng_sendmsg(to->socket, to->message, NNG_FLAG_NONBLOCK) != 0) {
        return false;
    }
    to->message = NULL; /* NNG's now */
    return true;
}

static bool publish(void *self, uint64_t stamp, uint64_t seq)
{
    sender_t *sender = self;
    bool is_taken = true;
    for (unsigned i = 0; i < sender->consumers; i++) {
        target_t *to = &sender->to[i];
        to->has_it = to->has_it || give(sender, to, stamp, seq);
        is_taken &= to->has_it;
    }
    for (unsigned i = 0; is_taken && i < sender->consumers; i++) {
        sender->to[i].has_it = false;
    }
    return is_taken;
}

static void close_sender(void *self)
{
    sender_t *sender = self;
    for (unsigned i = 0; i < sender->consumers; i++) {
        if (sender->to[i].message != NULL) {
            nng_msg_free(sender->to[i].message);
        }
        if (sender->to[i].is_open) {
            (void)nng_close(sender->to[i].socket);
        }
    }
    free(sender->buffer);
    free(sender);
}

static int listen_all(sender_t *sender, const tp_bench_cell_t *cell, unsigned stream)
{
    for (unsigned i = 0; i < sender->consumers; i++) {
        target_t *to = &sender->to[i];
        tp_bench_endpoint_t endpoint;
        const int rc = tp_bench_endpoint(&endpoint, cell, NAME, stream, i);
        if (rc != TP_OK) {
            return rc;
        }
        int err = open_socket(&to->socket, &to->is_open, cell);
        err = err != 0 ? err : nng_listen(to->socket, endpoint.url, NULL, 0);
        if (err != 0) {
            return tpi_fail(TP_EIO, NAME ": %s: %s", endpoint.url, nng_strerror(err));
        }
    }
    return TP_OK;
}

static int open_sender(const tp_bench_cell_t *cell, void *shared, unsigned stream,
                       tp_bench_sender_t *out)
{
    (void)shared;
    sender_t *sender = calloc(1, sizeof(*sender) + cell->consumers * sizeof(sender->to[0]));
    if (sender == NULL) {
        return tpi_fail(TP_ENOMEM, NAME ": sender");
    }
    sender->consumers = cell->consumers;
    sender->size = cell->size;
    sender->buffer = tp_bench_private_buffer(cell->size);
    int rc = sender->buffer == NULL ? tpi_fail(TP_ENOMEM, NAME ": sender") : TP_OK;
    rc = rc != TP_OK ? rc : listen_all(sender, cell, stream);
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
    if (nng_recvmsg(receiver->socket, &receiver->message, NNG_FLAG_NONBLOCK) != 0) {
        receiver->message = NULL;
        return false;
    }
    if (nng_msg_len(receiver->message) != receiver->message_len) {
        nng_msg_free(receiver->message);
        receiver->message = NULL;
        return false;
    }
    tp_bench_take_message(out, nng_msg_body(receiver->message));
    return true;
}

static bool release(void *self)
{
    receiver_t *receiver = self;
    nng_msg_free(receiver->message);
    receiver->message = NULL;
    return true;
}

static void close_receiver(void *self)
{
    receiver_t *receiver = self;
    if (receiver->message != NULL) {
        nng_msg_free(receiver->message);
    }
    if (receiver->is_open) {
        (void)nng_close(receiver->socket);
    }
    free(receiver);
}

static int open_receiver(const tp_bench_cell_t *cell, void *shared, unsigned stream,
                         unsigned consumer, tp_bench_receiver_t *out)
{
    (void)shared;
    tp_bench_endpoint_t endpoint;
    int rc = tp_bench_endpoint(&endpoint, cell, NAME, stream, consumer);
    if (rc != TP_OK) {
        return rc;
    }
    receiver_t *receiver = calloc(1, sizeof(*receiver));
    if (receiver == NULL) {
        return tpi_fail(TP_ENOMEM, NAME ": receiver");
    }
    receiver->message_len = TP_BENCH_HEAD + cell->size;
    int err = open_socket(&receiver->socket, &receiver->is_open, cell);
    err = err != 0 ? err : nng_dial(receiver->socket, endpoint.url, NULL, 0);
    if (err != 0) {
        rc = tpi_fail(TP_EIO, NAME ": %s: %s", endpoint.url, nng_strerror(err));
        close_receiver(receiver);
        return rc;
    }
    *out = (tp_bench_receiver_t){
        .self = receiver, .poll = poll_socket, .release = release, .close = close_receiver
    };
    return TP_OK;
}

const tp_bench_subject_t tp_bench_subject_nng = {
    .name = NAME,
    .has_threads = true,
    .help = "NNG, a pair0 socket per consumer over ipc://, copied into a message for each",
    .is_copying = true,
    .setup = setup,
    .teardown = teardown,
    .open_sender = open_sender,
    .open_receiver = open_receiver,
};
