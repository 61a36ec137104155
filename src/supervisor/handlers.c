/*
 * supervisor/handlers.c - what messages say, into the tables. Rule: U-1, U-2, W-133
 *
 * All four streams go through one function: their messages are told apart by template alone, and
 * streams may be one (wire.md 0). Nothing is sent from here.
 */
#include <string.h>

#include "supervisor/supervisor_internal.h"
#include "wire/codec.h"
#include "wire/meta.h"

static bool is_watched(tp_supervisor_t *s, uint32_t stream_id)
{
    for (size_t i = 0; i < s->options.nstreams; i++) {
        if (tpi_range_holds(s->streams[i], stream_id)) {
            return true;
        }
    }
    if (s->options.nstreams > 0) {
        s->stats.ignored_stream++;
    }
    return s->options.nstreams == 0;
}

/* Names come from strangers and go to terminals. */
static void take_name(char *out, size_t cap, tpi_view_t view)
{
    size_t n = 0;
    for (; n < view.len && n + 1 < cap; n++) {
        out[n] = view.data[n] >= 0x20 && view.data[n] < 0x7f ? (char)view.data[n] : '?';
    }
    out[n] = '\0';
}

/* True when two senders turn out to take turns under one id. */
static bool note_sender(tpi_senders_t *x, int32_t session, int64_t now_ns, int64_t window_ns)
{
    if (!x->has_last || x->last == session) {
        x->has_last = true;
        x->last = session;
        return false;
    }
    const bool is_back = x->has_other && x->other == session && now_ns - x->other_ns <= window_ns;
    x->has_other = true;
    x->other = x->last;
    x->other_ns = now_ns;
    x->last = session;
    return is_back;
}

void tpi_supervisor_forget_senders(tp_supervisor_t *s)
{
    for (uint32_t i = 0; i < s->consumer_index.capacity; i++) {
        s->consumers[i].hello_senders = (tpi_senders_t){ .has_last = false };
        s->consumers[i].qos_senders = (tpi_senders_t){ .has_last = false };
    }
}

/* Rule: U-5 once per occurrence: one that is known goes on until nobody takes turns any more */
static void collide(tp_supervisor_t *s, tpi_watched_consumer_t *c, const tpi_senders_t *senders)
{
    c->collided_ns = s->now_ns;
    if (c->is_colliding) {
        return;
    }
    c->is_colliding = true;
    s->stats.collisions++;
    tpi_supervisor_event(s, TPI_EVENT_WARNING,
                         "stream %u: two senders use consumer id %u (Aeron sessions %d and %d)",
                         c->stream_id, c->consumer_id, senders->other, senders->last);
}

/* ---- producers ---- */

/* False: of an epoch that is over. Rule: W-83 the highest epoch counts as long as it lives */
static bool take_epoch(tpi_watched_producer_t *p, uint64_t epoch)
{
    if (epoch < p->epoch && !p->is_stale) {
        return false;
    }
    if (epoch != p->epoch) {
        p->epoch = epoch;
        p->has_qos = false;
        p->rate_hz = 0;
        p->current_seq = 0;
        p->is_superseded = false;
        p->has_activity = false;
        p->dead_looks = 0;
        p->ring_uri_len = 0;
    }
    return true;
}

static void on_announce(tp_supervisor_t *s, const uint8_t *data, size_t len,
                        const tpi_message_info_t *info)
{
    tpi_shm_pool_announce_t m;
    if (tpi_shm_pool_announce_decode(data, len, &m) != TP_OK) {
        s->stats.ignored_decode++;
        return;
    }
    if (!is_watched(s, m.stream_id)) {
        return;
    }
    /* Rule: W-80..W-82 */
    if (!tpi_client_announce_is_fresh(s->client, &m, info->joined_ns, s->now_ns)) {
        s->stats.ignored_stale++;
        return;
    }
    s->stats.announces++;
    if (m.producer_id == 0) {
        /* A stream that nobody produces: the driver keeps announcing it. */
        tpi_producers_supersede(s, m.stream_id, m.epoch);
        return;
    }
    tpi_watched_producer_t *p = tpi_producer_get(s, m.stream_id, m.producer_id);
    if (p == NULL) {
        return;
    }
    const bool is_news = m.epoch != p->epoch || p->is_stale;
    if (!take_epoch(p, m.epoch)) {
        s->stats.ignored_stale++;
        return;
    }
    p->announce_ns = s->now_ns;
    p->has_announce = true;
    p->is_unannounced = false;
    p->clock_domain = m.clock_domain;
    p->nslots = m.header_nslots;
    p->ring_uri_len = 0;
    if (m.header_region_uri.len <= sizeof p->ring_uri && m.layout_version == TPI_LAYOUT_VERSION) {
        p->ring_uri_len = m.header_region_uri.len;
        memcpy(p->ring_uri, m.header_region_uri.data, m.header_region_uri.len);
    }
    tpi_producer_heard(s, p);
    if (is_news) {
        tpi_producers_supersede(s, m.stream_id, m.epoch);
        tpi_producer_find_conflict(s, p);
    }
}

