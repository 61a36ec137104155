/*
 * bridge/receiver.c - the receiving half of a mapping: chunks become frames, and frames are
 * published by an ordinary producer.
 *
 * A chunk is judged in the order of B-20..B-27; what passes goes to the mapping's assemblies. A
 * complete frame's header is judged like that of any slot, then the frame is written under its own
 * seq into the smallest local pool that holds it. Until then nothing is in shared memory (B-32).
 * Source and destination epochs have nothing to do with each other: when the source begins a new
 * one, the lease is given back and taken anew, so that the seqs, which start over, do so in a new
 * local epoch.
 *
 * Rule: B-5 no streams for single consumers: hellos are the driver's to answer, and nothing here
 * opens what they ask for.
 */
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "bridge/bridge_internal.h"
#include "producer/producer_internal.h"
#include "shm/payload.h"

/* ---- life, and the destination's lease ---- */

static int make_producer(tpi_bridge_mapping_t *m)
{
    tp_bridge_t *bridge = m->bridge;
    tp_producer_options_t options = TP_PRODUCER_OPTIONS_INIT;
    options.stream_id = m->dest_stream_id;
    options.client_id = tpi_bridge_client_id(bridge, 2 * m->index + 1);
    /* Nobody has made a stream for an id out of a range. */
    options.publish_mode =
        m->receiver->is_allocated ? TP_EXISTING_OR_CREATE : bridge->config.o.publish_mode;
    /* Rule: B-1, B-3, B-57 a producer lease, with its QoS */
    const int rc = tp_producer_create(&m->receiver->producer, bridge->client, &options);
    if (rc == TP_OK) {
        m->receiver->attaches = 0;
    }
    return rc;
}

static bool is_taken(const tp_bridge_t *bridge, uint32_t stream_id)
{
    for (size_t i = 0; i < bridge->nmappings; i++) {
        if (bridge->mappings[i].dest_stream_id == stream_id) {
            return true;
        }
    }
    return false;
}

/* Rule: B-4 the lowest id of the range that is free, from the `tried`-th on; 0: exhausted */
static uint32_t next_id(const tpi_bridge_mapping_t *m)
{
    const tp_id_range_t *range = &m->bridge->config.o.dest_stream_id_range;
    for (uint64_t id = (uint64_t)range->first + m->receiver->tried; id <= range->last; id++) {
        if (!is_taken(m->bridge, (uint32_t)id)) {
            return (uint32_t)id;
        }
    }
    return 0;
}

int tpi_receiver_create(tpi_bridge_mapping_t *m)
{
    tpi_receiver_t *r = calloc(1, sizeof *r);
    if (r == NULL) {
        return tpi_fail(TP_ENOMEM, "bridge receiver");
    }
    m->receiver = r;
    r->assemblies.stats = &m->stats;
    if (m->dest_stream_id == 0) {
        r->is_allocated = true;
        m->dest_stream_id = next_id(m);
        r->tried = m->dest_stream_id - m->bridge->config.o.dest_stream_id_range.first;
    }
    return make_producer(m);
}

void tpi_receiver_destroy(tpi_bridge_mapping_t *m)
{
    if (m->receiver != NULL) {
        tp_producer_destroy(m->receiver->producer);
        tpi_assemblies_fini(&m->receiver->assemblies, TP_BRIDGE_FRAME_LEASE);
        free(m->receiver);
        m->receiver = NULL;
    }
}

