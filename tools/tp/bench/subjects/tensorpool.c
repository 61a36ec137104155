/*
 * tensorpool through its public interface, as an application uses it: claim, write in place, commit; and
 * on the other side try_next, read in place, is_valid.
 *
 *   tensorpool             consumers follow the ring and nothing else, the default
 *   tensorpool-descriptor  consumers wait for the FrameDescriptor on Aeron, as foreign peers do, and look
 *                          at the ring only then
 *   tensorpool-offer       a private buffer is copied into the slot
 *   tensorpool-sleep       consumers sleep in tp_consumer_wait
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/fail.h"
#include "bench/clock.h"
#include "bench/drivers.h"
#include "bench/subject.h"
#include "bench/subjects/tensorpool.h"
#include "link/link.h"
#include "tensorpool/tensorpool.h"
#include "wire/codec.h"

#define READY_NS INT64_C(20000000000)
#define SLEEP_NS INT64_C(20000000)
#define POLLS_IN_VAIN 100000u

tp_client_options_t tp_bench_client_options(const char *aeron_dir, const char *const *base_dir)
{
    tp_client_options_t options = TP_CLIENT_OPTIONS_INIT;
    options.aeron_dir = aeron_dir;
    options.client_name = "tp-bench";
    options.allowed_base_dirs = base_dir;
    options.allowed_base_dirs_count = 1;
    return options;
}

/* One client for all streams of a process, made at the first and gone with the last. */
static tp_client_t *client;
static unsigned client_users;

static int use_client(const tp_bench_cell_t *cell)
{
    if (client == NULL) {
        const tp_client_options_t options = tp_bench_client_options(cell->aeron_dir, &cell->dir);
        const int rc = tp_client_create(&client, &options);
        if (rc != TP_OK) {
            return rc;
        }
    }
    client_users++;
    return TP_OK;
}

static void leave_client(void)
{
    if (--client_users == 0) {
        tp_client_destroy(client);
        client = NULL;
    }
}

static void drive_client(void *self)
{
    (void)self;
    (void)tp_client_do_work(client);
}

int tp_bench_frame_info(tp_frame_info_t *out, size_t size)
{
    const int32_t dims[] = { (int32_t)size };
    *out = (tp_frame_info_t){ .meta_version = 1 };
    return tp_tensor_init(&out->tensor, TP_UINT8, 1, dims);
}

/* ---- sender ---- */

typedef struct sender {
    tp_producer_t *producer;
    tp_claim_t claim;
    tp_frame_info_t info;
    size_t size;
    uint8_t *private; /* tensorpool-offer */
    tp_producer_t **idle;
    unsigned nidle;
} sender_t;

static uint8_t *claim_slot(void *self)
{
    sender_t *s = self;
    return tp_producer_claim(s->producer, s->size, &s->claim) == TP_OK ? s->claim.data : NULL;
}

static bool commit_slot(void *self, uint64_t stamp, uint64_t seq)
{
    sender_t *s = self;
    (void)seq; /* the stream's own */
    s->info.timestamp_ns = stamp;
    return tp_producer_commit(s->producer, &s->claim, s->size, &s->info) == TP_OK;
}

static uint8_t *private_buffer(void *self)
{
    return ((sender_t *)self)->private;
}

static bool offer_copy(void *self, uint64_t stamp, uint64_t seq)
{
    sender_t *s = self;
    (void)seq;
    s->info.timestamp_ns = stamp;
    return tp_producer_offer(s->producer, s->private, s->size, &s->info) == TP_OK;
}

static void close_sender(void *self)
{
    sender_t *s = self;
    for (unsigned i = 0; i < s->nidle; i++) {
        tp_producer_destroy(s->idle[i]);
    }
    free(s->idle);
    tp_producer_destroy(s->producer);
    free(s->private);
    free(s);
    leave_client();
}

/* Producers with a lease and a mapping of their own which publish nothing. */
static int open_idle(sender_t *s, const tp_bench_cell_t *cell)
{
    s->idle = calloc(cell->idle_streams, sizeof *s->idle);
    if (s->idle == NULL) {
        return tpi_fail(TP_ENOMEM, "%u idle producers", cell->idle_streams);
    }
    tp_producer_options_t options = TP_PRODUCER_OPTIONS_INIT;
    options.publish_mode = TP_EXISTING_OR_CREATE;
    int rc = TP_OK;
    for (; rc == TP_OK && s->nidle < cell->idle_streams; s->nidle++) {
        options.stream_id = TP_BENCH_DYNAMIC_FIRST + s->nidle;
        rc = tp_producer_create(&s->idle[s->nidle], client, &options);
        if (rc != TP_OK) {
            break;
        }
    }
    for (unsigned i = 0; rc == TP_OK && i < s->nidle; i++) {
        rc = tp_producer_await_ready(s->idle[i], READY_NS);
    }
    return rc;
}

