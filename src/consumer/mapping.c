/*
 * consumer/mapping.c - which epoch is mapped, and when that ends: driver.md 3.6, wire.md 2.16.
 *
 *               GRANTED ANNOUNCED DETACHED GONE DEAD NO_SHM SHM LEASE_GONE TIME
 *  U unmapped   M       M, B      -        -    -    F      -   U          -
 *  M mapped     -       M, B      E        R    R    F      -   U          -
 *  E ending     -       later     -        R    R    F      -   U          R
 *  R remapping  -       M, B      -        -    -    F      -   U          B
 *  F fallback   -       -         -        -    -    -      U   U          -
 *  B backoff    -       later     -        -    -    F      -   U          U
 *
 * "M, B": BACKOFF when the announced set is refused; nothing of it is used, and what was mapped is
 * unmapped either way. "later": the announce is kept and mapped once the state has passed. GRANTED
 * comes from the attachment, which has the lease, and follows LEASE_GONE or the beginning;
 * everything else changes the mapping alone, and the lease lives on.
 *
 * ENDING is ours. A producer that detached committed all it ever will; its frames stay readable in
 * the old epoch's files until they are unmapped. "Stop reading" at once, as for a producer that
 * vanished, would cost its last frames to every reader a few microseconds behind. It is bounded by
 * 1 s.
 *
 * Announces are kept in the handler and acted on in the tick, when the control stream has been
 * heard too: the notice that a producer detached is published before the announce of the epoch
 * after it (D-54), and so is known by then.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "consumer/consumer_internal.h"
#include "wire/codec.h"

#define END_NS INT64_C(1000000000)
#define BACKOFF_MIN_NS INT64_C(250000000) /* Rule: D-38, for the mapping, too */
#define BACKOFF_MAX_NS INT64_C(4000000000)
#define STALE_PERIODS 5                 /* Rule: W-118 */
#define STALE_LOOK_NS INT64_C(10000000) /* between looks at the activity; periods are 1 s */
#define FUTURE_NS                                                                                  \
    INT64_C(1000000000) /* clocks are read at different times; more is another boot's (W-119) */

typedef struct event {
    tpi_map_event_t kind;
    tp_attach_reason_t reason;
    tpi_map_wanted_t wanted;
    const char *text;
    const tpi_shm_pool_announce_t *announce;
} event_t;

static void step(tp_consumer_t *c, const event_t *event, int64_t now_ns);

static const tpi_map_wanted_t higher_only = { .is_same_ok = false, .is_lower_ok = false };

static void drop_pending(tp_consumer_t *c)
{
    c->pending_count = 0;
}

static void enter(tp_consumer_t *c, tpi_map_state_t state, int64_t now_ns)
{
    c->state = state;
    tpi_attachment_stir(&c->attachment);
    switch (state) {
    case TPI_MAP_ENDING:
        c->deadline_ns = now_ns + END_NS;
        break;
    case TPI_MAP_REMAPPING:
        c->deadline_ns = now_ns + 3 * c->client->options.announce_period_ns; /* Rule: D-56 */
        break;
    case TPI_MAP_BACKOFF:
        c->deadline_ns = now_ns + c->backoff_ns;
        c->backoff_ns = c->backoff_ns * 2 > BACKOFF_MAX_NS ? BACKOFF_MAX_NS : c->backoff_ns * 2;
        break;
    case TPI_MAP_MAPPED:
        c->backoff_ns = BACKOFF_MIN_NS;
        c->wanted = higher_only;
        c->is_told_of_higher_epoch = false;
        break;
    case TPI_MAP_UNMAPPED:
    case TPI_MAP_FALLBACK:
        break;
    }
}

/* Rule: W-113, W-116, D-70 frames in flight are dropped, and with the reader goes all per-slot
 * memory. */
static void unmap_all(tp_consumer_t *c)
{
    if (tpi_consumer_is_mapped(c)) {
        const bool is_broken = tpi_ring_reader_is_broken(&c->reader);
        tpi_ring_reader_fini(&c->reader);
        /* Without a seq of this epoch in the books, stats.last_seq is another epoch's. */
        c->can_resume = !is_broken && c->reader.next_seq > c->reader.first_seq;
        tpi_mapping_close(&c->mapping);
    }
}