/* Rule: B-4 somebody else has the id: the next one of the range */
static void take_next_id(tpi_bridge_mapping_t *m)
{
    tp_bridge_t *bridge = m->bridge;
    tpi_receiver_t *r = m->receiver;
    const uint32_t refused = m->dest_stream_id;
    tp_producer_destroy(r->producer); /* in back-off: nothing to wait for */
    r->producer = NULL;
    r->tried = refused - bridge->config.o.dest_stream_id_range.first + 1;
    m->dest_stream_id = next_id(m);
    tpi_bridge_route(bridge);
    if (m->dest_stream_id == 0) {
        m->is_failed = true;
        tpi_bridge_mapping_say(m, TP_BRIDGE_ERROR,
                               "dest_stream_id_range %u-%u: no id is left, the last refused one "
                               "was %u",
                               bridge->config.o.dest_stream_id_range.first,
                               bridge->config.o.dest_stream_id_range.last, refused);
        return;
    }
    tpi_bridge_mapping_say(m, TP_BRIDGE_INFO, "destination %u has a producer already; trying %u",
                           refused, m->dest_stream_id);
    if (make_producer(m) != TP_OK || tpi_control_open_dest(m) != TP_OK) {
        m->is_failed = true;
        tpi_bridge_mapping_say(m, TP_BRIDGE_ERROR, "%s", tp_errmsg());
    }
}

/* Rule: B-3 a refused attach; it is tried again by itself, a crashed receiver's lease lasts
   some seconds */
static int tick_refused(tpi_bridge_mapping_t *m)
{
    tpi_receiver_t *r = m->receiver;
    const tpi_attachment_t *lease = tpi_producer_attachment(r->producer);
    if (lease->state == TPI_LEASE_UNATTACHED && lease->reason != TP_REASON_NONE) {
        m->is_failed = true; /* refused for good (D-31) */
        tpi_bridge_mapping_say(m, TP_BRIDGE_ERROR, "destination %u: %s", m->dest_stream_id,
                               lease->text);
        return 1;
    }
    if (lease->state != TPI_LEASE_BACKOFF || lease->reason != TP_REASON_REJECTED) {
        return 0;
    }
    if (r->is_allocated && !r->was_granted) {
        take_next_id(m);
        return 1;
    }
    if (!r->has_told_refused) {
        r->has_told_refused = true;
        tpi_bridge_mapping_say(m, TP_BRIDGE_ERROR,
                               "dest_stream_id %u: the driver refuses it: %s; expected a stream "
                               "of its configuration, or leave to create it, and no other "
                               "producer (trying on)",
                               m->dest_stream_id, lease->text);
    }
    return 0;
}

/* A new lease: buffers for its largest payload. */
static void take_lease(tpi_bridge_mapping_t *m, uint64_t attaches)
{
    tpi_receiver_t *r = m->receiver;
    tp_pool_info_t pools[TPI_MAX_POOLS];
    const size_t npools = tp_producer_pools(r->producer, pools, TPI_MAX_POOLS);
    tpi_assemblies_drop_all(&r->assemblies, TP_BRIDGE_FRAME_LEASE);
    r->attaches = attaches;
    r->was_granted = true;
    r->has_told_refused = false;
    r->has_published = false;
    r->must_renew = false;
    r->dest_epoch = tpi_producer_attachment(r->producer)->epoch;
    r->dest_nslots = npools > 0 ? pools[0].nslots : 0;
    r->dest_max_stride = npools > 0 ? pools[npools - 1].stride_bytes : 0;
    if (m->text[0] != '\0') {
        m->text[0] = '\0';
    }
    if (r->assemblies.payload_cap == r->dest_max_stride) {
        return;
    }
    /* Rule: B-28 once per lease */
    if (tpi_assemblies_init(&r->assemblies, m->bridge->config.o.max_inflight_frames,
                            r->dest_max_stride, &m->stats) != TP_OK) {
        tpi_bridge_mapping_say(m, TP_BRIDGE_ERROR, "frames cannot be put together: %s",
                               tp_errmsg());
    }
}

static void lose_lease(tpi_receiver_t *r)
{
    tpi_assemblies_drop_all(&r->assemblies, TP_BRIDGE_FRAME_LEASE); /* Rule: B-41, C-8 */
    r->dest_nslots = 0;
    r->dest_epoch = 0;
}

