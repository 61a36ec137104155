/*
 * bridge/sender.c - the sending half of a mapping: a consumer whose frames go out in chunks.
 *
 * Frames are taken from the header ring (docs/decisions: the ring is the truth), so a lost
 * descriptor loses no frame, and nobody's flow control is taken part in. A frame is sent straight
 * out of shared memory: each slice is copied into the claimed log buffer, and before that is
 * committed the slot's word is read again behind an acquire fence. If the producer has begun to
 * overwrite the frame, the claim is aborted and the rest of the frame given up (B-15); receivers
 * never complete it.
 *
 * A frame may be 65535 chunks. A turn sends so many chunks and bytes and remembers where it was;
 * mappings take turns. When the payload stream has no room the frame waits where it is, turn by
 * turn, as long as receivers would (assembly_timeout_ms), which lets a frame larger than the term
 * window go out at the pace of the link; a chunk that is offered and refused ends the frame (B-17).
 * When the producer is faster than the link, frames are lost whole and before they are begun: three
 * quarters of the ring behind, the sender goes to the newest frame, which has the longest to live.
 * Those are the consumer's drops.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/fail.h"
#include "bridge/bridge_internal.h"
#include "shm/payload.h"
#include "wire/codec.h"

enum {
    CHUNKS_PER_TURN = 512, /* some 100 us at the default MTU */
    BYTES_PER_TURN = 1 << 20,
    DRAIN_PER_TURN = 64, /* frames nobody can be sent */
    TRIES = 3            /* Rule: C-4 */
};

/* ---- life ---- */

/* Copied here and sent on in the tick: the message's bytes end with the handler. */
static void on_announce(void *clientd, const tpi_shm_pool_announce_t *announce, const uint8_t *data,
                        size_t len)
{
    tpi_bridge_mapping_t *m = clientd;
    tpi_sender_t *s = m->sender;
    if (len > s->announce_cap) {
        uint8_t *grown = realloc(s->announce, len);
        if (grown == NULL) {
            m->stats.control_lost++;
            return; /* the next one is a second away */
        }
        s->announce = grown;
        s->announce_cap = len;
    }
    memcpy(s->announce, data, len);
    s->announce_len = len;
    s->announce_epoch = announce->epoch;
    m->stats.control_lost += s->is_announce_due; /* the one before it was not taken */
    s->announce_heard_ns = m->bridge->client->now_ns;
    s->is_announce_due = true;
}

int tpi_sender_create(tpi_bridge_mapping_t *m)
{
    tp_bridge_t *bridge = m->bridge;
    tpi_sender_t *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return tpi_fail(TP_ENOMEM, "bridge sender");
    }
    m->sender = s;
    if (bridge->dialect == TPI_DIALECT_V12) {
        s->traces = tpi_traces_create();
        if (s->traces == NULL) {
            return TP_ENOMEM;
        }
    }
    /* Rule: B-1, B-2, B-57 a consumer lease, with its hello (STREAM) and QoS */
    tp_consumer_options_t options = TP_CONSUMER_OPTIONS_INIT;
    options.stream_id = m->config->source_stream_id;
    options.client_id = tpi_bridge_client_id(bridge, 2 * m->index);
    options.publish_mode = bridge->config.o.publish_mode;
    const int rc = tp_consumer_create(&s->consumer, bridge->client, &options);
    if (rc == TP_OK) {
        tpi_consumer_tap_announces(s->consumer, on_announce, m);
        tpi_consumer_keep_ahead(s->consumer);
    }
    return rc;
}

void tpi_sender_destroy(tpi_bridge_mapping_t *m)
{
    if (m->sender != NULL) {
        tp_consumer_destroy(m->sender->consumer);
        free(m->sender->announce);
        tpi_traces_destroy(m->sender->traces);
        free(m->sender);
        m->sender = NULL;
    }
}

/* ---- announces ---- */

