/*
 * producer/producer.c - driver.md 3.5: an attachment, the ring of the epoch it was granted, and the
 * descriptors of what was committed.
 *
 * state           event                  action                                         next
 * IDLE            attach OK, mapped      seq = 0                                        ACTIVE
 * ACTIVE          claim, commit, abort   wire.md 2.4; descriptors in seq order          ACTIVE
 * ACTIVE          lease lost             void the claims, unmap                         PAUSED
 * PAUSED          claim, commit, abort   TP_ESTATE                                      PAUSED
 * PAUSED          attach OK, mapped      seq = 0 in a new epoch                         ACTIVE
 * any             destroy                unmap, detach (at most 1 s)                    -
 *
 * The state needs no variable: ACTIVE is "a mapping is there", and the attachment alone maps and
 * unmaps. The descriptor publication is the client's, for all its producers, and ready before the
 * first frame; nothing is sent on it but between ACTIVE and PAUSED.
 *
 * A frame is published by its committed word. Its descriptor is a wake-up for readers who want one:
 * it is claimed on an exclusive publication, and if that does not take it (nobody there, somebody
 * who does not poll), it is counted and gone.
 */
#include "tensorpool/producer.h"

#include <stdlib.h>

#include "base/fail.h"
#include "client/client_internal.h"
#include "client/role_counters.h"
#include "link/counters.h"
#include "producer/orphans.h"
#include "producer/producer_internal.h"
#include "producer/progress.h"
#include "producer/ring_writer.h"
#include "producer/wake.h"
#include "shm/payload.h"
#include "standalone/standalone.h"
#include "tensor/tensor_check.h"
#include "wire/codec.h"

struct tp_producer {
    /* Of each frame: together, and apart from what turns of do_work look at. */
    tp_client_t *client;
    tpi_publication_t *descriptor_pub; /* the client's */
    size_t descriptor_len;
    tpi_dialect_t dialect;
    uint8_t descriptor[TPI_FRAME_DESCRIPTOR_MAX]; /* the last one of this epoch */
    tpi_producer_wake_t wake;
    tp_producer_stats_t stats;
    tpi_subscribers_t subs;
    tpi_ring_writer_t writer;
    tpi_mapping_t mapping;

    tpi_attachment_t attachment;
    tpi_orphans_t *orphans;   /* claims that were open when a lease was lost */
    tpi_local_owner_t *owner; /* NULL: a driver's stream */
    tpi_progress_t progress;
    bool lock_memory;
    bool prefault;
    int64_t qos_due_ns;
    tpi_role_counters_t counters;
};

/* Order is the counters' `which`. */
static const char *const counter_labels[] = { "published",
                                              "aborted",
                                              "no-fit",
                                              "descriptors-sent",
                                              "descriptors-not-connected",
                                              "descriptors-back-pressured",
                                              "descriptors-failed",
                                              "bytes" };
enum { COUNTERS = sizeof counter_labels / sizeof counter_labels[0] };

static bool is_active(const tp_producer_t *producer)
{
    return tpi_mapping_is_open(&producer->mapping);
}

/* ---- role ---- */

/* A publication that cannot be added (another term length, say) does not keep frames from ring
 * readers. */
static bool is_prepared(const void *role)
{
    const tp_producer_t *producer = role;
    return tpi_publication_is_ready(producer->descriptor_pub) ||
           tpi_publication_error(producer->descriptor_pub)[0] != '\0';
}

static int map(void *role, const tpi_stream_layout_t *layout, int64_t now_ns)
{
    tp_producer_t *producer = role;
    const int rc = tpi_mapping_open(&producer->mapping, producer->client->bases, layout,
                                    TPI_MAP_READ_WRITE, producer->lock_memory);
    if (rc != TP_OK) {
        return rc; /* Rule: D-34, D-35, D-98 */
    }
    if (producer->prefault) {
        tpi_mapping_prefault(&producer->mapping, true);
    }
    tpi_ring_writer_init(&producer->writer, &producer->mapping); /* Rule: W-111 */
    /* Rule: W-100, W-102 the time of capture is in the slot */
    const tpi_frame_descriptor_t descriptor = {
        .stream_id = layout->stream_id,
        .epoch = layout->epoch,
        .timestamp_ns = TPI_NULL_U64,
    };
    producer->descriptor_len =
        tpi_frame_descriptor_put(producer->descriptor, producer->dialect, &descriptor);
    producer->qos_due_ns = now_ns;
    tpi_progress_reset(&producer->progress);
    tpi_subscribers_set_open(&producer->subs, true);
    return TP_OK;
}