int tpi_receiver_tick(tpi_bridge_mapping_t *m)
{
    tpi_receiver_t *r = m->receiver;
    int work = 0;
    if (r == NULL || m->is_failed) {
        return 0;
    }
    const bool is_ready = tp_producer_is_ready(r->producer);
    const uint64_t attaches = tpi_producer_attachment(r->producer)->attaches;
    if (!is_ready && r->dest_nslots != 0) {
        lose_lease(r);
        work++;
    } else if (is_ready && (attaches != r->attaches || r->dest_nslots == 0)) {
        take_lease(m, attaches);
        work++;
    }
    if (!is_ready) {
        return work + tick_refused(m);
    }
    if (r->must_renew) {
        r->must_renew = false;
        lose_lease(r);
        tp_producer_renew(r->producer); /* Rule: B-47 */
        return work + 1;
    }
    return work + tpi_assemblies_expire(&r->assemblies, m->bridge->now_ns, m->bridge->timeout_ns);
}

/* ---- announces ---- */

static void keep_announce(tpi_receiver_t *r, const tpi_shm_pool_announce_t *announce,
                          int64_t now_ns)
{
    r->has_announce = true;
    r->epoch = announce->epoch;
    r->heard_ns = now_ns;
    r->npools = announce->npools;
    r->source_max_stride = 0;
    for (uint32_t i = 0; i < announce->npools; i++) {
        const uint32_t stride = announce->pools[i].stride_bytes;
        r->pools[i] = (tpi_source_pool_t){ announce->pools[i].pool_id, stride };
        r->source_max_stride = stride > r->source_max_stride ? stride : r->source_max_stride;
    }
}

void tpi_receiver_on_announce(tpi_bridge_mapping_t *m, const tpi_shm_pool_announce_t *announce)
{
    tpi_receiver_t *r = m->receiver;
    const int64_t now_ns = m->bridge->now_ns;
    /* Rule: B-46 neither its time nor its URIs are of interest here. */
    if (r->has_announce && announce->epoch < r->epoch &&
        now_ns - r->heard_ns < TPI_BRIDGE_ANNOUNCE_SILENCE_NS) {
        m->stats.control_ignored++; /* Rule: B-45 */
        return;
    }
    if (r->has_announce && announce->epoch != r->epoch) {
        tpi_assemblies_new_epoch(&r->assemblies); /* Rule: B-43 */
        m->stats.source_epochs++;
        /* A local epoch in which nothing was published begins at any seq. */
        r->must_renew = r->must_renew || r->has_published;
    }
    keep_announce(r, announce, now_ns); /* Rule: B-42, B-21 */
}

/* ---- a complete frame ---- */

static const tpi_source_pool_t *find_pool(const tpi_receiver_t *r, uint16_t pool_id)
{
    for (uint32_t i = 0; i < r->npools; i++) {
        if (r->pools[i].pool_id == pool_id) {
            return &r->pools[i];
        }
    }
    return NULL;
}

/* Rule: B-35 */
static bool read_header(const tpi_assembly_t *frame, tpi_slot_header_t *out)
{
    tpi_slot_image_t image;
    tpi_slot_header_t raw;
    memcpy(image.words, frame->header, sizeof image.words);
    if (image.words[0] != tpi_word_committed(frame->seq)) {
        return false;
    }
    /* Rule: B-36 the source's payloadSlot is nothing to us: whatever it says passes. */
    if (!tpi_slot_decode_raw(&image, &raw)) {
        return false;
    }
    return tpi_slot_decode(&image, raw.payload_slot, out) == TPI_SLOT_OK &&
           out->values_len_bytes == frame->payload_len;
}