static int map_layout(tp_consumer_t *c, const tpi_stream_layout_t *layout)
{
    int rc = tpi_mapping_open(&c->mapping, c->client->bases, layout, TPI_MAP_READ,
                              c->options.lock_memory); /* Rule: W-73 */
    if (rc != TP_OK) {
        return rc;
    }
    if (c->options.prefault) {
        tpi_mapping_prefault(&c->mapping, false);
    }
    const tpi_ring_reader_options_t options = {
        .start_at = c->was_mapped ? TP_START_OLDEST : c->options.start_at,
        .gap_patience_ns = c->options.gap_patience_ns,
        .max_outstanding_seq_gap = c->keeps_ahead ? layout->nslots - layout->nslots / 4
                                                  : c->options.max_outstanding_seq_gap,
        .max_rate_hz = c->options.max_rate_hz,
        .gaps_expected = c->options.gaps_expected,
    };
    /* The same epoch again, after a lost lease: no frame twice, and none lost that is still there.
     */
    const bool is_same =
        c->was_mapped && layout->epoch == c->last_epoch && c->can_resume && c->stats.has_seq;
    rc = tpi_ring_reader_init(&c->reader, &c->mapping, &options, &c->stats);
    if (rc != TP_OK) {
        tpi_mapping_close(&c->mapping);
        return rc;
    }
    if (is_same) {
        tpi_ring_reader_resume(&c->reader, c->stats.last_seq + 1);
    }
    tpi_own_streams_on_mapped(c);
    c->stats.remaps += c->was_mapped;
    c->was_mapped = true;
    c->last_epoch = layout->epoch;
    c->attachment.epoch = layout->epoch;
    return TP_OK;
}

/* ---- the machine ---- */

static void leave(tp_consumer_t *c, const event_t *event)
{
    unmap_all(c);
    c->reason = event->reason;
    c->wanted = event->wanted;
    c->attachment.losses++;
    tpi_attachment_say(&c->attachment, "%s", event->text);
}

static void map_announced(tp_consumer_t *c, const event_t *event, int64_t now_ns)
{
    tpi_pool_layout_t pools[TPI_MAX_POOLS];
    tpi_stream_layout_t layout;
    const bool was_mapped = tpi_consumer_is_mapped(c);
    tpi_layout_of_announce(event->announce, pools, &layout);
    unmap_all(c); /* Rule: W-84, W-113, D-76 */
    if (map_layout(c, &layout) != TP_OK) {
        /* Rule: W-61, W-85, D-35 */
        c->reason = TP_REASON_REGION_REFUSED;
        c->attachment.losses += was_mapped;
        tpi_attachment_say(&c->attachment, "epoch %llu was announced, but is not usable: %s",
                           (unsigned long long)layout.epoch, tp_errmsg());
        enter(c, TPI_MAP_BACKOFF, now_ns);
        return;
    }
    c->announce_ns = event->announce->announce_timestamp_ns;
    c->clock_domain = event->announce->clock_domain;
    c->producer_id = event->announce->producer_id;
    tpi_attachment_say(&c->attachment, "mapped epoch %llu", (unsigned long long)layout.epoch);
    enter(c, TPI_MAP_MAPPED, now_ns);
}

