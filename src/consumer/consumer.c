/*
 * consumer/consumer.c - the public face of a consumer, and its hot path.
 *
 * poll and try_next look at the mapped ring and at nothing else. Everything that may map, unmap,
 * allocate or call the system is in tp_client_do_work (mapping.c, messages.c); as both run on one
 * thread, a mapping cannot go away between a frame's arrival and the check after its use, other
 * than by a do_work in between.
 */
#include "tensorpool/consumer.h"

#include <stdlib.h>

#include "base/fail.h"
#include "consumer/consumer_internal.h"
#include "link/counters.h"

#define GAP_PATIENCE_NS INT64_C(1000000000)
#define BACKOFF_MIN_NS INT64_C(250000000)

/* Order is the counters' `which`. New ones come last. */
static const char *const counter_labels[] = {
    "accepted", "thinned",   "drops-gap", "drops-late", "drops-remap", "remaps",
    "overrun",  "abandoned", "resync",    "odd",        "changed",     "identity",
    "header",   "payload",   "bytes",     "lag",
};
_Static_assert(sizeof counter_labels / sizeof counter_labels[0] <= TPI_ROLE_COUNTERS_MAX,
               "room for every counter");

int tp_consumer_create(tp_consumer_t **out, tp_client_t *client,
                       const tp_consumer_options_t *options)
{
    tp_consumer_options_t o;
    if (out == NULL || client == NULL) {
        return tpi_fail(TP_EINVAL, "out or client is NULL");
    }
    int rc = tpi_options_read(&o, sizeof o, options, "consumer");
    if (rc != TP_OK) {
        return rc;
    }
    if (o.stream_id == 0) {
        return tpi_fail(TP_EINVAL, "stream_id is 0: a consumer must name its stream");
    }
    if (o.start_at != TP_START_NEWEST && o.start_at != TP_START_OLDEST) {
        return tpi_fail(TP_EINVAL, "start_at %d is unknown", (int)o.start_at);
    }
    if (o.gap_patience_ns < 0) {
        return tpi_fail(TP_EINVAL, "gap_patience_ns is %lld, expected 0 (default) or more",
                        (long long)o.gap_patience_ns);
    }
    if (o.gap_patience_ns == 0) {
        o.gap_patience_ns = GAP_PATIENCE_NS;
    }
    tp_consumer_t *consumer = calloc(1, sizeof *consumer);
    if (consumer == NULL) {
        return tpi_fail(TP_ENOMEM, "consumer");
    }
    consumer->client = client;
    consumer->options = o;
    consumer->backoff_ns = BACKOFF_MIN_NS;
    rc = tpi_own_streams_init(consumer);
    if (rc != TP_OK) {
        free(consumer);
        return rc;
    }
    consumer->counters.type_id = TPI_COUNTER_CONSUMER;
    consumer->counters.labels = counter_labels;
    consumer->counters.count = sizeof counter_labels / sizeof counter_labels[0];
    if (o.use_descriptors) {
        rc = tpi_link_add_subscription(client->link, &consumer->descriptor_sub,
                                       client->options.descriptor_channel,
                                       client->options.descriptor_stream_id, NULL, NULL);
    }
    if (rc == TP_OK && o.without_driver) {
        rc = tpi_client_hear_qos(client); /* Rule: W-88 */
    }
    if (rc == TP_OK) {
        const tpi_attachment_options_t attach = {
            .role_id = TPI_ROLE_CONSUMER,
            .stream_id = o.stream_id,
            .client_id = o.client_id,
            .publish_mode = o.publish_mode,
            .hugepages = o.hugepages,
            .source = o.without_driver ? &tpi_follower_source : NULL,
            .source_data = &consumer->follower,
        };
        rc = tpi_attachment_init(&consumer->attachment, client, &attach, &tpi_consumer_role_ops,
                                 consumer);
    }
    if (rc != TP_OK) {
        tpi_subscription_close(consumer->descriptor_sub);
        free(consumer);
        return rc;
    }
    *out = consumer;
    return TP_OK;
}

void tp_consumer_destroy(tp_consumer_t *consumer)
{
    if (consumer == NULL) {
        return;
    }
    tpi_attachment_fini(&consumer->attachment);
    tpi_role_counters_close(&consumer->counters);
    tpi_subscription_close(consumer->descriptor_sub);
    tpi_own_streams_fini(consumer);
    for (size_t i = 0; i < TPI_PENDING_MAX; i++) {
        free(consumer->pending[i].data);
    }
    free(consumer);
}

bool tp_consumer_is_ready(const tp_consumer_t *consumer)
{
    return tpi_consumer_is_mapped(consumer);
}

static bool is_ready(const void *role)
{
    return tpi_consumer_is_mapped(role);
}

int tp_consumer_await_ready(tp_consumer_t *consumer, int64_t timeout_ns)
{
    return tpi_attachment_await(&consumer->attachment, is_ready, "consumer", timeout_ns);
}