static void unmap(void *role, int64_t now_ns)
{
    tp_producer_t *producer = role;
    (void)now_ns;
    if (is_active(producer)) {
        /* Claims in flight are void: they name an epoch that is not mapped any more. */
        producer->stats.next_seq = producer->writer.next_seq;
        tpi_orphans_take(&producer->orphans, &producer->writer, &producer->mapping);
        tpi_producer_wake_end(&producer->wake); /* that consumers learn of the end, too */
        tpi_progress_reset(&producer->progress);
        tpi_subscribers_set_open(&producer->subs, false);
    }
}

/* Rule: W-117, W-127 */
static int send_qos(tp_producer_t *producer, int64_t now_ns)
{
    const int64_t interval_ns = producer->client->options.qos_interval_ns;
    if (interval_ns < 0 || now_ns - producer->qos_due_ns < 0) {
        return 0;
    }
    producer->qos_due_ns = now_ns + interval_ns;
    const tpi_qos_producer_t qos = {
        .stream_id = producer->attachment.stream_id,
        .producer_id = producer->attachment.client_id, /* Rule: D-44 */
        .epoch = producer->mapping.epoch,
        .current_seq = producer->writer.next_seq,
        .watermark = TPI_NULL_U32,
    };
    uint8_t buf[128];
    const int len = tpi_qos_producer_encode(buf, sizeof buf, &qos);
    if (len > 0) {
        (void)tpi_client_send_qos(producer->client, buf,
                                  (size_t)len); /* lost: the next one tells more */
    }
    return 1;
}

static tpi_progress_stream_t progress_stream(tp_producer_t *producer)
{
    return (tpi_progress_stream_t){ .subs = &producer->subs,
                                    .stream_id = producer->mapping.stream_id,
                                    .epoch = producer->writer.epoch,
                                    .mask = producer->writer.mask,
                                    .dialect = producer->dialect };
}

static int tick(void *role, int64_t now_ns)
{
    tp_producer_t *producer = role;
    int work = tpi_subscribers_tick(&producer->subs, now_ns);
    if (producer->progress.pending != 0) {
        const tpi_progress_stream_t stream = progress_stream(producer);
        work += tpi_progress_tick(&producer->progress, &stream, now_ns);
    }
    if (tpi_role_counters_due(&producer->counters, &producer->attachment, now_ns)) {
        const tp_producer_stats_t *s = &producer->stats;
        const uint64_t values[COUNTERS] = { s->published,
                                            s->aborted,
                                            s->no_fit,
                                            s->descriptors_sent,
                                            s->descriptors_not_connected,
                                            s->descriptors_back_pressured,
                                            s->descriptors_failed,
                                            s->bytes };
        tpi_role_counters_update(&producer->counters, &producer->attachment, values, now_ns);
    }
    tpi_producer_wake_tick(&producer->wake, &producer->attachment,
                           is_active(producer) ? producer->mapping.epoch : 0);
    if (tpi_attachment_is_attached(&producer->attachment) && is_active(producer)) {
        work += send_qos(producer, now_ns);
    }
    return work;
}

static int64_t next_tick(const void *role, int64_t now_ns)
{
    const tp_producer_t *producer = role;
    int64_t due_ns = tpi_role_counters_next(&producer->counters, &producer->attachment);
    const int64_t subs_ns = tpi_subscribers_next(&producer->subs, now_ns);
    const int64_t progress_ns = tpi_progress_next(&producer->progress, &producer->subs);
    due_ns = subs_ns < due_ns ? subs_ns : due_ns;
    due_ns = progress_ns < due_ns ? progress_ns : due_ns;
    if (tpi_attachment_is_attached(&producer->attachment) && is_active(producer) &&
        producer->client->options.qos_interval_ns >= 0 && producer->qos_due_ns < due_ns) {
        due_ns = producer->qos_due_ns;
    }
    return due_ns;
}

static void on_hello(void *role, const tpi_consumer_hello_t *hello, int64_t now_ns)
{
    tp_producer_t *producer = role;
    tpi_subscribers_on_hello(&producer->subs, hello, now_ns);
    tpi_attachment_stir(&producer->attachment);
}

static void on_config(void *role, const tpi_consumer_config_t *config, int64_t now_ns)
{
    tp_producer_t *producer = role;
    tpi_subscribers_on_config(&producer->subs, config, now_ns);
    tpi_attachment_stir(&producer->attachment);
}

static void on_qos(void *role, const tpi_qos_consumer_t *qos, int64_t now_ns)
{
    tpi_subscribers_on_qos(&((tp_producer_t *)role)->subs, qos, now_ns);
}