static void step(tp_consumer_t *c, const event_t *event, int64_t now_ns)
{
    switch (event->kind) {
    case TPI_MAP_EV_LEASE_GONE:
        /* Rule: D-55, D-82 whatever the state */
        unmap_all(c);
        drop_pending(c);
        tpi_own_streams_on_lease_gone(c);
        c->reason = TP_REASON_NONE; /* the lease's own reason counts */
        enter(c, TPI_MAP_UNMAPPED, now_ns);
        return;
    case TPI_MAP_EV_NO_SHM:
        if (c->state != TPI_MAP_FALLBACK) {
            leave(c, event);
            drop_pending(c);
            enter(c, TPI_MAP_FALLBACK, now_ns); /* Rule: W-92 */
        }
        return;
    default:
        break;
    }
    switch (c->state) {
    case TPI_MAP_UNMAPPED:
    case TPI_MAP_REMAPPING:
        if (event->kind == TPI_MAP_EV_ANNOUNCED) {
            map_announced(c, event, now_ns);
        } else if (event->kind == TPI_MAP_EV_GRANTED && c->state == TPI_MAP_UNMAPPED) {
            enter(c, TPI_MAP_MAPPED, now_ns);
        } else if (event->kind == TPI_MAP_EV_TIME && c->state == TPI_MAP_REMAPPING) {
            tpi_attachment_say(&c->attachment,
                               "no announce of an epoch after %llu within 3 periods",
                               (unsigned long long)c->last_epoch);
            /* A higher epoch was described but never announced: then the old one stands. */
            c->wanted.is_same_ok = c->wanted.is_same_ok || c->is_told_of_higher_epoch;
            enter(c, TPI_MAP_BACKOFF, now_ns);
        }
        break;

    case TPI_MAP_MAPPED:
        switch (event->kind) {
        case TPI_MAP_EV_ANNOUNCED:
            map_announced(c, event, now_ns);
            break;
        case TPI_MAP_EV_DETACHED:
            tpi_ring_reader_end(&c->reader);
            c->reason = event->reason;
            tpi_attachment_say(&c->attachment, "%s", event->text);
            enter(c, TPI_MAP_ENDING, now_ns);
            break;
        case TPI_MAP_EV_GONE:
        case TPI_MAP_EV_DEAD:
            leave(c, event);
            enter(c, TPI_MAP_REMAPPING, now_ns);
            break;
        default:
            break;
        }
        break;

    case TPI_MAP_ENDING:
        switch (event->kind) {
        case TPI_MAP_EV_GONE:
        case TPI_MAP_EV_DEAD:
        case TPI_MAP_EV_TIME:
            leave(c, event);
            enter(c, TPI_MAP_REMAPPING, now_ns);
            break;
        default:
            break;
        }
        break;

    case TPI_MAP_FALLBACK:
        if (event->kind == TPI_MAP_EV_SHM) {
            tpi_attachment_say(&c->attachment, "shared memory allowed again");
            c->wanted.is_same_ok = true;
            enter(c, TPI_MAP_UNMAPPED, now_ns);
        }
        break;

    case TPI_MAP_BACKOFF:
        if (event->kind == TPI_MAP_EV_TIME) {
            enter(c, TPI_MAP_UNMAPPED, now_ns);
        }
        break;
    }
}

static void happened(tp_consumer_t *c, tpi_map_event_t kind, tp_attach_reason_t reason,
                     tpi_map_wanted_t wanted, const char *text, int64_t now_ns)
{
    const event_t event = { .kind = kind, .reason = reason, .wanted = wanted, .text = text };
    step(c, &event, now_ns);
}

void tpi_consumer_remap(tp_consumer_t *c, tp_attach_reason_t reason, tpi_map_wanted_t wanted,
                        const char *text, int64_t now_ns)
{
    happened(c, TPI_MAP_EV_DEAD, reason, wanted, text, now_ns);
}

/* ---- is what is mapped still what it was? ---- */

/* Rule: W-118, W-119 */
static bool is_stale(const tp_consumer_t *c, int64_t now_ns)
{
    const int64_t age_ns =
        (int64_t)((uint64_t)tpi_client_domain_now(c->client, c->clock_domain, now_ns) -
                  tpi_mapping_activity_ns(&c->mapping));
    return age_ns > STALE_PERIODS * c->client->options.announce_period_ns || age_ns < -FUTURE_NS;
}

static const tpi_map_wanted_t any_epoch = { .is_same_ok = true, .is_lower_ok = true };
static const tpi_map_wanted_t other_epoch = { .is_same_ok = false, .is_lower_ok = true };
static const tpi_map_wanted_t same_or_higher = { .is_same_ok = true, .is_lower_ok = false };

/* True: it is dead, and unmapped now. */
static bool bury_if_dead(tp_consumer_t *c, int64_t now_ns)
{
    bool is_pid_changed = false;
    if (tpi_mapping_recheck(&c->mapping, &is_pid_changed) != TP_OK) { /* Rule: W-18, W-116 */
        char text[200];
        snprintf(text, sizeof text, "the mapped regions changed: %s", tp_errmsg());
        /* Rule: W-21 another pid: only another epoch will do */
        tpi_consumer_remap(c, TP_REASON_STALE, is_pid_changed ? other_epoch : any_epoch, text,
                           now_ns);
        return true;
    }
    if (is_stale(c, now_ns)) {
        tpi_consumer_remap(
            c, TP_REASON_STALE, other_epoch,
            "nobody has touched the mapped regions for too long: their owner is dead", now_ns);
        return true;
    }
    return false;
}

/* ---- role ---- */

static int map(void *role, const tpi_stream_layout_t *layout, int64_t now_ns)
{
    tp_consumer_t *c = role;
    drop_pending(c);
    c->announce_ns = 0;
    c->clock_domain = TPI_CLOCK_MONOTONIC; /* Rule: D-20 */
    c->producer_id = 0;
    const int rc = map_layout(c, layout);
    if (rc == TP_OK) {
        c->hello_due_ns = now_ns;
        c->qos_due_ns = now_ns;
        happened(c, TPI_MAP_EV_GRANTED, TP_REASON_NONE, higher_only, NULL, now_ns);
    }
    return rc;
}