/* Rule: B-37, B-38, B-39. TP_BRIDGE_FRAME_DROPS: published. */
static tp_bridge_frame_drop_t publish(tpi_bridge_mapping_t *m, const tpi_assembly_t *frame,
                                      const tpi_slot_header_t *header)
{
    tpi_receiver_t *r = m->receiver;
    tp_claim_t claim;
    if (r->has_published && frame->seq <= r->last_published) {
        return TP_BRIDGE_FRAME_ORDER; /* Rule: B-40 */
    }
    switch (tp_producer_claim_at(r->producer, frame->seq, frame->payload_len, &claim)) {
    case TP_OK:
        break;
    case TP_ENOFIT:
        return TP_BRIDGE_FRAME_NOFIT;
    case TP_EINVAL:
        return TP_BRIDGE_FRAME_ORDER;
    default:
        return TP_BRIDGE_FRAME_LEASE; /* Rule: B-41 */
    }
    /* Also when it is given up: this local epoch takes no lower seq any more (B-40, B-47). */
    r->has_published = true;
    r->last_published = frame->seq;
    if (frame->payload_len > 0) {
        tpi_payload_copy(claim.data, frame->payload, frame->payload_len);
    }
    const tp_frame_info_t info = {
        .tensor = header->tensor,
        .timestamp_ns =
            header->timestamp_ns != 0 ? header->timestamp_ns : TP_TIMESTAMP_UNKNOWN, /* B-38 */
        .meta_version = header->meta_version,
        .trace_id = frame->trace_id,
    };
    tp_producer_stats_t before, after;
    tp_producer_stats(r->producer, &before);
    const int rc = tp_producer_commit(r->producer, &claim, frame->payload_len, &info);
    if (rc != TP_OK) {
        (void)tp_producer_abort(r->producer, &claim);
        return rc == TP_EINVAL ? TP_BRIDGE_FRAME_HEADER : TP_BRIDGE_FRAME_LEASE;
    }
    tp_producer_stats(r->producer, &after);
    /* Rule: B-41 nobody there is normal */
    m->stats.descriptors_dropped += after.descriptors_back_pressured -
                                    before.descriptors_back_pressured +
                                    (after.descriptors_failed - before.descriptors_failed);
    return TP_BRIDGE_FRAME_DROPS;
}

static void complete(tpi_bridge_mapping_t *m, tpi_assembly_t *frame)
{
    tpi_receiver_t *r = m->receiver;
    tpi_slot_header_t header;
    tp_bridge_frame_drop_t drop;
    const tpi_source_pool_t *pool = NULL;
    if (!read_header(frame, &header)) {
        drop = TP_BRIDGE_FRAME_HEADER;
    } else if (frame->payload_len > 0 && ((pool = find_pool(r, header.pool_id)) == NULL ||
                                          frame->payload_len > pool->stride_bytes)) {
        drop = TP_BRIDGE_FRAME_POOL; /* Rule: B-36; W-37 an empty frame needs no pool */
    } else {
        drop = publish(m, frame, &header);
    }
    if (drop != TP_BRIDGE_FRAME_DROPS) {
        tpi_assemblies_drop(&r->assemblies, frame, drop);
        return;
    }
    m->stats.frames_rematerialized++;
    m->stats.bytes_received += frame->payload_len;
    tpi_assemblies_published(&r->assemblies, frame);
}

/* ---- one chunk ---- */