/* Announces and notices about others are nothing to a producer; D-73 is the attachment's. */
static const tpi_role_ops_t role_ops = { .is_prepared = is_prepared,
                                         .map = map,
                                         .unmap = unmap,
                                         .peer_hello = on_hello,
                                         .peer_config = on_config,
                                         .peer_qos = on_qos,
                                         .tick = tick,
                                         .next_tick = next_tick };

/* ---- life ---- */

int tp_producer_create(tp_producer_t **out, tp_client_t *client,
                       const tp_producer_options_t *options)
{
    tp_producer_options_t o;
    if (out == NULL || client == NULL) {
        return tpi_fail(TP_EINVAL, "out or client is NULL");
    }
    int rc = tpi_options_read(&o, sizeof o, options, "producer");
    if (rc != TP_OK) {
        return rc;
    }
    tp_producer_t *producer = calloc(1, sizeof *producer);
    if (producer == NULL) {
        return tpi_fail(TP_ENOMEM, "producer");
    }
    producer->client = client;
    producer->lock_memory = o.lock_memory;
    producer->prefault = o.prefault;
    producer->dialect =
        client->options.wire_dialect == TP_WIRE_V12 ? TPI_DIALECT_V12 : TPI_DIALECT_V11;
    producer->counters.type_id = TPI_COUNTER_PRODUCER;
    producer->counters.labels = counter_labels;
    producer->counters.count = COUNTERS;
    tpi_producer_wake_init(&producer->wake, o.never_wake);
    rc = tpi_client_descriptor_publication(client, &producer->descriptor_pub);
    if (rc == TP_OK && o.local != NULL) {
        rc = tpi_local_owner_create(&producer->owner, client, o.local, o.stream_id);
    }
    if (rc == TP_OK) {
        tpi_subscribers_init(&producer->subs, client,
                             o.max_subscribers != 0 ? o.max_subscribers : TPI_SUBSCRIBERS_DEFAULT,
                             /* Rule: D-112 a driver assigns, if there is one */
                             producer->owner != NULL);
        const tpi_attachment_options_t attach = {
            .role_id = TPI_ROLE_PRODUCER,
            .stream_id = o.stream_id,
            .client_id = o.client_id,
            .publish_mode = o.publish_mode,
            .hugepages = o.hugepages,
            .source = producer->owner != NULL ? &tpi_local_owner_source : NULL,
            .source_data = producer->owner,
        };
        rc = tpi_attachment_init(&producer->attachment, client, &attach, &role_ops, producer);
    }
    if (rc != TP_OK) {
        tpi_local_owner_destroy(producer->owner);
        free(producer);
        return rc;
    }
    *out = producer;
    return TP_OK;
}

void tp_producer_destroy(tp_producer_t *producer)
{
    if (producer == NULL) {
        return;
    }
    tpi_attachment_fini(&producer->attachment);
    tpi_orphans_free(&producer->orphans);
    tpi_subscribers_fini(&producer->subs);
    tpi_producer_wake_fini(&producer->wake);
    tpi_role_counters_close(&producer->counters);
    tpi_local_owner_destroy(producer->owner);
    free(producer);
}

void tp_producer_renew(tp_producer_t *producer)
{
    tpi_attachment_renew(&producer->attachment, tpi_client_clock(producer->client));
}

bool tp_producer_is_ready(const tp_producer_t *producer)
{
    return is_active(producer);
}

static bool is_ready(const void *role)
{
    return is_active(role);
}

void tp_producer_status(const tp_producer_t *producer, tp_attach_status_t *out_status)
{
    tpi_attachment_status(&producer->attachment, out_status);
}

int tp_producer_await_ready(tp_producer_t *producer, int64_t timeout_ns)
{
    return tpi_attachment_await(&producer->attachment, is_ready, "producer", timeout_ns);
}

/* ---- hot path ---- */

static int count_not_attached(tp_producer_t *producer)
{
    producer->stats.not_attached++;
    return TP_ESTATE;
}

int tp_producer_claim(tp_producer_t *producer, size_t length, tp_claim_t *out_claim)
{
    if (!is_active(producer)) {
        return count_not_attached(producer);
    }
    const int pool = tpi_mapping_fit_pool(&producer->mapping, length);
    if (pool < 0) {
        producer->stats.no_fit++; /* Rule: W-46 neither a seq nor a slot */
        return TP_ENOFIT;
    }
    return tpi_ring_writer_claim(&producer->writer, (uint32_t)pool, out_claim);
}