static void lease_gone(void *role, int64_t now_ns)
{
    happened(role, TPI_MAP_EV_LEASE_GONE, TP_REASON_NONE, higher_only, NULL, now_ns);
}

static bool is_acceptable(const tp_consumer_t *c, uint64_t epoch)
{
    if (epoch > c->last_epoch) {
        return true;
    }
    return epoch == c->last_epoch ? c->wanted.is_same_ok : c->wanted.is_lower_ok;
}

/* The oldest goes to the end, with its buffer. */
static void shift_pending(tp_consumer_t *c)
{
    const tpi_pending_t first = c->pending[0];
    memmove(&c->pending[0], &c->pending[1], (TPI_PENDING_MAX - 1) * sizeof c->pending[0]);
    c->pending[TPI_PENDING_MAX - 1] = first;
    c->pending_count--;
}

/* The message is copied: the handler's buffer ends with the handler, and the tick maps. */
static void keep_pending(tp_consumer_t *c, const tpi_shm_pool_announce_t *announce,
                         const uint8_t *data, size_t len)
{
    /* A repeat takes the place of what it repeats; a step backwards takes all places. */
    while (c->pending_count > 0 && c->pending[c->pending_count - 1].epoch >= announce->epoch) {
        c->pending_count--;
    }
    if (c->pending_count == TPI_PENDING_MAX) {
        shift_pending(c);
    }
    tpi_pending_t *p = &c->pending[c->pending_count];
    if (len > p->cap) {
        uint8_t *grown = realloc(p->data, len);
        if (grown == NULL) {
            return; /* the next announce is a second away */
        }
        p->data = grown;
        p->cap = len;
    }
    memcpy(p->data, data, len);
    p->len = len;
    p->epoch = announce->epoch;
    p->stamp_ns = announce->announce_timestamp_ns;
    c->pending_count++;
    tpi_attachment_stir(&c->attachment);
}

/* Did a producer end in order between the oldest pending epoch and the one after it? */
static bool ended_in_order(const tp_consumer_t *c)
{
    for (size_t i = 0; i < TPI_PENDING_MAX; i++) {
        const uint64_t t = c->detached_ns[i];
        if (t != 0 && t >= c->pending[0].stamp_ns && t <= c->pending[1].stamp_ns) {
            return true;
        }
    }
    return false;
}

/* Rule: W-85 the mapped set stays, the conflict is said. */
static void note_producer(tp_consumer_t *c, uint32_t producer_id)
{
    if (producer_id == 0 || producer_id == c->producer_id) {
        return;
    }
    if (c->producer_id != 0) {
        tpi_attachment_say(&c->attachment, "epoch %llu is announced with two producers, %u and %u",
                           (unsigned long long)c->mapping.epoch, c->producer_id, producer_id);
        return;
    }
    c->producer_id = producer_id;
}

static void tell_tap(const tp_consumer_t *c, const tpi_shm_pool_announce_t *announce,
                     const uint8_t *data, size_t len)
{
    if (c->announce_tap != NULL) {
        c->announce_tap(c->announce_tap_clientd, announce, data, len);
    }
}

static void on_announce(void *role, const tpi_shm_pool_announce_t *announce, const uint8_t *data,
                        size_t len, int64_t now_ns)
{
    tp_consumer_t *c = role;
    if (c->state == TPI_MAP_FALLBACK) {
        return;
    }
    if (c->state == TPI_MAP_MAPPED || c->state == TPI_MAP_ENDING) {
        if (announce->epoch == c->mapping.epoch) {
            if (c->state == TPI_MAP_ENDING) {
                tell_tap(c, announce, data, len);
                return;
            }
            c->clock_domain = announce->clock_domain;
            note_producer(c, announce->producer_id);
            if (!bury_if_dead(c, now_ns)) { /* Rule: W-84, W-18 */
                tell_tap(c, announce, data, len);
                return;
            }
        } else if (announce->epoch < c->mapping.epoch) {
            /* Rule: W-83, W-114 a backward step is believed only of a dead region */
            if (c->state == TPI_MAP_ENDING || !bury_if_dead(c, now_ns)) {
                c->attachment.ignored_epoch++;
                return;
            }
        }
    }
    if (c->state != TPI_MAP_MAPPED && c->state != TPI_MAP_ENDING &&
        !is_acceptable(c, announce->epoch)) {
        c->attachment.ignored_epoch++; /* Rule: D-56, D-76, W-83 */
        return;
    }
    tell_tap(c, announce, data, len);
    keep_pending(c, announce, data, len);
}