/* TP_BRIDGE_CHUNK_DROPS: none. In the order of the rules. */
static tp_bridge_chunk_drop_t judge(tpi_bridge_mapping_t *m, const tpi_chunk_t *chunk,
                                    int32_t session_id)
{
    tpi_receiver_t *r = m->receiver;
    const tp_bridge_options_t *o = &m->bridge->config.o;
    if (!r->has_announce) {
        return TP_BRIDGE_CHUNK_ANNOUNCE; /* Rule: B-21 */
    }
    if (chunk->epoch != r->epoch) {
        if (chunk->epoch > r->epoch) {
            tpi_assemblies_drop_all(&r->assemblies, TP_BRIDGE_FRAME_EPOCH); /* Rule: B-44 */
        }
        return TP_BRIDGE_CHUNK_EPOCH; /* Rule: B-22 */
    }
    if (chunk->count < 1 || chunk->count > TPI_BRIDGE_MAX_CHUNK || chunk->index >= chunk->count) {
        return TP_BRIDGE_CHUNK_INDEX; /* Rule: B-23 */
    }
    if (chunk->is_header_included != (chunk->index == 0) ||
        chunk->header.len != (chunk->is_header_included ? TPI_CHUNK_HEADER_BYTES : 0)) {
        return TP_BRIDGE_CHUNK_FLAG; /* Rule: B-24 */
    }
    if (chunk->payload.len != chunk->length || chunk->length > m->bridge->chunk_limit) {
        return TP_BRIDGE_CHUNK_LENGTH; /* Rule: B-25 */
    }
    if (r->dest_nslots == 0 || r->assemblies.nframes == 0 || r->must_renew) {
        return TP_BRIDGE_CHUNK_LEASE; /* Rule: B-41, B-47 */
    }
    if (chunk->payload_len > o->max_payload_bytes || chunk->payload_len > r->dest_max_stride ||
        chunk->payload_len > r->source_max_stride) {
        tpi_assemblies_refuse(&r->assemblies, chunk, session_id, TP_BRIDGE_FRAME_SIZE);
        return TP_BRIDGE_CHUNK_SIZE; /* Rule: B-26 */
    }
    if ((uint64_t)chunk->offset + chunk->length > chunk->payload_len ||
        (chunk->index == 0 && chunk->offset != 0) ||
        (chunk->length == 0 && (chunk->payload_len != 0 || chunk->count != 1))) {
        return TP_BRIDGE_CHUNK_BOUNDS; /* Rule: B-27 */
    }
    if (o->integrity_crc32c && chunk->has_crc_field &&
        (chunk->crc32c == 0 || chunk->crc32c != tpi_chunk_crc(chunk))) {
        return TP_BRIDGE_CHUNK_CRC;
    }
    return TP_BRIDGE_CHUNK_DROPS;
}

static void take(tpi_bridge_mapping_t *m, const tpi_chunk_t *chunk, int32_t session_id)
{
    tpi_assembly_t *frame;
    const tp_bridge_chunk_drop_t drop = judge(m, chunk, session_id);
    if (drop != TP_BRIDGE_CHUNK_DROPS) {
        m->stats.chunks_dropped++;
        m->stats.chunk_drops[drop]++;
        return;
    }
    if (tpi_assemblies_add(&m->receiver->assemblies, chunk, session_id, m->bridge->now_ns,
                           &frame) == TPI_ADDED_LAST) {
        complete(m, frame);
    }
}

void tpi_receiver_on_chunk(void *clientd, const uint8_t *data, size_t len,
                           const tpi_message_info_t *info)
{
    tp_bridge_t *bridge = clientd;
    tpi_chunk_t chunk;
    switch (tpi_chunk_decode(data, len, &chunk)) {
    case TPI_CHUNK_OK:
        break;
    case TPI_CHUNK_GATE:
        bridge->stats.chunk_drops[TP_BRIDGE_CHUNK_GATE]++; /* Rule: B-20, B-9 */
        return;
    case TPI_CHUNK_DECODE:
        bridge->stats.chunk_drops[TP_BRIDGE_CHUNK_DECODE]++; /* Rule: C-2 */
        return;
    }
    const tpi_route_t *route = tpi_bridge_find_route(bridge, chunk.stream_id);
    if (route == NULL) {
        bridge->stats.chunk_drops[TP_BRIDGE_CHUNK_STREAM]++; /* Rule: B-8 */
        return;
    }
    for (; route < bridge->routes + bridge->nroutes && route->stream_id == chunk.stream_id;
         route++) {
        take(route->mapping, &chunk, info->session_id);
    }
}
