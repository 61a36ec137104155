/*
 * tp/bench/subjects/aeron.c - raw Aeron IPC, as its users write it by hand: an exclusive publication, clients in invoker mode.
 *
 * A message is stamp and seq (8 bytes each), then the payload. One that fits into a frame (mtu 1408: 1360 bytes of payload) is
 * written where the receiver's client reads it: try_claim, commit. A larger one is offered, which copies it into frames of the
 * log, and assembled on the other side, which copies it out again.
 *
 * What the receiver is handed must stay until it releases it, but Aeron's bytes are the driver's to clear as soon as the poll has
 * returned. So a small message of one frame is copied out in the handler: at 64 bytes that cannot be told from not copying (70 ns
 * from publish to poll, both). At 1024 bytes it can (75 to 140 against 70 ns), as all lines are fetched before the poll returns:
 * there the receiver's position is held back until the release, which costs a second poll then.
 *
 * The window of an IPC publication is half a term. Terms are chosen so that four frames fit into it, and are at least 1 MiB.
 *
 * This file includes Aeron's header, which otherwise only src/link may: going through the link would measure the link.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aeronc.h"

#include "base/clock.h"
#include "base/fail.h"
#include "bench/subjects/shared_file.h"
#include "bench/subjects/subjects.h"
#include "link/counters.h"

#define HEAD 16u /* stamp, seq */
#define MTU 1408u
#define FRAME_HEADER 32u
#define FRAME_PAYLOAD (MTU - FRAME_HEADER)
#define MAX_COPIED 128u
#define MIN_TERM ((size_t)1 << 20)
#define MAX_MESSAGE ((size_t)16 << 20) /* Aeron's own limit, whatever the term */
#define FRAMES_IN_WINDOW 4u
/* Of one message that are taken in a poll: bounds it, and lets the publisher go on meanwhile. */
#define FRAGMENTS_PER_POLL 256u
#define DRIVER_TIMEOUT_MS 5000
#define OPEN_TIMEOUT_NS INT64_C(10000000000)
#define FIRST_STREAM 700000

typedef struct client {
    aeron_context_t *context;
    aeron_t *aeron;
} client_t;

typedef struct sender {
    aeron_exclusive_publication_t *publication;
    aeron_buffer_claim_t claim; /* of a message of one frame; data is NULL unless there is one */
    size_t message_len;
    uint8_t *buffer; /* of a larger one: its head ends on a cache line, where its payload begins */
    client_t client;
} sender_t;

typedef struct receiver {
    aeron_subscription_t *subscription;
    const uint8_t *message; /* what the handler was given; NULL: nothing */
    size_t message_len;
    uint8_t *buffer; /* of a copied one, its payload at a cache line */
    aeron_controlled_fragment_assembler_t *assembler;
    client_t client;
} receiver_t;

/* ---- client ---- */

/* Aeron's own handler ends the process. What is lost for good shows as frames that do not come. */
static void on_error(void *clientd, int errcode, const char *message)
{
    (void)clientd;
    (void)tpi_fail(TP_EAERON, "aeron: %s (%d)", message, errcode);
}

static int fail_aeron(const char *what)
{
    return tpi_fail(TP_EAERON, "aeron: %s: %s", what, aeron_errmsg());
}

static void close_client(client_t *client)
{
    if (client->aeron != NULL) {
        (void)aeron_close(client->aeron);
    }
    if (client->context != NULL) {
        (void)aeron_context_close(client->context);
    }
}

static int open_client(client_t *client, const char *aeron_dir)
{
    /* aeron_init would wait for one. */
    if (tpi_media_driver_is_alive(aeron_dir, DRIVER_TIMEOUT_MS * INT64_C(1000000)) != 1) {
        return tpi_fail(TP_ENOENT, "aeron: no media driver in %s", aeron_dir);
    }
    if (aeron_context_init(&client->context) < 0) {
        client->context = NULL;
        return fail_aeron("context");
    }
    aeron_context_t *context = client->context;
    /* Everything that the environment could change. */
    if (aeron_context_set_dir(context, aeron_dir) < 0 ||
        aeron_context_set_client_name(context, "tp bench") < 0 ||
        aeron_context_set_driver_timeout_ms(context, DRIVER_TIMEOUT_MS) < 0 ||
        aeron_context_set_keepalive_interval_ns(context, 500000000) < 0 ||
        aeron_context_set_resource_linger_duration_ns(context, 3000000000) < 0 ||
        aeron_context_set_idle_sleep_duration_ns(context, 16000000) < 0 ||
        /* The log's page tables are filled when it is mapped, as with the other subjects' memory. */
        aeron_context_set_pre_touch_mapped_memory(context, true) < 0 ||
        aeron_context_set_use_conductor_agent_invoker(context, true) < 0 ||
        aeron_context_set_error_handler(context, on_error, NULL) < 0 ||
        aeron_init(&client->aeron, context) < 0) {
        client->aeron = NULL;
        return fail_aeron("client");
    }
    return aeron_start(client->aeron) < 0 ? fail_aeron("client") : TP_OK;
}