static void on_producer_revoked(void *role, const tpi_lease_revoked_t *notice, int64_t now_ns)
{
    tp_consumer_t *c = role;
    if (notice->reason == TPI_REVOKE_DETACHED) {
        c->detached_ns[c->detached_next] = notice->timestamp_ns;
        c->detached_next = (c->detached_next + 1) % TPI_PENDING_MAX;
    }
    if (c->announce_ns != 0 && notice->timestamp_ns <= c->announce_ns) {
        return; /* Rule: D-57 */
    }
    if (notice->reason == TPI_REVOKE_DETACHED) {
        happened(c, TPI_MAP_EV_DETACHED, TP_REASON_PRODUCER_GONE, higher_only,
                 "the producer detached; waiting for the next epoch", now_ns);
        return;
    }
    happened(c, TPI_MAP_EV_GONE, TP_REASON_PRODUCER_GONE, higher_only,
             notice->reason == TPI_REVOKE_EXPIRED
                 ? "the producer's lease expired; waiting for the next epoch"
                 : "the producer's lease was revoked; waiting for the next epoch",
             now_ns); /* Rule: D-56 */
}

static void on_config(void *role, const tpi_consumer_config_t *config, int64_t now_ns)
{
    tp_consumer_t *c = role;
    tpi_own_streams_on_config(c, config); /* Rule: W-92 */
    tpi_attachment_stir(&c->attachment);
    if (config->use_shm == TPI_BOOL_FALSE) {
        char text[200];
        const char *uri = tp_consumer_fallback_uri(c);
        snprintf(text, sizeof text, "told not to use shared memory; %s%s",
                 uri[0] != '\0'                         ? "the payload is at "
                 : config->payload_fallback_uri.len > 0 ? "of the fallback the scheme is unknown"
                                                        : "no fallback was named",
                 uri); /* Rule: W-93 */
        happened(c, TPI_MAP_EV_NO_SHM, TP_REASON_NO_SHM, same_or_higher, text, now_ns);
    } else {
        happened(c, TPI_MAP_EV_SHM, TP_REASON_NONE, same_or_higher, NULL, now_ns);
    }
}

static int tick_pending(tp_consumer_t *c, int64_t now_ns)
{
    if (c->pending_count == 0 || c->state == TPI_MAP_ENDING || c->state == TPI_MAP_BACKOFF) {
        return 0;
    }
    /* An epoch that is over already is mapped only for the frames that its producer left behind
       in order. */
    while (c->pending_count > 1 && !ended_in_order(c)) {
        shift_pending(c);
    }
    const bool is_over = c->pending_count > 1;
    const tpi_pending_t pending = c->pending[0];
    shift_pending(c); /* the buffer stays until the next announce, which comes in another turn */
    tpi_shm_pool_announce_t announce;
    const int rc = tpi_shm_pool_announce_decode(pending.data, pending.len, &announce);
    /* Kept while the state passed: it must still be recent (W-81). */
    if (rc != TP_OK || !tpi_client_announce_is_fresh(c->client, &announce, INT64_MIN / 2, now_ns)) {
        return 1;
    }
    if (c->state == TPI_MAP_MAPPED ? announce.epoch > c->mapping.epoch
                                   : is_acceptable(c, announce.epoch)) {
        const event_t event = { .kind = TPI_MAP_EV_ANNOUNCED, .announce = &announce };
        step(c, &event, now_ns);
        if (is_over && c->state == TPI_MAP_MAPPED) {
            happened(c, TPI_MAP_EV_DETACHED, TP_REASON_PRODUCER_GONE, higher_only,
                     "the producer detached; waiting for the next epoch", now_ns);
        }
    }
    return 1;
}