int tp_producer_claim_at(tp_producer_t *producer, uint64_t seq, size_t length,
                         tp_claim_t *out_claim)
{
    if (!is_active(producer)) {
        return count_not_attached(producer);
    }
    const int pool = tpi_mapping_fit_pool(&producer->mapping, length);
    if (pool < 0) {
        producer->stats.no_fit++; /* Rule: W-46 neither a seq nor a slot */
        return TP_ENOFIT;
    }
    const int rc = tpi_ring_writer_skip_to(&producer->writer, seq);
    return rc == TP_OK ? tpi_ring_writer_claim(&producer->writer, (uint32_t)pool, out_claim) : rc;
}

int tp_producer_claim_pool(tp_producer_t *producer, uint16_t pool_id, tp_claim_t *out_claim)
{
    if (!is_active(producer)) {
        return count_not_attached(producer);
    }
    const int pool = tpi_mapping_find_pool(&producer->mapping, pool_id);
    if (pool < 0) {
        return tpi_fail(TP_EINVAL, "no pool with id %u", pool_id);
    }
    return tpi_ring_writer_claim(&producer->writer, (uint32_t)pool, out_claim);
}

/* Rule: W-43, W-44, W-45 after the commit, in seq order, waiting for nobody */
static void send_descriptors(tp_producer_t *producer)
{
    tpi_ring_claim_t frame;
    while (tpi_ring_writer_is_behind(&producer->writer) &&
           tpi_ring_writer_next_announce(&producer->writer, &frame)) {
        const uint32_t header_index = (uint32_t)frame.seq & producer->writer.mask;
        tpi_frame_descriptor_update(producer->descriptor, producer->dialect, frame.seq,
                                    header_index, frame.meta_version, frame.trace_id);
        if (producer->subs.nready > 0) {
            tpi_subscribers_send(&producer->subs, producer->descriptor, producer->descriptor_len,
                                 producer->subs.is_any_capped ? tpi_client_clock(producer->client)
                                                              : 0);
        }
        switch (tpi_publication_offer(producer->descriptor_pub, producer->descriptor,
                                      producer->descriptor_len)) {
        case TPI_SEND_OK:
            producer->stats.descriptors_sent++;
            break;
        case TPI_SEND_NOT_CONNECTED:
            producer->stats.descriptors_not_connected++;
            break;
        case TPI_SEND_BACK_PRESSURED:
        case TPI_SEND_ADMIN_ACTION:
            producer->stats.descriptors_back_pressured++;
            break;
        default:
            producer->stats.descriptors_failed++;
            break;
        }
    }
}

static __attribute__((noinline)) void end_progress(tp_producer_t *producer, const tp_claim_t *claim,
                                                   bool is_committed, size_t length)
{
    const tpi_progress_stream_t stream = progress_stream(producer);
    tpi_progress_end(&producer->progress, &stream, claim->seq, is_committed, length);
}

int tp_producer_commit(tp_producer_t *producer, const tp_claim_t *claim, size_t length,
                       const tp_frame_info_t *info)
{
    if (!is_active(producer)) {
        tpi_orphans_settle(&producer->orphans, claim);
        return count_not_attached(producer);
    }
    uint64_t timestamp_ns = info->timestamp_ns;
    if (timestamp_ns - 1 >= TP_TIMESTAMP_UNKNOWN - 1) { /* one of the two, in one comparison */
        /* Rule: W-120 vDSO, no system call; W-121 0 is unknown */
        timestamp_ns = timestamp_ns == 0 ? (uint64_t)tpi_client_clock(producer->client) : 0;
    }
    const int rc = tpi_ring_writer_commit(&producer->writer, claim, length, info, timestamp_ns);
    if (rc == TP_OK) {
        producer->stats.published++;
        producer->stats.bytes += length;
        send_descriptors(producer);
        tpi_producer_wake(&producer->wake);
        if (producer->progress.started > 0) {
            end_progress(producer, claim, true, length);
        }
    } else if (rc == TP_ESTATE) {
        tpi_orphans_settle(&producer->orphans, claim);
    }
    return rc;
}