static void on_qos_producer(tp_supervisor_t *s, const uint8_t *data, size_t len)
{
    tpi_qos_producer_t m;
    if (tpi_qos_producer_decode(data, len, &m) != TP_OK) {
        s->stats.ignored_decode++;
        return;
    }
    if (!is_watched(s, m.stream_id)) {
        return;
    }
    s->stats.qos_producers++;
    tpi_watched_producer_t *p = tpi_producer_get(s, m.stream_id, m.producer_id);
    if (p == NULL) {
        return;
    }
    const bool is_news = m.epoch != p->epoch || p->is_stale;
    if (!take_epoch(p, m.epoch)) {
        s->stats.ignored_stale++;
        return;
    }
    if (p->has_qos && m.current_seq >= p->current_seq && s->now_ns > p->qos_ns) {
        p->rate_hz =
            (double)(m.current_seq - p->current_seq) * 1e9 / (double)(s->now_ns - p->qos_ns);
    }
    p->has_qos = true;
    p->qos_ns = s->now_ns;
    p->current_seq = m.current_seq;
    tpi_producer_heard(s, p);
    if (is_news) {
        tpi_producer_find_conflict(s, p);
    }
}

static void on_source_announce(tp_supervisor_t *s, const uint8_t *data, size_t len)
{
    tpi_data_source_announce_t m;
    if (tpi_data_source_announce_decode(data, len, &m) != TP_OK) {
        s->stats.ignored_decode++;
        return;
    }
    if (!is_watched(s, m.stream_id)) {
        return;
    }
    s->stats.source_announces++;
    /* It names a producer that is there; by itself it is no sign of life (U-3). */
    const uint32_t place =
        tpi_index_find(&s->producer_index, tpi_index_key(m.stream_id, m.producer_id));
    if (place != TPI_NO_PLACE && m.epoch == s->producers[place].epoch) {
        take_name(s->producers[place].name, sizeof s->producers[place].name, m.name);
        s->producers[place].meta_version = m.meta_version;
    }
}

/* ---- consumers ---- */

static void on_hello(tp_supervisor_t *s, const uint8_t *data, size_t len, int32_t session_id)
{
    tpi_consumer_hello_t m;
    if (tpi_consumer_hello_decode(data, len, &m) != TP_OK) {
        s->stats.ignored_decode++;
        return;
    }
    if (!is_watched(s, m.stream_id)) {
        return;
    }
    s->stats.hellos++;
    tpi_watched_consumer_t *c = tpi_consumer_get(s, m.stream_id, m.consumer_id);
    if (c == NULL) {
        return;
    }
    const bool is_other = c->hello_senders.has_last && c->hello_senders.last != session_id;
    if (note_sender(&c->hello_senders, session_id, s->now_ns, s->options.consumer_stale_ns)) {
        collide(s, c, &c->hello_senders);
    }
    const bool is_fresh = !c->has_hello || c->is_stale || (is_other && !c->is_colliding);
    if (is_fresh && c->has_hello) {
        tpi_consumer_forget_config(s, c); /* it has started anew and knows of none */
    }
    c->has_hello = true;
    c->hello_ns = s->now_ns;
    c->supports_shm = m.supports_shm == TPI_BOOL_TRUE;
    c->supports_progress = m.supports_progress == TPI_BOOL_TRUE;
    c->requested_mode = m.mode;
    c->max_rate_hz = m.max_rate_hz;
    c->layout_version = m.expected_layout_version;
    /* Rule: W-94, W-95 both, or neither */
    const bool has_id[2] = {
        m.descriptor_stream_id != 0 && m.descriptor_stream_id != TPI_NULL_U32,
        m.control_stream_id != 0 && m.control_stream_id != TPI_NULL_U32,
    };
    c->wants_descriptor = has_id[0] && m.descriptor_channel.len > 0;
    c->wants_control = has_id[1] && m.control_channel.len > 0;
    c->has_half_request =
        has_id[0] != (m.descriptor_channel.len > 0) || has_id[1] != (m.control_channel.len > 0);
    c->wanted_descriptor_id = has_id[0] ? m.descriptor_stream_id : 0;
    c->wanted_control_id = has_id[1] ? m.control_stream_id : 0;
    tpi_consumer_heard(s, c);
    c->is_fresh = c->is_fresh || is_fresh;
    c->has_sent = false;
    tpi_consumer_owe_answer(s, c);
}

