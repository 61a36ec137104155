/*
 * rate_limiter/forward.c - metadata, progress and QoS of the source stream, said again of the
 * destination.
 *
 * streamId is the first field of all of them, so a message is copied and patched, whatever else is in
 * it (Rule: C-10).
 */
#include <string.h>

#include "base/bytes.h"
#include "rate_limiter/internal.h"
#include "wire/codec.h"
#include "wire/table.h"

#define POLL_LIMIT 64

/* From the message's start. */
enum {
    AT_STREAM_ID = 8,
    AT_ANNOUNCE_PRODUCER_ID = 8 + 4,
    AT_ANNOUNCE_EPOCH = 8 + 8,
    AT_QOS_CONSUMER_ID = 8 + 4,
    AT_PROGRESS_FRAME_ID = 8 + 12,
    AT_PROGRESS_HEADER_INDEX = 8 + 20, /* v1.1 alone */
};

/* Form only, and one of the two templates; else NULL. */
static const tpi_wire_message_t *judge(struct tp_rate_limiter *limiter, const uint8_t *data,
                                       size_t len, uint16_t first, uint16_t second)
{
    const tpi_wire_message_t *message;
    tpi_wire_header_t header;
    if (tpi_wire_peek(data, len, &header) != TP_OK || header.schema_id != TPI_WIRE_SCHEMA_ID ||
        (header.template_id != first && header.template_id != second)) {
        return NULL; /* streams are shared */
    }
    /* Rule: C-1, C-2 */
    if (tpi_wire_check(data, len, TPI_WIRE_IN_BOTH, &message) != TP_OK) {
        limiter->ignored.decode++;
        return NULL;
    }
    if (len > TPI_RATE_MESSAGE_MAX) {
        limiter->ignored.oversize++;
        return NULL;
    }
    return message;
}

/* Each message goes to all mappings of its source (Rule: ). `patch` says whether it is to be
 * sent. */
static void send_on(struct tp_rate_limiter *limiter, tpi_publication_t *pub, const uint8_t *data,
                    size_t len, const tpi_wire_message_t *message,
                    bool (*patch)(tpi_rate_mapping_t *m, const tpi_wire_message_t *message,
                                  uint8_t *copy),
                    size_t count_offset)
{
    const uint32_t stream_id = tpi_get_u32(data + AT_STREAM_ID);
    bool is_known = false;
    for (size_t i = 0; i < limiter->nmappings; i++) {
        tpi_rate_mapping_t *m = &limiter->mappings[i];
        if (m->options.source_stream_id != stream_id) {
            continue;
        }
        is_known = true;
        memcpy(limiter->scratch, data, len);
        if (m->status.state == TP_RATE_FAILED || !patch(m, message, limiter->scratch)) {
            continue;
        }
        if (tpi_publication_offer(pub, limiter->scratch, len) == TPI_SEND_OK) {
            (*(uint64_t *)((uint8_t *)&m->status + count_offset))++;
        } else {
            m->status.send_failures++; /* Rule: C-4 counted and gone */
        }
    }
    limiter->ignored.stream += !is_known;
}

/* ---- metadata ---- */

/* Rule: R-13 */
static bool patch_metadata(tpi_rate_mapping_t *m, const tpi_wire_message_t *message, uint8_t *copy)
{
    tpi_put_u32(copy + AT_STREAM_ID, m->options.metadata_stream_id);
    if (message->template_id == TPI_DATA_SOURCE_ANNOUNCE) {
        tp_attach_status_t status;
        tp_producer_status(m->producer, &status);
        if (!tp_producer_is_ready(m->producer)) {
            return false; /* there is no local epoch to name */
        }
        tpi_put_u32(copy + AT_ANNOUNCE_PRODUCER_ID, status.client_id);
        tpi_put_u64(copy + AT_ANNOUNCE_EPOCH, status.epoch);
    }
    return true;
}

static void on_metadata(void *clientd, const uint8_t *data, size_t len,
                        const tpi_message_info_t *info)
{
    struct tp_rate_limiter *limiter = clientd;
    const tpi_wire_message_t *message =
        judge(limiter, data, len, TPI_DATA_SOURCE_ANNOUNCE, TPI_DATA_SOURCE_META);
    (void)info;
    if (message != NULL) {
        send_on(limiter, limiter->metadata_pub, data, len, message, patch_metadata,
                offsetof(tp_rate_status_t, metadata));
    }
}

/* ---- progress ---- */

/* Rule: a hint only, and none of frames which the gate holds back */
static bool patch_progress(tpi_rate_mapping_t *m, const tpi_wire_message_t *message, uint8_t *copy)
{
    tp_pool_info_t pool;
    if (!tpi_rate_gate_is_open(&m->gate, m->limiter->now_ns) ||
        tp_producer_pools(m->producer, &pool, 1) == 0) {
        return false;
    }
    tpi_put_u32(copy + AT_STREAM_ID, m->options.dest_stream_id);
    if ((message->dialects & TPI_WIRE_IN_V11) != 0) {
        const uint64_t frame_id = tpi_get_u64(copy + AT_PROGRESS_FRAME_ID);
        tpi_put_u32(copy + AT_PROGRESS_HEADER_INDEX, (uint32_t)frame_id & (pool.nslots - 1));
    }
    return true;
}

static void on_progress(void *clientd, const uint8_t *data, size_t len,
                        const tpi_message_info_t *info)
{
    struct tp_rate_limiter *limiter = clientd;
    const tpi_wire_message_t *message =
        judge(limiter, data, len, TPI_FRAME_PROGRESS, TPI_FRAME_PROGRESS);
    (void)info;
    if (message != NULL) {
        send_on(limiter, limiter->progress_pub, data, len, message, patch_progress,
                offsetof(tp_rate_status_t, progress));
    }
}

/* ---- QoS ---- */

/* Rule: R-15; what our own consumer says of the source is nobody's business at the destination */
static bool patch_qos(tpi_rate_mapping_t *m, const tpi_wire_message_t *message, uint8_t *copy)
{
    tp_attach_status_t own;
    tp_consumer_status(m->consumer, &own);
    if (message->template_id == TPI_QOS_CONSUMER &&
        tpi_get_u32(copy + AT_QOS_CONSUMER_ID) == own.client_id) {
        return false;
    }
    tpi_put_u32(copy + AT_STREAM_ID, m->options.dest_stream_id);
    return true;
}

static void on_qos(void *clientd, const uint8_t *data, size_t len, const tpi_message_info_t *info)
{
    struct tp_rate_limiter *limiter = clientd;
    const tpi_wire_message_t *message =
        judge(limiter, data, len, TPI_QOS_PRODUCER, TPI_QOS_CONSUMER);
    (void)info;
    if (message != NULL) {
        send_on(limiter, limiter->qos_pub, data, len, message, patch_qos,
                offsetof(tp_rate_status_t, qos));
    }
}

int tpi_rate_forward(struct tp_rate_limiter *limiter, int64_t now_ns)
{
    int work = 0;
    (void)now_ns;
    if (limiter->metadata_sub != NULL) {
        work += tpi_subscription_poll(limiter->metadata_sub, on_metadata, limiter, POLL_LIMIT);
    }
    if (limiter->progress_sub != NULL) {
        work += tpi_subscription_poll(limiter->progress_sub, on_progress, limiter, POLL_LIMIT);
    }
    if (limiter->qos_sub != NULL) {
        work += tpi_subscription_poll(limiter->qos_sub, on_qos, limiter, POLL_LIMIT);
    }
    return work;
}