static int open_producer(const tp_bench_cell_t *cell, unsigned stream, sender_t **out)
{
    int rc = use_client(cell);
    if (rc != TP_OK) {
        return rc;
    }
    sender_t *s = calloc(1, sizeof *s);
    if (s == NULL) {
        leave_client();
        return tpi_fail(TP_ENOMEM, "sender");
    }
    s->size = cell->size;
    tp_producer_options_t options = TP_PRODUCER_OPTIONS_INIT;
    options.stream_id = tp_bench_stream_id(cell, stream);
    options.prefault = true;
    options.never_wake = cell->never_wake;
    rc = tp_bench_frame_info(&s->info, cell->size);
    if (rc == TP_OK && stream == 0 && cell->idle_streams > 0) {
        rc = open_idle(s, cell);
    }
    if (rc == TP_OK) {
        rc = tp_producer_create(&s->producer, client, &options);
    }
    if (rc == TP_OK) {
        rc = tp_producer_await_ready(s->producer, READY_NS);
    }
    if (rc != TP_OK) {
        close_sender(s);
        return rc;
    }
    *out = s;
    return TP_OK;
}

static int open_in_place(const tp_bench_cell_t *cell, void *shared, unsigned stream,
                         tp_bench_sender_t *out)
{
    sender_t *s = NULL;
    (void)shared;
    const int rc = open_producer(cell, stream, &s);
    if (rc == TP_OK) {
        *out = (tp_bench_sender_t){ .self = s,
                                    .claim = claim_slot,
                                    .publish = commit_slot,
                                    .housekeep = stream == 0 ? drive_client : NULL,
                                    .close = close_sender };
    }
    return rc;
}

static int open_copying(const tp_bench_cell_t *cell, void *shared, unsigned stream,
                        tp_bench_sender_t *out)
{
    int rc = open_in_place(cell, shared, stream, out);
    if (rc != TP_OK) {
        return rc;
    }
    sender_t *s = out->self;
    s->private = aligned_alloc(64, (cell->size + 63) / 64 * 64);
    if (s->private == NULL) {
        close_sender(s);
        return tpi_fail(TP_ENOMEM, "buffer of %zu bytes", cell->size);
    }
    out->claim = private_buffer;
    out->publish = offer_copy;
    return TP_OK;
}

/* ---- receiver ---- */

typedef struct receiver {
    tp_consumer_t *consumer;
    tp_frame_t frame;
    uint64_t streams, stream;
    /* tensorpool-descriptor */
    tpi_link_t *link;
    tpi_subscription_t *descriptors;
    uint32_t stream_id;
    uint64_t announced_end, next; /* seqs below were announced, were taken */
    unsigned in_vain;             /* polls since the last frame */
} receiver_t;

static bool poll_ring(void *self, tp_bench_message_t *out)
{
    receiver_t *r = self;
    if (tp_consumer_try_next(r->consumer, &r->frame) != 1) {
        return false;
    }
    *out = (tp_bench_message_t){ .data = r->frame.data,
                                 .stamp = r->frame.timestamp_ns,
                                 .seq = r->frame.seq * r->streams + r->stream };
    return true;
}

static bool sleep_for_ring(void *self, tp_bench_message_t *out)
{
    receiver_t *r = self;
    if (poll_ring(r, out)) {
        return true;
    }
    (void)tp_consumer_wait(r->consumer, SLEEP_NS);
    return poll_ring(r, out);
}

static void on_descriptor(void *clientd, const uint8_t *data, size_t len,
                          const tpi_message_info_t *info)
{
    receiver_t *r = clientd;
    tpi_frame_descriptor_t descriptor;
    (void)info;
    if (tpi_frame_descriptor_decode(data, len, &descriptor) == TP_OK &&
        descriptor.stream_id == r->stream_id) {
        r->announced_end = descriptor.seq + 1;
    }
}

/* A descriptor may be lost, since a producer waits for nobody: after a while without any the ring is
 * looked at, as a reader would that follows descriptors and does not want to hang. */
static bool poll_descriptors(void *self, tp_bench_message_t *out)
{
    receiver_t *r = self;
    if (r->announced_end <= r->next) {
        (void)tpi_subscription_poll(r->descriptors, on_descriptor, r, 1);
    }
    if ((r->announced_end <= r->next && ++r->in_vain < POLLS_IN_VAIN) || !poll_ring(r, out)) {
        return false;
    }
    r->next = r->frame.seq + 1;
    r->in_vain = 0;
    return true;
}

static bool release_frame(void *self)
{
    receiver_t *r = self;
    return tp_frame_is_valid(r->consumer, &r->frame);
}

static void drive_descriptors(void *self)
{
    receiver_t *r = self;
    drive_client(self);
    (void)tpi_link_do_work(r->link, tpi_monotonic_ns());
}

static void close_receiver(void *self)
{
    receiver_t *r = self;
    tpi_subscription_close(r->descriptors);
    tpi_link_destroy(r->link);
    tp_consumer_destroy(r->consumer);
    free(r);
    leave_client();
}

