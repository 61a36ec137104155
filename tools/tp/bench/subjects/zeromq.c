/*
 * tp/bench/subjects/zeromq.c - ZeroMQ: PAIR sockets over ipc://, one per consumer.
 *
 * A frame is copied into a message once, whatever the number of consumers: ZeroMQ counts references. PAIR, not PUB: it holds
 * messages back where PUB would drop them. The library's own I/O threads do the rest.
 */
#include <stdlib.h>
#include <string.h>

#include <zmq.h>

#include "base/fail.h"
#include "bench/subjects/endpoint.h"
#include "bench/subjects/shared_file.h"
#include "bench/subjects/subjects.h"

#define NAME "zeromq"

typedef struct sender {
    void *context;
    uint8_t *buffer;
    size_t size;
    zmq_msg_t message; /* of the frame that is not with all consumers yet */
    bool has_message;
    unsigned next; /* consumer that gets it next */
    unsigned consumers;
    void *sockets[];
} sender_t;

typedef struct receiver {
    void *context;
    void *socket;
    size_t message_len;
    zmq_msg_t message;
} receiver_t;

static int fail_zmq(const char *what)
{
    return tpi_fail(TP_EIO, NAME ": %s: %s", what, zmq_strerror(zmq_errno()));
}

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

/* What was not sent when it is closed goes, instead of keeping the process. */
static void *open_socket(void *context)
{
    void *socket = zmq_socket(context, ZMQ_PAIR);
    const int no_linger = 0;
    if (socket != NULL) {
        (void)zmq_setsockopt(socket, ZMQ_LINGER, &no_linger, sizeof(no_linger));
    }
    return socket;
}

/* ---- sender ---- */

static uint8_t *claim(void *self)
{
    return ((sender_t *)self)->buffer;
}

static bool publish(void *self, uint64_t stamp, uint64_t seq)
{
    sender_t *sender = self;
    if (!sender->has_message) {
        if (zmq_msg_init_size(&sender->message, TP_BENCH_HEAD + sender->size) != 0) {
            return false;
        }
        uint8_t *data = zmq_msg_data(&sender->message);
        tp_bench_put_head(data, stamp, seq);
        memcpy(data + TP_BENCH_HEAD, sender->buffer, sender->size);
        sender->has_message = true;
        sender->next = 0;
    }
    for (; sender->next + 1 < sender->consumers; sender->next++) {
        zmq_msg_t reference;
        (void)zmq_msg_init(&reference);
        (void)zmq_msg_copy(&reference, &sender->message);
        if (zmq_msg_send(&reference, sender->sockets[sender->next], ZMQ_DONTWAIT) < 0) {
            (void)zmq_msg_close(&reference);
            return false;
        }
    }
    if (zmq_msg_send(&sender->message, sender->sockets[sender->next], ZMQ_DONTWAIT) < 0) {
        return false;
    }
    sender->has_message = false;
    return true;
}

static void close_sender(void *self)
{
    sender_t *sender = self;
    if (sender->has_message) {
        (void)zmq_msg_close(&sender->message);
    }
    for (unsigned i = 0; i < sender->consumers; i++) {
        if (sender->sockets[i] != NULL) {
            (void)zmq_close(sender->sockets[i]);
        }
    }
    if (sender->context != NULL) {
        (void)zmq_ctx_term(sender->context);
    }
    free(sender->buffer);
    free(sender);
}

static int bind_sockets(sender_t *sender, const tp_bench_cell_t *cell, unsigned stream)
{
    for (unsigned i = 0; i < sender->consumers; i++) {
        tp_bench_endpoint_t endpoint;
        const int rc = tp_bench_endpoint(&endpoint, cell, NAME, stream, i);
        if (rc != TP_OK) {
            return rc;
        }
        sender->sockets[i] = open_socket(sender->context);
        if (sender->sockets[i] == NULL || zmq_bind(sender->sockets[i], endpoint.url) != 0) {
            return fail_zmq(endpoint.url);
        }
    }
    return TP_OK;
}

static int open_sender(const tp_bench_cell_t *cell, void *shared, unsigned stream,
                       tp_bench_sender_t *out)
{
    (void)shared;
    sender_t *sender = calloc(1, sizeof(*sender) + cell->consumers * sizeof(sender->sockets[0]));
    if (sender == NULL) {
        return tpi_fail(TP_ENOMEM, NAME ": sender");
    }
    sender->consumers = cell->consumers;
    sender->size = cell->size;
    sender->buffer = tp_bench_private_buffer(cell->size);
    sender->context = zmq_ctx_new();
    int rc = TP_OK;
    if (sender->buffer == NULL || sender->context == NULL) {
        rc = tpi_fail(TP_ENOMEM, NAME ": sender");
    }
    rc = rc != TP_OK ? rc : bind_sockets(sender, cell, stream);
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
    if (zmq_msg_recv(&receiver->message, receiver->socket, ZMQ_DONTWAIT) < 0 ||
        zmq_msg_size(&receiver->message) != receiver->message_len) {
        return false;
    }
    tp_bench_take_message(out, zmq_msg_data(&receiver->message));
    return true;
}

/* The next receive gives the message's memory back. */
static bool release(void *self)
{
    (void)self;
    return true;
}

static void close_receiver(void *self)
{
    receiver_t *receiver = self;
    (void)zmq_msg_close(&receiver->message);
    if (receiver->socket != NULL) {
        (void)zmq_close(receiver->socket);
    }
    if (receiver->context != NULL) {
        (void)zmq_ctx_term(receiver->context);
    }
    free(receiver);
}

/* Connects in the background; until then the sender's publish says "not taken". */
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
    (void)zmq_msg_init(&receiver->message);
    receiver->context = zmq_ctx_new();
    receiver->socket = receiver->context != NULL ? open_socket(receiver->context) : NULL;
    if (receiver->socket == NULL || zmq_connect(receiver->socket, endpoint.url) != 0) {
        rc = fail_zmq(endpoint.url);
        close_receiver(receiver);
        return rc;
    }
    *out = (tp_bench_receiver_t){
        .self = receiver, .poll = poll_socket, .release = release, .close = close_receiver
    };
    return TP_OK;
}

const tp_bench_subject_t tp_bench_subject_zeromq = {
    .name = NAME,
    .has_threads = true,
    .help = "ZeroMQ, a PAIR socket per consumer over ipc://, copied into a message",
    .is_copying = true,
    .setup = setup,
    .teardown = teardown,
    .open_sender = open_sender,
    .open_receiver = open_receiver,
};