/*
 * Rule: B-42, B-46, C-10 what the consumer found acceptable goes on, but for streamId as it is.
 * Tried again until the next one comes, because receivers can do nothing before the first, and the
 * next is a second away.
 */
static int forward_announce(tpi_bridge_mapping_t *m)
{
    tpi_sender_t *s = m->sender;
    tpi_put_u32(s->announce + TPI_WIRE_HEADER_BYTES, tpi_bridge_wire_stream(m->config));
    if (tpi_bridge_offer(m->bridge->control_pub, s->announce, s->announce_len) != TPI_SEND_OK) {
        const int64_t period_ns = m->bridge->client->options.announce_period_ns;
        if (m->bridge->now_ns - s->announce_heard_ns >= period_ns) {
            s->is_announce_due = false;
            m->stats.control_lost++; /* Rule: C-4 */
        }
        return 0;
    }
    s->is_announce_due = false;
    m->stats.control_forwarded++;
    m->stats.source_epochs += s->forwarded_epoch != 0 && s->forwarded_epoch != s->announce_epoch;
    s->forwarded_epoch = s->announce_epoch;
    return 1;
}

int tpi_sender_tick(tpi_bridge_mapping_t *m)
{
    tpi_sender_t *s = m->sender;
    if (s == NULL || m->is_failed) {
        return 0;
    }
    const tpi_attachment_t *lease = &s->consumer->attachment;
    if (lease->state == TPI_LEASE_UNATTACHED && lease->reason != TP_REASON_NONE) {
        m->is_failed = true; /* refused for good (D-31) */
        tpi_bridge_mapping_say(m, TP_BRIDGE_ERROR, "source %u: %s", m->config->source_stream_id,
                               lease->text);
        return 1;
    }
    return s->is_announce_due ? forward_announce(m) : 0;
}

/* ---- trace ids ---- */

void tpi_sender_on_descriptor(void *clientd, const uint8_t *data, size_t len,
                              const tpi_message_info_t *info)
{
    tp_bridge_t *bridge = clientd;
    tpi_frame_descriptor_t d;
    (void)info;
    if (tpi_frame_descriptor_decode(data, len, &d) != TP_OK) {
        return;
    }
    for (size_t i = 0; i < bridge->nmappings; i++) {
        tpi_sender_t *s = bridge->mappings[i].sender;
        if (s != NULL && bridge->mappings[i].config->source_stream_id == d.stream_id) {
            tpi_traces_note(s->traces, &d);
        }
    }
}

/* ---- the payload stream ---- */

/* Rule: B-11, B-16, C-5 once the stream's MTU is known, and again after it was lost */
static bool know_sizes(tp_bridge_t *bridge)
{
    const uint64_t generation = tpi_link_generation(bridge->client->link);
    if (bridge->chunk_bytes != 0 && bridge->chunk_generation == generation) {
        return true;
    }
    const size_t max_claim = tpi_publication_max_claim(bridge->payload_pub);
    if (max_claim == 0) {
        return false;
    }
    const uint32_t mtu = (uint32_t)max_claim + 32;
    const uint32_t chunk_bytes = tpi_bridge_chunk_bytes(&bridge->config, mtu);
    bridge->max_claim = max_claim;
    bridge->max_offer = tpi_publication_max_offer(bridge->payload_pub);
    bridge->chunk_generation = generation;
    if (chunk_bytes == bridge->chunk_bytes) {
        return true;
    }
    bridge->chunk_bytes = chunk_bytes;
    const size_t largest = tpi_chunk_size(bridge->dialect, true, chunk_bytes);
    const size_t spare = tpi_chunk_size(bridge->dialect, true, 0);
    if (largest > bridge->max_offer) {
        tpi_bridge_say(bridge, TP_BRIDGE_ERROR,
                       "chunk_bytes %u: a chunk of %zu bytes is more than the payload stream "
                       "takes, %zu: "
                       "no frame can be sent; expected a longer term-length or smaller chunks",
                       chunk_bytes, largest, bridge->max_offer);
    } else if (largest > max_claim) {
        tpi_bridge_say(bridge, TP_BRIDGE_INFO,
                       "chunks carry %u bytes; with chunk_bytes = %zu or less the first one of a "
                       "frame "
                       "would need no second Aeron fragment (MTU %u)",
                       chunk_bytes, max_claim > spare ? max_claim - spare : 0, mtu);
    }
    return true;
}