int tp_producer_progress(tp_producer_t *producer, const tp_claim_t *claim, size_t length,
                         size_t filled, const tp_frame_info_t *info)
{
    if (!is_active(producer)) {
        return TP_ESTATE;
    }
    if (filled > length) { /* Rule: W-105 */
        return tpi_fail(TP_EINVAL, "%zu bytes filled of %zu", filled, length);
    }
    if (producer->subs.wants_progress == 0) {
        return TP_OK; /* Rule: W-104, W-108 nobody wants to know */
    }
    const int64_t now_ns = tpi_client_clock(producer->client);
    const uint64_t timestamp_ns = info->timestamp_ns == 0                      ? (uint64_t)now_ns
                                  : info->timestamp_ns == TP_TIMESTAMP_UNKNOWN ? 0
                                                                               : info->timestamp_ns;
    const int rc = tpi_ring_writer_describe(&producer->writer, claim, length, info, timestamp_ns);
    if (rc != TP_OK) {
        return rc;
    }
    const tpi_progress_stream_t stream = progress_stream(producer);
    const bool was_pending = producer->progress.pending != 0;
    const int told = tpi_progress_tell(&producer->progress, &stream, claim->seq, filled, now_ns);
    if (!was_pending && producer->progress.pending != 0) {
        tpi_attachment_stir(&producer->attachment); /* the tick sends it when its time has come */
    }
    return told;
}

int tp_producer_abort(tp_producer_t *producer, const tp_claim_t *claim)
{
    if (!is_active(producer)) {
        tpi_orphans_settle(&producer->orphans, claim);
        return TP_ESTATE;
    }
    const int rc = tpi_ring_writer_abort(&producer->writer, claim);
    if (rc == TP_OK) {
        producer->stats.aborted++;
        send_descriptors(producer); /* those of later frames which waited for this one */
        tpi_producer_wake(&producer->wake);
        if (producer->progress.started > 0) {
            end_progress(producer, claim, false, 0);
        }
    } else {
        tpi_orphans_settle(&producer->orphans, claim);
    }
    return rc;
}

int tp_producer_offer(tp_producer_t *producer, const void *payload, size_t length,
                      const tp_frame_info_t *info)
{
    tp_claim_t claim;
    /* Before a seq is taken: a frame that nobody would accept shall leave no gap. */
    const char *fault = tpi_tensor_fault(&info->tensor, length);
    if (fault != NULL) {
        return tpi_fail(TP_EINVAL, "frame of %zu bytes: %s", length, fault);
    }
    int rc = tp_producer_claim(producer, length, &claim);
    if (rc != TP_OK) {
        return rc;
    }
    if (length > 0) {
        tpi_payload_copy(claim.data, payload, length);
    }
    rc = tp_producer_commit(producer, &claim, length, info);
    if (rc != TP_OK) {
        (void)tp_producer_abort(producer, &claim);
    }
    return rc;
}

int tp_producer_fill(tp_producer_t *producer, size_t length, const tp_frame_info_t *info,
                     tp_fill_fn_t fill, void *clientd)
{
    tp_claim_t claim;
    tp_frame_info_t filled = *info;
    int rc = tp_producer_claim(producer, length, &claim);
    if (rc != TP_OK) {
        return rc;
    }
    const int64_t written = fill(clientd, &claim, &filled);
    if (written < 0) {
        rc = written < INT32_MIN ? TP_EINVAL : (int)written;
    } else {
        rc = tp_producer_commit(producer, &claim, (size_t)written, &filled);
    }
    if (rc != TP_OK) {
        (void)tp_producer_abort(producer, &claim);
    }
    return rc;
}

/* ---- for roles that publish frames of elsewhere ---- */

void tpi_producer_close(tp_producer_t *producer, int64_t now_ns)
{
    tpi_attachment_close(&producer->attachment, now_ns);
}

const tpi_attachment_t *tpi_producer_attachment(const tp_producer_t *producer)
{
    return &producer->attachment;
}

/* ---- looking ---- */

size_t tp_producer_pools(const tp_producer_t *producer, tp_pool_info_t *out_pools, size_t cap)
{
    if (!is_active(producer)) {
        return 0;
    }
    for (size_t i = 0; i < producer->mapping.npools && i < cap; i++) {
        const tpi_superblock_t *superblock = &producer->mapping.pools[i].superblock;
        out_pools[i] = (tp_pool_info_t){
            .pool_id = superblock->pool_id,
            .nslots = superblock->nslots,
            .stride_bytes = superblock->stride_bytes,
        };
    }
    return producer->mapping.npools;
}

void tp_producer_stats(const tp_producer_t *producer, tp_producer_stats_t *out_stats)
{
    const tpi_subscribers_t *subs = &producer->subs;
    *out_stats = producer->stats;
    out_stats->private_sent = subs->sent;
    out_stats->private_capped = subs->capped;
    out_stats->private_failed = subs->failed;
    out_stats->private_streams = subs->nready + subs->nprogress;
    out_stats->requests_declined = subs->declined;
    out_stats->progress_sent = producer->progress.sent;
    if (is_active(producer)) {
        out_stats->next_seq = producer->writer.next_seq;
    }
}