/* One turn while something is awaited: an asynchronous add on a client that is closed never answers. */
static int turn(client_t *client, int64_t deadline_ns, const char *what)
{
    (void)aeron_main_do_work(client->aeron);
    if (aeron_is_closed(client->aeron)) {
        return tpi_fail(TP_ECLOSED, "aeron: %s: the client was closed", what);
    }
    if (tpi_monotonic_ns() - deadline_ns > 0) {
        return tpi_fail(TP_ETIMEDOUT, "aeron: %s: no answer", what);
    }
    return TP_OK;
}

static int32_t stream_id(const tp_bench_cell_t *cell, unsigned stream)
{
    return (int32_t)(FIRST_STREAM + cell->id * 1024 + stream);
}

/* ---- sizes ---- */

static bool is_one_frame(const tp_bench_cell_t *cell)
{
    return cell->size + HEAD <= FRAME_PAYLOAD;
}

/* In the log, with the headers of its frames. */
static size_t length_in_log(size_t message_len)
{
    const size_t rest = message_len % FRAME_PAYLOAD;
    return message_len / FRAME_PAYLOAD * MTU +
           (rest > 0 ? (rest + FRAME_HEADER + 31) / 32 * 32 : 0);
}

static size_t term_length(const tp_bench_cell_t *cell)
{
    size_t term = MIN_TERM;
    while (term / 2 < FRAMES_IN_WINDOW * length_in_log(cell->size + HEAD)) {
        term *= 2;
    }
    return term;
}

/* ---- sender ---- */

static uint8_t *claim_in_log(void *self)
{
    sender_t *sender = self;
    int64_t position = aeron_exclusive_publication_try_claim(sender->publication,
                                                             sender->message_len, &sender->claim);
    if (position == AERON_PUBLICATION_ADMIN_ACTION) { /* on to the next term: now it succeeds */
        position = aeron_exclusive_publication_try_claim(sender->publication, sender->message_len,
                                                         &sender->claim);
    }
    return position > 0 ? sender->claim.data + HEAD : NULL;
}

static void put_head(uint8_t *at, uint64_t stamp, uint64_t seq)
{
    memcpy(at, &stamp, 8);
    memcpy(at + 8, &seq, 8);
}

static bool publish_in_log(void *self, uint64_t stamp, uint64_t seq)
{
    sender_t *sender = self;
    put_head(sender->claim.data, stamp, seq);
    (void)aeron_buffer_claim_commit(&sender->claim);
    sender->claim.data = NULL;
    return true;
}

static uint8_t *claim_buffer(void *self)
{
    return ((sender_t *)self)->buffer + TP_BENCH_LINE;
}

static bool publish_offer(void *self, uint64_t stamp, uint64_t seq)
{
    sender_t *sender = self;
    uint8_t *message = sender->buffer + TP_BENCH_LINE - HEAD;
    put_head(message, stamp, seq);
    int64_t position = aeron_exclusive_publication_offer(sender->publication, message,
                                                         sender->message_len, NULL, NULL);
    if (position == AERON_PUBLICATION_ADMIN_ACTION) {
        position = aeron_exclusive_publication_offer(sender->publication, message,
                                                     sender->message_len, NULL, NULL);
    }
    return position > 0;
}

static void housekeep_sender(void *self)
{
    (void)aeron_main_do_work(((sender_t *)self)->client.aeron);
}

static void close_sender(void *self)
{
    sender_t *sender = self;
    if (sender->claim.data != NULL) {
        (void)aeron_buffer_claim_abort(&sender->claim);
    }
    if (sender->publication != NULL) {
        (void)aeron_exclusive_publication_close(sender->publication, NULL, NULL);
    }
    close_client(&sender->client);
    free(sender->buffer);
    free(sender);
}