tpi_send_t tpi_bridge_offer(tpi_publication_t *pub, const void *data, size_t len)
{
    tpi_send_t sent = TPI_SEND_ADMIN_ACTION;
    for (int i = 0; i < TRIES && sent == TPI_SEND_ADMIN_ACTION; i++) {
        sent = tpi_publication_offer(pub, data, len);
    }
    return sent;
}

static tpi_send_t claim_room(tpi_publication_t *pub, size_t len, tpi_claim_buffer_t *out)
{
    tpi_send_t sent = TPI_SEND_ADMIN_ACTION;
    for (int i = 0; i < TRIES && sent == TPI_SEND_ADMIN_ACTION; i++) {
        sent = tpi_publication_claim(pub, len, out); /* Rule: C-4 */
    }
    return sent;
}

/* ---- one chunk ---- */

typedef enum sent {
    SENT = 0,
    SENT_TORN, /* the producer overwrites the frame */
    SENT_NOT   /* the stream did not take it */
} sent_t;

/* Everything but the last look at the slot. */
static void build(const tpi_bridge_mapping_t *m, uint8_t *message, size_t len,
                  const tpi_chunk_t *chunk)
{
    const tpi_sender_t *s = m->sender;
    uint8_t *slice = tpi_chunk_put(message, m->bridge->dialect, chunk);
    if (chunk->length > 0) {
        tpi_payload_copy(slice, s->frame.data + chunk->offset, chunk->length);
    }
    if (m->bridge->config.o.integrity_crc32c && m->bridge->dialect == TPI_DIALECT_V12) {
        tpi_chunk_seal(message, len);
    }
}

static sent_t send_chunk(tpi_bridge_mapping_t *m, size_t *out_len)
{
    tp_bridge_t *bridge = m->bridge;
    const tpi_sender_t *s = m->sender;
    const uint32_t offset = s->next * s->chunk_bytes;
    const uint32_t left = (uint32_t)s->frame.length - offset;
    /* Rule: B-13, B-14 */
    const tpi_chunk_t chunk = {
        .stream_id = tpi_bridge_wire_stream(m->config), /* Rule: B-8 */
        .epoch = s->frame.epoch,
        .seq = s->frame.seq,
        .trace_id = s->trace_id,
        .index = s->next,
        .count = s->count,
        .offset = offset,
        .length = left < s->chunk_bytes ? left : s->chunk_bytes,
        .payload_len = (uint32_t)s->frame.length,
        .header = { .data = (const uint8_t *)s->slot.words,
                    .len = s->next == 0 ? TPI_CHUNK_HEADER_BYTES : 0 },
    };
    const size_t len = tpi_chunk_size(bridge->dialect, s->next == 0, chunk.length);
    *out_len = len;
    if (len > bridge->max_claim) { /* Rule: B-16 */
        build(m, bridge->scratch, len, &chunk);
        if (!tpi_slot_still(s->frame.slot, s->frame.word)) {
            return SENT_TORN;
        }
        return tpi_bridge_offer(bridge->payload_pub, bridge->scratch, len) == TPI_SEND_OK
                   ? SENT
                   : SENT_NOT;
    }
    tpi_claim_buffer_t claim;
    if (claim_room(bridge->payload_pub, len, &claim) != TPI_SEND_OK) {
        return SENT_NOT;
    }
    build(m, claim.data, len, &chunk);
    if (!tpi_slot_still(s->frame.slot, s->frame.word)) { /* Rule: B-15 */
        tpi_publication_abort(bridge->payload_pub, &claim);
        return SENT_TORN;
    }
    tpi_publication_commit(bridge->payload_pub, &claim);
    return SENT;
}