static int open_ring(const tp_bench_cell_t *cell, void *shared, unsigned stream, unsigned consumer,
                     tp_bench_receiver_t *out)
{
    (void)shared;
    (void)consumer;
    int rc = use_client(cell);
    if (rc != TP_OK) {
        return rc;
    }
    receiver_t *r = calloc(1, sizeof *r);
    if (r == NULL) {
        leave_client();
        return tpi_fail(TP_ENOMEM, "receiver");
    }
    tp_consumer_options_t options = TP_CONSUMER_OPTIONS_INIT;
    options.stream_id = r->stream_id = tp_bench_stream_id(cell, stream);
    options.prefault = true;
    r->streams = cell->streams;
    r->stream = stream;
    rc = tp_consumer_create(&r->consumer, client, &options);
    if (rc == TP_OK) {
        rc = tp_consumer_await_ready(r->consumer, READY_NS);
    }
    if (rc != TP_OK) {
        close_receiver(r);
        return rc;
    }
    *out = (tp_bench_receiver_t){ .self = r,
                                  .poll = poll_ring,
                                  .release = release_frame,
                                  .housekeep = stream == 0 ? drive_client : NULL,
                                  .close = close_receiver };
    return TP_OK;
}

static int open_sleeper(const tp_bench_cell_t *cell, void *shared, unsigned stream,
                        unsigned consumer, tp_bench_receiver_t *out)
{
    const int rc = open_ring(cell, shared, stream, consumer, out);
    if (rc == TP_OK) {
        out->poll = sleep_for_ring;
    }
    return rc;
}

static int await_descriptors(receiver_t *r)
{
    const int64_t until = tpi_monotonic_ns() + READY_NS;
    uint32_t idle = 0;
    /* The image, too: a descriptor sent before it is there never comes. */
    while (tpi_subscription_image_count(r->descriptors) == 0) {
        const int64_t now = tpi_monotonic_ns();
        if (now >= until) {
            return tpi_fail(TP_ETIMEDOUT, "no descriptor publication: %s",
                            tpi_subscription_error(r->descriptors));
        }
        drive_client(NULL);
        tp_idle(&idle, tpi_link_do_work(r->link, now));
    }
    return TP_OK;
}

static int open_descriptor(const tp_bench_cell_t *cell, void *shared, unsigned stream,
                           unsigned consumer, tp_bench_receiver_t *out)
{
    int rc = open_ring(cell, shared, stream, consumer, out);
    if (rc != TP_OK) {
        return rc;
    }
    receiver_t *r = out->self;
    const tpi_link_options_t options = { .aeron_dir = cell->aeron_dir,
                                         .client_name = "tp-bench-descriptors" };
    rc = tpi_link_create_aeron(&r->link, &options);
    if (rc == TP_OK) {
        rc = tpi_link_add_subscription(r->link, &r->descriptors, TP_BENCH_DESCRIPTOR_CHANNEL,
                                       TP_BENCH_DESCRIPTOR_STREAM, NULL, NULL);
    }
    if (rc == TP_OK) {
        rc = await_descriptors(r);
    }
    if (rc != TP_OK) {
        close_receiver(r);
        return rc;
    }
    out->poll = poll_descriptors;
    out->housekeep = drive_descriptors;
    return TP_OK;
}

const tp_bench_subject_t tp_bench_subject_tensorpool = {
    .name = "tensorpool",
    .help = "claim, write in place, commit; the consumer follows the ring",
    .max_size = TP_BENCH_MAX_STRIDE,
    .needs_drivers = true,
    .open_sender = open_in_place,
    .open_receiver = open_ring,
};

const tp_bench_subject_t tp_bench_subject_tensorpool_descriptor = {
    .name = "tensorpool-desc",
    .help =
        "the same; the consumer waits for the FrameDescriptor on Aeron and then looks at the ring",
    .max_size = TP_BENCH_MAX_STRIDE,
    .needs_drivers = true,
    .open_sender = open_in_place,
    .open_receiver = open_descriptor,
};

const tp_bench_subject_t tp_bench_subject_tensorpool_sleep = {
    .name = "tensorpool-sleep",
    .help = "the consumer sleeps in tp_consumer_wait and is woken by the producer's commit",
    .max_size = TP_BENCH_MAX_STRIDE,
    .blocks = true,
    .needs_drivers = true,
    .open_sender = open_in_place,
    .open_receiver = open_sleeper,
};

const tp_bench_subject_t tp_bench_subject_tensorpool_offer = {
    .name = "tensorpool-offer",
    .help = "a private buffer is copied into the slot; the consumer follows the ring",
    .max_size = TP_BENCH_MAX_STRIDE,
    .is_copying = true,
    .needs_drivers = true,
    .open_sender = open_copying,
    .open_receiver = open_ring,
};