static int add_publication(sender_t *sender, const tp_bench_cell_t *cell, unsigned stream)
{
    char channel[96];
    (void)snprintf(channel, sizeof(channel), "aeron:ipc?term-length=%zu|mtu=%u", term_length(cell),
                   MTU);
    aeron_async_add_exclusive_publication_t *adding;
    if (aeron_async_add_exclusive_publication(&adding, sender->client.aeron, channel,
                                              stream_id(cell, stream)) < 0) {
        return fail_aeron(channel);
    }
    const int64_t deadline_ns = tpi_monotonic_ns() + OPEN_TIMEOUT_NS;
    for (;;) {
        const int done = aeron_async_add_exclusive_publication_poll(&sender->publication, adding);
        if (done != 0) {
            if (done < 0) {
                sender->publication = NULL;
                return fail_aeron(channel);
            }
            return TP_OK;
        }
        const int rc = turn(&sender->client, deadline_ns, channel);
        if (rc != TP_OK) {
            return rc;
        }
    }
}

static int open_sender(const tp_bench_cell_t *cell, void *shared, unsigned stream,
                       tp_bench_sender_t *out)
{
    (void)shared;
    sender_t *sender = calloc(1, sizeof(*sender));
    if (sender == NULL) {
        return tpi_fail(TP_ENOMEM, "aeron: sender");
    }
    sender->message_len = HEAD + cell->size;
    int rc = TP_OK;
    if (sender->message_len > MAX_MESSAGE) {
        rc = tpi_fail(TP_ENOFIT, "aeron: a message of %zu bytes; at most %zu", sender->message_len,
                      MAX_MESSAGE);
    } else if (!is_one_frame(cell)) {
        sender->buffer = tp_bench_private_buffer(TP_BENCH_LINE + cell->size);
        rc = sender->buffer == NULL ? tpi_fail(TP_ENOMEM, "aeron: %zu bytes", cell->size) : TP_OK;
    }
    rc = rc != TP_OK ? rc : open_client(&sender->client, cell->aeron_dir);
    rc = rc != TP_OK ? rc : add_publication(sender, cell, stream);
    if (rc != TP_OK) {
        close_sender(sender);
        return rc;
    }
    *out = (tp_bench_sender_t){
        .self = sender,
        .claim = is_one_frame(cell) ? claim_in_log : claim_buffer,
        .publish = is_one_frame(cell) ? publish_in_log : publish_offer,
        .housekeep = housekeep_sender,
        .close = close_sender,
    };
    return TP_OK;
}

/* ---- receiver ---- */

static bool deliver(const receiver_t *receiver, tp_bench_message_t *out)
{
    memcpy(&out->stamp, receiver->message, 8);
    memcpy(&out->seq, receiver->message + 8, 8);
    out->data = receiver->message + HEAD;
    return true;
}

static void copy_frame(void *clientd, const uint8_t *buffer, size_t length, aeron_header_t *header)
{
    (void)header;
    receiver_t *receiver = clientd;
    if (length == receiver->message_len) {
        uint8_t *message = receiver->buffer + TP_BENCH_LINE - HEAD;
        memcpy(message, buffer, length);
        receiver->message = message;
    }
}

static bool poll_copy(void *self, tp_bench_message_t *out)
{
    receiver_t *receiver = self;
    receiver->message = NULL;
    if (aeron_subscription_poll(receiver->subscription, copy_frame, receiver, 1) <= 0 ||
        receiver->message == NULL) {
        return false;
    }
    return deliver(receiver, out);
}

/* Not consumed: the position stays before it, and all of it where it is. */
static aeron_controlled_fragment_handler_action_t hold_frame(void *clientd, const uint8_t *buffer,
                                                             size_t length, aeron_header_t *header)
{
    (void)header;
    receiver_t *receiver = clientd;
    if (length != receiver->message_len) {
        return AERON_ACTION_CONTINUE;
    }
    receiver->message = buffer;
    return AERON_ACTION_ABORT;
}

static bool poll_in_place(void *self, tp_bench_message_t *out)
{
    receiver_t *receiver = self;
    receiver->message = NULL;
    (void)aeron_subscription_controlled_poll(receiver->subscription, hold_frame, receiver, 1);
    return receiver->message != NULL && deliver(receiver, out);
}

static aeron_controlled_fragment_handler_action_t
consume_frame(void *clientd, const uint8_t *buffer, size_t length, aeron_header_t *header)
{
    (void)clientd;
    (void)buffer;
    (void)length;
    (void)header;
    return AERON_ACTION_CONTINUE;
}

static bool release_in_place(void *self)
{
    receiver_t *receiver = self;
    return aeron_subscription_controlled_poll(receiver->subscription, consume_frame, NULL, 1) == 1;
}