/* ---- one frame ---- */

static void end_frame(tpi_sender_t *s)
{
    s->has_frame = false;
    tpi_consumer_hold(s->consumer, false);
}

/* The consumer's books have it as dropped late, too. */
static void end_torn(tpi_bridge_mapping_t *m)
{
    m->stats.frames_torn++;
    (void)tp_frame_is_valid(m->sender->consumer, &m->sender->frame);
    end_frame(m->sender);
}

/* Rule: B-17 */
static void end_unsent(tpi_bridge_mapping_t *m)
{
    tpi_sender_t *s = m->sender;
    m->stats.frames_unsent++;
    m->stats.chunks_unsent += s->count - s->next;
    end_frame(s);
}

/* Rule: B-12 */
static bool is_oversize(tpi_bridge_mapping_t *m, uint64_t count)
{
    tpi_sender_t *s = m->sender;
    const uint64_t length = s->frame.length;
    const uint32_t max_payload = m->bridge->config.o.max_payload_bytes;
    if (count <= TPI_BRIDGE_MAX_CHUNK && length <= max_payload) {
        return false;
    }
    m->stats.frames_oversize++;
    if (!s->has_told_oversize) {
        s->has_told_oversize = true;
        if (length > max_payload) {
            tpi_bridge_mapping_say(m, TP_BRIDGE_WARNING,
                                   "a frame of %llu bytes is above max_payload_bytes, %u: it is "
                                   "not sent",
                                   (unsigned long long)length, max_payload);
        } else {
            tpi_bridge_mapping_say(m, TP_BRIDGE_WARNING,
                                   "a frame of %llu bytes is more than 65535 chunks of %u: it is "
                                   "not sent; "
                                   "expected chunk_bytes of at least %llu",
                                   (unsigned long long)length, s->chunk_bytes,
                                   (unsigned long long)((length + 65534) / 65535));
        }
    }
    return true;
}

/* s->frame was just handed out. */
static void begin_frame(tpi_bridge_mapping_t *m)
{
    tp_bridge_t *bridge = m->bridge;
    tpi_sender_t *s = m->sender;
    m->stats.frames_read++;
    s->chunk_bytes = bridge->chunk_bytes;
    const uint64_t chunks = ((uint64_t)s->frame.length + s->chunk_bytes - 1) / s->chunk_bytes;
    if (is_oversize(m, chunks)) {
        return;
    }
    tpi_slot_copy(s->frame.slot, &s->slot); /* the look before each commit proves it */
    s->count = chunks > 0 ? (uint32_t)chunks : 1;
    s->next = 0;
    s->trace_id = 0;
    s->started_ns = bridge->now_ns;
    s->awaits_trace = s->traces != NULL;
    s->has_frame = true;
    tpi_consumer_hold(s->consumer, true);
}

/* A frame in progress from an earlier turn: the client has worked meanwhile. */
static bool resume_frame(tpi_bridge_mapping_t *m)
{
    tpi_sender_t *s = m->sender;
    if (!tpi_consumer_renew_frame(s->consumer, &s->frame)) {
        m->stats.frames_torn++;
        end_frame(s);
        return false;
    }
    if (s->awaits_trace) {
        s->awaits_trace = false;
        (void)tpi_traces_find(s->traces, s->frame.epoch, s->frame.seq, &s->trace_id);
    }
    return true;
}

typedef struct budget {
    uint32_t chunks;
    size_t bytes;
} budget_t;

/* Is there room in the log? A stream without subscribers has none, but then it is the send that
   says so. */
static bool has_room(const tp_bridge_t *bridge)
{
    return tpi_publication_room(bridge->payload_pub) > 0 ||
           !tpi_publication_is_connected(bridge->payload_pub);
}