static int tick_time(tp_consumer_t *c, int64_t now_ns)
{
    const bool is_past = now_ns - c->deadline_ns >= 0;
    switch (c->state) {
    case TPI_MAP_ENDING:
        if (!is_past && (c->is_held || !tpi_ring_reader_is_done(&c->reader)) &&
            !tpi_ring_reader_is_broken(&c->reader)) {
            return 0;
        }
        happened(c, TPI_MAP_EV_TIME, TP_REASON_PRODUCER_GONE, higher_only,
                 "the producer detached; waiting for the next epoch", now_ns);
        return 1;
    case TPI_MAP_REMAPPING:
    case TPI_MAP_BACKOFF:
        if (!is_past) {
            return 0;
        }
        happened(c, TPI_MAP_EV_TIME, c->reason, c->wanted, NULL, now_ns);
        return 1;
    default:
        return 0;
    }
}

static int tick(void *role, int64_t now_ns)
{
    tp_consumer_t *c = role;
    int work = tpi_own_streams_tick(c);
    work += tpi_consumer_poll_descriptors(c);
    if (c->state == TPI_MAP_MAPPED) {
        if (tpi_ring_reader_is_broken(&c->reader)) {
            tpi_consumer_remap(
                c, TP_REASON_PROTOCOL_ERROR, same_or_higher,
                "the ring runs backwards: another writer, or a restart without a new epoch",
                now_ns); /* Rule: W-115 */
        } else if (is_stale(c, now_ns)) {
            (void)bury_if_dead(c, now_ns);
        }
    }
    work += tick_time(c, now_ns);
    work += tick_pending(c, now_ns);
    if (tpi_role_counters_due(&c->counters, &c->attachment, now_ns)) {
        const tp_consumer_stats_t *s = &c->stats;
        /* Frames committed and not looked at yet, as of now. */
        const uint64_t lag = tpi_consumer_is_mapped(c)
                                 ? tpi_ring_reader_newest_end(&c->reader) - c->reader.next_seq
                                 : 0;
        const uint64_t values[TPI_ROLE_COUNTERS_MAX] = {
            /* in the order of counter_labels */
            s->accepted,
            s->thinned,
            s->drops_gap,
            s->drops_late,
            s->drops[TP_DROP_REMAP],
            s->remaps,
            s->drops[TP_DROP_OVERRUN],
            s->drops[TP_DROP_ABANDONED],
            s->drops[TP_DROP_RESYNC],
            s->drops[TP_DROP_ODD],
            s->drops[TP_DROP_CHANGED],
            s->drops[TP_DROP_IDENTITY],
            s->drops[TP_DROP_HEADER],
            s->drops[TP_DROP_PAYLOAD],
            s->bytes,
            lag,
        };
        tpi_role_counters_update(&c->counters, &c->attachment, values, now_ns);
    }
    if (tpi_attachment_is_attached(&c->attachment)) {
        work += tpi_consumer_send_due(c, now_ns);
    }
    return work;
}

static int64_t earlier(int64_t a_ns, int64_t b_ns)
{
    return a_ns < b_ns ? a_ns : b_ns;
}

static int64_t next_tick(const void *role, int64_t now_ns)
{
    const tp_consumer_t *c = role;
    if (c->descriptor_sub != NULL || c->pending_count > 0 || tpi_own_streams_are_polled(c)) {
        return TPI_EACH_TURN;
    }
    int64_t due_ns = tpi_role_counters_next(&c->counters, &c->attachment);
    switch (c->state) {
    case TPI_MAP_ENDING: /* until the last frame has been read */
        return TPI_EACH_TURN;
    case TPI_MAP_REMAPPING:
    case TPI_MAP_BACKOFF:
        due_ns = earlier(due_ns, c->deadline_ns);
        break;
    case TPI_MAP_MAPPED:
        due_ns = earlier(due_ns, now_ns + STALE_LOOK_NS);
        break;
    case TPI_MAP_UNMAPPED:
    case TPI_MAP_FALLBACK:
        break;
    }
    if (tpi_attachment_is_attached(&c->attachment) && c->client->options.qos_interval_ns >= 0) {
        due_ns = earlier(due_ns, earlier(c->hello_due_ns, c->qos_due_ns));
    }
    return due_ns;
}

static bool is_prepared(const void *role)
{
    const tp_consumer_t *c = role;
    return c->descriptor_sub == NULL || tpi_subscription_is_ready(c->descriptor_sub) ||
           tpi_subscription_error(c->descriptor_sub)[0] != '\0';
}

const tpi_role_ops_t tpi_consumer_role_ops = {
    .is_prepared = is_prepared,
    .map = map,
    .unmap = lease_gone,
    .next_tick = next_tick,
    .announce = on_announce,
    .producer_revoked = on_producer_revoked,
    .config = on_config,
    .progress = tpi_consumer_on_shared_progress,
    .tick = tick,
};