/* The assembler's buffer stays as it is until it is given the next fragment, in a later poll. */
static aeron_controlled_fragment_handler_action_t on_message(void *clientd, const uint8_t *buffer,
                                                             size_t length, aeron_header_t *header)
{
    (void)header;
    receiver_t *receiver = clientd;
    if (length == receiver->message_len) {
        receiver->message = buffer;
    }
    return AERON_ACTION_BREAK;
}

static bool poll_message(void *self, tp_bench_message_t *out)
{
    receiver_t *receiver = self;
    receiver->message = NULL;
    (void)aeron_subscription_controlled_poll(receiver->subscription,
                                             aeron_controlled_fragment_assembler_handler,
                                             receiver->assembler, FRAGMENTS_PER_POLL);
    return receiver->message != NULL && deliver(receiver, out);
}

static bool release(void *self)
{
    (void)self;
    return true;
}

static void housekeep_receiver(void *self)
{
    (void)aeron_main_do_work(((receiver_t *)self)->client.aeron);
}

static void close_receiver(void *self)
{
    receiver_t *receiver = self;
    if (receiver->subscription != NULL) {
        (void)aeron_subscription_close(receiver->subscription, NULL, NULL);
    }
    close_client(&receiver->client);
    if (receiver->assembler != NULL) {
        (void)aeron_controlled_fragment_assembler_delete(receiver->assembler);
    }
    free(receiver->buffer);
    free(receiver);
}

/* Until the publication's image is there: frames from then on arrive. */
static int add_subscription(receiver_t *receiver, const tp_bench_cell_t *cell, unsigned stream)
{
    aeron_async_add_subscription_t *adding;
    if (aeron_async_add_subscription(&adding, receiver->client.aeron, "aeron:ipc",
                                     stream_id(cell, stream), NULL, NULL, NULL, NULL) < 0) {
        return fail_aeron("add subscription");
    }
    const int64_t deadline_ns = tpi_monotonic_ns() + OPEN_TIMEOUT_NS;
    int done = 0;
    while (done == 0 || aeron_subscription_image_count(receiver->subscription) < 1) {
        if (done == 0) {
            done = aeron_async_add_subscription_poll(&receiver->subscription, adding);
            if (done < 0) {
                receiver->subscription = NULL;
                return fail_aeron("add subscription");
            }
        }
        const int rc =
            turn(&receiver->client, deadline_ns, done == 0 ? "add subscription" : "image");
        if (rc != TP_OK) {
            return rc;
        }
    }
    return TP_OK;
}

static int open_receiver(const tp_bench_cell_t *cell, void *shared, unsigned stream,
                         unsigned consumer, tp_bench_receiver_t *out)
{
    (void)shared;
    (void)consumer;
    receiver_t *receiver = calloc(1, sizeof(*receiver));
    if (receiver == NULL) {
        return tpi_fail(TP_ENOMEM, "aeron: receiver");
    }
    receiver->message_len = HEAD + cell->size;
    int rc = TP_OK;
    if (receiver->message_len <= MAX_COPIED) {
        receiver->buffer = tp_bench_private_buffer(TP_BENCH_LINE + cell->size);
        rc = receiver->buffer == NULL ? tpi_fail(TP_ENOMEM, "aeron: receiver") : TP_OK;
    } else if (!is_one_frame(cell) && aeron_controlled_fragment_assembler_create(
                                          &receiver->assembler, on_message, receiver) < 0) {
        receiver->assembler = NULL;
        rc = fail_aeron("assembler");
    }
    rc = rc != TP_OK ? rc : open_client(&receiver->client, cell->aeron_dir);
    rc = rc != TP_OK ? rc : add_subscription(receiver, cell, stream);
    if (rc != TP_OK) {
        close_receiver(receiver);
        return rc;
    }
    const bool is_in_place = is_one_frame(cell) && receiver->buffer == NULL;
    *out = (tp_bench_receiver_t){
        .self = receiver,
        .poll = is_in_place          ? poll_in_place
                : is_one_frame(cell) ? poll_copy
                                     : poll_message,
        .release = is_in_place ? release_in_place : release,
        .housekeep = housekeep_receiver,
        .close = close_receiver,
    };
    return TP_OK;
}

const tp_bench_subject_t tp_bench_subject_aeron = {
    .name = "aeron",
    .help =
        "raw Aeron IPC, exclusive publication: try_claim, commit, poll up to 1360 bytes, offer and "
        "assembled above; terms such that 4 frames fit into the window of half a term, >= 1 MiB",
    .max_size = MAX_MESSAGE - HEAD,
    .message_size = MAX_COPIED - HEAD, /* what is copied out: a message, not a payload in place */
    .needs_drivers = true,
    .open_sender = open_sender,
    .open_receiver = open_receiver,
};