static void on_qos_consumer(tp_supervisor_t *s, const uint8_t *data, size_t len, int32_t session_id)
{
    tpi_qos_consumer_t m;
    if (tpi_qos_consumer_decode(data, len, &m) != TP_OK) {
        s->stats.ignored_decode++;
        return;
    }
    if (!is_watched(s, m.stream_id)) {
        return;
    }
    s->stats.qos_consumers++;
    tpi_watched_consumer_t *c = tpi_consumer_get(s, m.stream_id, m.consumer_id);
    if (c == NULL) {
        return;
    }
    if (note_sender(&c->qos_senders, session_id, s->now_ns, s->options.consumer_stale_ns)) {
        collide(s, c, &c->qos_senders);
    }
    if (!c->has_qos) {
        c->told_gap = m.drops_gap; /* what was before we came is not news */
        c->told_late = m.drops_late;
    } else {
        /* Rule: W-123 they only grow; smaller ones are a new consumer's, whose drops all are news */
        if (m.drops_gap < c->drops_gap || m.drops_late < c->drops_late) {
            c->told_gap = c->told_late = 0;
            c->drops_gap = c->drops_late = 0;
        }
        c->new_drops += (m.drops_gap - c->drops_gap) + (m.drops_late - c->drops_late);
        if (m.epoch == c->epoch && m.last_seq_seen > c->last_seq_seen) {
            c->new_frames += m.last_seq_seen - c->last_seq_seen;
        }
    }
    c->has_qos = true;
    c->qos_ns = s->now_ns;
    c->epoch = m.epoch;
    c->last_seq_seen = m.last_seq_seen;
    c->drops_gap = m.drops_gap;
    c->drops_late = m.drops_late;
    c->mode = m.mode;
    tpi_consumer_heard(s, c);
}

static void on_config(tp_supervisor_t *s, const uint8_t *data, size_t len, int32_t session_id)
{
    tpi_consumer_config_t m;
    if (tpi_consumer_config_decode(data, len, &m) != TP_OK) {
        s->stats.ignored_decode++;
        return;
    }
    if (!is_watched(s, m.stream_id)) {
        return;
    }
    /* A control publication is shared by all clients of a host: the session may be theirs. */
    tpi_supervisor_note_config(s, &m,
                               session_id == tpi_publication_session_id(s->client->control_pub));
}

static void on_control_response(tp_supervisor_t *s, const uint8_t *data, size_t len)
{
    tpi_control_response_t m;
    if (tpi_control_response_decode(data, len, &m) != TP_OK) {
        s->stats.ignored_decode++;
        return;
    }
    /* Rule: W-135 no message of ours has a correlation id, so none of these is for us */
    s->stats.control_responses++;
}

static void on_meta(tp_supervisor_t *s, const uint8_t *data, size_t len)
{
    tpi_data_source_meta_t m;
    if (tpi_data_source_meta_decode(data, len, &m) != TP_OK) {
        s->stats.ignored_decode++;
        return;
    }
    if (!is_watched(s, m.stream_id)) {
        return;
    }
    s->stats.metas++;
    /* It names no producer: it is for the one that lives (W-131). */
    for (uint32_t i = 0; i < s->producer_index.capacity; i++) {
        tpi_watched_producer_t *p = &s->producers[i];
        if (s->producer_index.is_used[i] != 0 && p->stream_id == m.stream_id && !p->is_stale) {
            p->meta_version = m.meta_version;
        }
    }
}

void tpi_supervisor_on_message(void *clientd, const uint8_t *data, size_t len,
                               const tpi_message_info_t *info)
{
    tp_supervisor_t *s = clientd;
    tpi_wire_header_t header;
    if (tpi_wire_peek(data, len, &header) != TP_OK || header.schema_id != TPI_WIRE_SCHEMA_ID) {
        return; /* Rule: W-9 the streams are shared, also with schema 901 */
    }
    switch (header.template_id) {
    case TPI_SHM_POOL_ANNOUNCE:
        on_announce(s, data, len, info);
        break;
    case TPI_QOS_PRODUCER:
        on_qos_producer(s, data, len);
        break;
    case TPI_DATA_SOURCE_ANNOUNCE:
        on_source_announce(s, data, len);
        break;
    case TPI_DATA_SOURCE_META:
        on_meta(s, data, len);
        break;
    case TPI_CONSUMER_HELLO:
        on_hello(s, data, len, info->session_id);
        break;
    case TPI_QOS_CONSUMER:
        on_qos_consumer(s, data, len, info->session_id);
        break;
    case TPI_CONSUMER_CONFIG:
        on_config(s, data, len, info->session_id);
        break;
    case TPI_CONTROL_RESPONSE:
        on_control_response(s, data, len);
        break;
    default:
        break;
    }
}
