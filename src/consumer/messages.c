/*
 * consumer/messages.c - what a consumer says of itself, and descriptors, for those who asked for
 * them.
 */
#include "consumer/consumer_internal.h"
#include "wire/codec.h"

#define DESCRIPTOR_LIMIT 256

/* ---- descriptors: a hint; the ring stays the truth ---- */

/* Rule: W-101 nothing of a descriptor but its epoch and seq is used: place, shape and type are the
 * slot's. */

void tpi_consumer_on_descriptor(void *clientd, const uint8_t *data, size_t len,
                                const tpi_message_info_t *info)
{
    tp_consumer_t *c = clientd;
    tpi_frame_descriptor_t d;
    tpi_wire_header_t header;
    (void)info;
    if (tpi_wire_peek(data, len, &header) != TP_OK || header.schema_id != TPI_WIRE_SCHEMA_ID ||
        header.template_id != TPI_FRAME_DESCRIPTOR) {
        return;
    }
    if (tpi_frame_descriptor_decode(data, len, &d) != TP_OK) {
        c->stats.ignored_decode++;
        return;
    }
    if (d.stream_id != c->attachment.stream_id) {
        return; /* Rule: W-9 the stream is shared */
    }
    if (!tpi_consumer_is_mapped(c)) {
        c->stats.ignored_unmapped++; /* Rule: W-47 */
        return;
    }
    if (d.epoch != c->mapping.epoch) {
        c->stats.ignored_epoch++; /* Rule: W-47 a lower one is somebody who has not noticed */
        if (d.epoch > c->mapping.epoch && c->state == TPI_MAP_MAPPED) {
            static const tpi_map_wanted_t higher_only = { .is_same_ok = false };
            tpi_consumer_remap(c, TP_REASON_PRODUCER_GONE, higher_only,
                               "a frame of a higher epoch was described; waiting for its announce",
                               c->client->now_ns); /* Rule: W-113 */
            c->is_told_of_higher_epoch = true;
        }
        return;
    }
    /* Rule: W-49 the ring would not be read at that index, so this names no frame of it */
    if (d.header_index != TPI_NULL_U32 && d.header_index != ((uint32_t)d.seq & c->mapping.mask)) {
        c->stats.ignored_decode++;
        return;
    }
    if (c->streams.is_described) { /* then only our own stream is heard, and it alone decides */
        tpi_own_streams_on_described(c, d.seq);
        return;
    }
    bool is_backwards = false;
    const bool is_news =
        tpi_ring_reader_note_descriptor(&c->reader, d.seq, &is_backwards); /* Rule: W-48 */
    if (is_backwards && c->state == TPI_MAP_MAPPED) {
        static const tpi_map_wanted_t same_or_higher = { .is_same_ok = true };
        tpi_consumer_remap(c, TP_REASON_PROTOCOL_ERROR, same_or_higher, "descriptors run backwards",
                           c->client->now_ns); /* Rule: W-115 */
    } else if (!is_news) {
        c->stats.ignored_dup++; /* Rule: W-115 */
    }
}

int tpi_consumer_poll_descriptors(tp_consumer_t *c)
{
    if (c->descriptor_sub == NULL) {
        return 0;
    }
    return tpi_subscription_poll(c->descriptor_sub, tpi_consumer_on_descriptor, c,
                                 DESCRIPTOR_LIMIT);
}

/* ---- hello and QoS ---- */

static uint8_t mode_of(const tp_consumer_t *c)
{
    return c->streams.mode; /* Rule: W-89, W-92 */
}

static uint32_t hint(uint32_t value)
{
    return value == 0 ? TPI_NULL_U32 : value;
}

static void send_hello(tp_consumer_t *c)
{
    tpi_consumer_hello_t hello = {
        .stream_id = c->attachment.stream_id,
        .consumer_id = c->attachment.client_id, /* Rule: D-44 */
        .supports_shm = TPI_BOOL_TRUE,
        .supports_progress = c->options.wants_progress ? TPI_BOOL_TRUE : TPI_BOOL_FALSE,
        /* What is wanted, not what the last config made of it. */
        .mode = c->options.max_rate_hz > 0 ? TPI_MODE_RATE_LIMITED : TPI_MODE_STREAM,
        .max_rate_hz = c->options.max_rate_hz,
        .expected_layout_version = TPI_LAYOUT_VERSION,
        .progress_interval_us = hint(c->options.progress_interval_us),
        .progress_bytes_delta = hint(c->options.progress_bytes_delta),
        .progress_major_delta_units = hint(c->options.progress_major_delta_units),
    };
    tpi_own_streams_fill_hello(c, &hello);
    uint8_t buf[128 + 2 * TP_STREAM_CHANNEL_MAX];
    const int len = tpi_consumer_hello_encode(buf, sizeof buf, &hello);
    if (len > 0) {
        (void)tpi_client_send(c->client, buf, (size_t)len);
    }
}

static void send_qos(tp_consumer_t *c)
{
    /* Rule: W-126 */
    const tpi_qos_consumer_t qos = {
        .stream_id = c->attachment.stream_id,
        .consumer_id = c->attachment.client_id, /* Rule: D-44 */
        .epoch = tpi_consumer_is_mapped(c) ? c->mapping.epoch : 0,
        .last_seq_seen = c->stats.has_seq ? c->stats.last_seq : 0,
        .drops_gap = c->stats.drops_gap,
        .drops_late = c->stats.drops_late,
        .mode = mode_of(c),
    };
    uint8_t buf[128];
    const int len = tpi_qos_consumer_encode(buf, sizeof buf, &qos);
    if (len > 0 && tpi_client_send_qos(c->client, buf, (size_t)len) == TPI_SEND_OK) {
        c->follower.said++;
    }
}

int tpi_consumer_send_due(tp_consumer_t *c, int64_t now_ns)
{
    const int64_t interval_ns = c->client->options.qos_interval_ns;
    int work = 0;
    if (interval_ns < 0) {
        return 0;
    }
    /* Rule: W-87, W-117, W-128. What cannot be sent is not tried again before its next time: it
     * says nothing new. */
    if (now_ns - c->hello_due_ns >= 0) {
        c->hello_due_ns = now_ns + interval_ns;
        send_hello(c);
        work++;
    }
    if (now_ns - c->qos_due_ns >= 0) {
        c->qos_due_ns = now_ns + interval_ns;
        send_qos(c);
        work++;
    }
    return work;
}