void tp_consumer_status(const tp_consumer_t *consumer, tp_attach_status_t *out_status)
{
    tpi_attachment_status(&consumer->attachment, out_status);
    out_status->epoch = tpi_consumer_is_mapped(consumer) ? consumer->mapping.epoch : 0;
    if (out_status->state != TP_ATTACH_ATTACHED) {
        return;
    }
    switch (consumer->state) {
    case TPI_MAP_UNMAPPED:
    case TPI_MAP_REMAPPING:
    case TPI_MAP_FALLBACK:
    case TPI_MAP_BACKOFF:
        out_status->state = TP_ATTACH_REMAPPING;
        out_status->reason = consumer->reason;
        break;
    case TPI_MAP_MAPPED:
    case TPI_MAP_ENDING:
        if (consumer->reason != TP_REASON_NONE) {
            out_status->reason = consumer->reason;
        }
        break;
    }
}

/* ---- hot path ---- */

static __attribute__((noinline)) int next_with_time(tp_consumer_t *consumer, tp_frame_t *out_frame)
{
    const int got =
        tpi_ring_reader_next(&consumer->reader, tpi_client_clock(consumer->client), out_frame);
    if (tpi_ring_reader_is_broken(&consumer->reader)) {
        tpi_attachment_stir(&consumer->attachment); /* the next turn remaps */
    }
    return got;
}

int tp_consumer_try_next(tp_consumer_t *consumer, tp_frame_t *out_frame)
{
    if (!tpi_consumer_is_mapped(consumer)) {
        return TP_ESTATE;
    }
    if (consumer->streams.is_described) {
        return tpi_own_streams_next(consumer, out_frame);
    }
    /* The clock is read when the reader has to know the time, not for each look at the ring. */
    const int got = tpi_ring_reader_try(&consumer->reader, consumer->client->now_ns, out_frame);
    return got != TPI_READER_NEEDS_TIME ? got : next_with_time(consumer, out_frame);
}

int tp_consumer_poll(tp_consumer_t *consumer, tp_frame_handler_t handler, void *clientd,
                     size_t limit)
{
    if (!tpi_consumer_is_mapped(consumer)) {
        return TP_ESTATE;
    }
    const size_t most = limit < INT32_MAX ? limit : INT32_MAX;
    int delivered = 0;
    /* Asked each time: a handler which calls do_work, though it should not, may have lost the
     * mapping. */
    while ((size_t)delivered < most && tpi_consumer_is_mapped(consumer)) {
        tp_frame_t frame;
        if (tp_consumer_try_next(consumer, &frame) != 1) {
            break;
        }
        delivered++;
        const int is_enough = handler(clientd, &frame);
        (void)tpi_ring_reader_confirm(&consumer->reader, &frame); /* Rule: W-57 */
        if (is_enough != 0) {
            break;
        }
    }
    return delivered;
}

bool tp_frame_is_valid(tp_consumer_t *consumer, const tp_frame_t *frame)
{
    return tpi_consumer_is_mapped(consumer) && tpi_ring_reader_confirm(&consumer->reader, frame);
}

/* ---- for roles that send frames on elsewhere ---- */

void tpi_consumer_tap_announces(tp_consumer_t *consumer,
                                void (*tap)(void *clientd, const tpi_shm_pool_announce_t *announce,
                                            const uint8_t *data, size_t len),
                                void *clientd)
{
    consumer->announce_tap = tap;
    consumer->announce_tap_clientd = clientd;
}

void tpi_consumer_hold(tp_consumer_t *consumer, bool is_held)
{
    consumer->is_held = is_held;
}

void tpi_consumer_keep_ahead(tp_consumer_t *consumer)
{
    consumer->keeps_ahead = true;
}

bool tpi_consumer_renew_frame(tp_consumer_t *consumer, tp_frame_t *frame)
{
    const tpi_mapping_t *mapping = &consumer->mapping;
    if (!tpi_consumer_is_mapped(consumer) || frame->epoch != mapping->epoch) {
        return false;
    }
    /* The same epoch may have been mapped anew, elsewhere. */
    const uint32_t index = (uint32_t)frame->seq & mapping->mask;
    frame->slot = tpi_mapping_slot(mapping, index);
    if (frame->length > 0) {
        const int pool = tpi_mapping_find_pool(mapping, frame->pool_id);
        if (pool < 0 || frame->length > mapping->pools[pool].superblock.stride_bytes) {
            return false;
        }
        frame->data = tpi_mapping_payload(mapping, (size_t)pool, index);
    }
    return tpi_ring_reader_confirm(&consumer->reader, frame);
}

/* ---- looking ---- */

const char *tp_drop_cause_name(tp_drop_cause_t cause)
{
    switch (cause) {
#define DROP_NAME(NAME, name)                                                                      \
    case TP_DROP_##NAME:                                                                           \
        return #name;
        TP_DROP_LIST(DROP_NAME)
#undef DROP_NAME
    case TP_DROP_CAUSES:
        break;
    }
    return "?";
}

void tp_consumer_stats(const tp_consumer_t *consumer, tp_consumer_stats_t *out_stats)
{
    *out_stats = consumer->stats;
    out_stats->ignored_stale += consumer->attachment.ignored_stale;
    out_stats->ignored_epoch += consumer->attachment.ignored_epoch;
    out_stats->ignored_decode += consumer->client->ignored_decode;
}

uint64_t tp_consumer_lag(const tp_consumer_t *consumer)
{
    if (!tpi_consumer_is_mapped(consumer)) {
        return 0;
    }
    return tpi_ring_reader_newest_end(&consumer->reader) - consumer->reader.next_seq;
}