/* True: go on with another frame. */
static bool send_frame(tpi_bridge_mapping_t *m, budget_t *budget)
{
    tp_bridge_t *bridge = m->bridge;
    tpi_sender_t *s = m->sender;
    while (budget->chunks > 0 && budget->bytes > 0) {
        const bool can_wait = bridge->now_ns - s->started_ns < bridge->timeout_ns;
        if (can_wait && !has_room(bridge)) {
            return false;
        }
        size_t len;
        switch (send_chunk(m, &len)) {
        case SENT:
            break;
        case SENT_TORN:
            end_torn(m);
            return true;
        case SENT_NOT:
            if (can_wait && !has_room(bridge)) {
                return false; /* the padding at the end of a term took the rest of the room */
            }
            end_unsent(m);
            return false;
        }
        budget->chunks--;
        budget->bytes -= len < budget->bytes ? len : budget->bytes;
        m->stats.chunks_sent++;
        if (++s->next == s->count) {
            m->stats.frames_forwarded++;
            m->stats.bytes_sent += s->frame.length;
            end_frame(s);
            return true;
        }
    }
    return false;
}

/* Nobody can be told of this epoch: frames pass by, so that whoever comes gets new ones. */
static int drain(tpi_bridge_mapping_t *m)
{
    int n = 0;
    while (n < DRAIN_PER_TURN &&
           tp_consumer_try_next(m->sender->consumer, &m->sender->frame) == 1) {
        m->stats.frames_read++;
        m->stats.frames_unannounced++; /* Rule: B-19 */
        n++;
    }
    return n;
}

static int send_frames(tpi_bridge_mapping_t *m, budget_t *budget)
{
    tp_bridge_t *bridge = m->bridge;
    tpi_sender_t *s = m->sender;
    const uint32_t chunks = budget->chunks;
    if (s->has_frame && (!resume_frame(m) || !send_frame(m, budget))) {
        return (int)(chunks - budget->chunks);
    }
    int work = 0;
    while (budget->chunks > 0 && budget->bytes > 0) {
        const uint64_t epoch = tpi_consumer_epoch(s->consumer);
        if (epoch == 0) {
            break;
        }
        if (epoch != s->forwarded_epoch) {
            /* Rule: B-19 the next announce is at most a second away: the ring keeps the frames */
            const bool can_wait = tpi_publication_is_connected(bridge->control_pub) &&
                                  tpi_publication_is_connected(bridge->payload_pub);
            return work + (can_wait ? 0 : drain(m));
        }
        /* Rule: B-10 what the consumer accepts: of the mapped epoch, by the rules of slots */
        if (tp_consumer_try_next(s->consumer, &s->frame) != 1) {
            break;
        }
        work++;
        begin_frame(m);
        if (s->has_frame && (s->awaits_trace || !send_frame(m, budget))) {
            break;
        }
    }
    return work + (int)(chunks - budget->chunks);
}

int tpi_bridge_send_frames(tp_bridge_t *bridge)
{
    int work = 0;
    size_t senders = 0;
    if (!know_sizes(bridge)) {
        return 0;
    }
    for (size_t i = 0; i < bridge->nmappings; i++) {
        senders += bridge->mappings[i].sender != NULL;
    }
    if (senders == 0) {
        return 0;
    }
    const uint32_t share =
        CHUNKS_PER_TURN / (uint32_t)senders > 4 ? CHUNKS_PER_TURN / (uint32_t)senders : 4;
    bridge->turn = (bridge->turn + 1) % bridge->nmappings;
    for (size_t i = 0; i < bridge->nmappings; i++) {
        tpi_bridge_mapping_t *m = &bridge->mappings[(bridge->turn + i) % bridge->nmappings];
        if (m->sender != NULL && !m->is_failed) {
            budget_t budget = { share, BYTES_PER_TURN / senders + 1 };
            work += send_frames(m, &budget);
        }
    }
    return work;
}
