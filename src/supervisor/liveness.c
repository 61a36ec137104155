/*
 * supervisor/liveness.c - who is there, who has gone, and what people should hear of. Once per check
 * interval over both tables.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "supervisor/supervisor_internal.h"

#define SECONDS(ns) ((double)(ns) / 1e9)

/* ---- places ---- */

static bool told_full(tp_supervisor_t *s, bool *has_told, const char *what, uint32_t capacity)
{
    s->stats.table_full++;
    if (!*has_told) {
        *has_told = true;
        tpi_supervisor_event(s, TPI_EVENT_WARNING,
                             "the table of %s is full (%u, none of them stale): others go "
                             "unwatched",
                             what, capacity);
    }
    return false;
}

static void remove_producer(tp_supervisor_t *s, uint32_t place)
{
    tpi_index_remove(&s->producer_index, place);
    s->has_told_producers_full = false;
}

static void remove_consumer(tp_supervisor_t *s, uint32_t place)
{
    tpi_watched_consumer_t *c = &s->consumers[place];
    tpi_consumer_forget_config(s, c);
    if (c->is_answer_due) {
        c->is_answer_due = false;
        s->answers_due--;
    }
    tpi_index_remove(&s->consumer_index, place);
    s->has_told_consumers_full = false;
}

static bool make_room_for_producer(tp_supervisor_t *s)
{
    uint32_t stalest = TPI_NO_PLACE;
    for (uint32_t i = 0; i < s->producer_index.capacity; i++) {
        if (s->producers[i].is_stale &&
            (stalest == TPI_NO_PLACE ||
             s->producers[i].heard_ns < s->producers[stalest].heard_ns)) {
            stalest = i;
        }
    }
    if (stalest == TPI_NO_PLACE) {
        return told_full(s, &s->has_told_producers_full, "producers", s->producer_index.capacity);
    }
    remove_producer(s, stalest);
    s->stats.evicted++;
    return true;
}

static bool make_room_for_consumer(tp_supervisor_t *s)
{
    uint32_t stalest = TPI_NO_PLACE;
    for (uint32_t i = 0; i < s->consumer_index.capacity; i++) {
        if (s->consumers[i].is_stale &&
            (stalest == TPI_NO_PLACE ||
             s->consumers[i].heard_ns < s->consumers[stalest].heard_ns)) {
            stalest = i;
        }
    }
    if (stalest == TPI_NO_PLACE) {
        return told_full(s, &s->has_told_consumers_full, "consumers", s->consumer_index.capacity);
    }
    remove_consumer(s, stalest);
    s->stats.evicted++;
    return true;
}

tpi_watched_producer_t *tpi_producer_get(tp_supervisor_t *s, uint32_t stream_id,
                                         uint32_t producer_id)
{
    const uint64_t key = tpi_index_key(stream_id, producer_id);
    uint32_t place = tpi_index_find(&s->producer_index, key);
    if (place != TPI_NO_PLACE) {
        return &s->producers[place];
    }
    if (s->producer_index.count == s->producer_index.capacity && !make_room_for_producer(s)) {
        return NULL;
    }
    place = tpi_index_add(&s->producer_index, key);
    s->producers[place] = (tpi_watched_producer_t){
        .stream_id = stream_id,
        .producer_id = producer_id,
        .created_ns = s->now_ns,
        .heard_ns = s->now_ns,
        .meta_version = TPI_NULL_U32,
    };
    return &s->producers[place];
}

tpi_watched_consumer_t *tpi_consumer_get(tp_supervisor_t *s, uint32_t stream_id,
                                         uint32_t consumer_id)
{
    const uint64_t key = tpi_index_key(stream_id, consumer_id);
    uint32_t place = tpi_index_find(&s->consumer_index, key);
    if (place != TPI_NO_PLACE) {
        return &s->consumers[place];
    }
    if (s->consumer_index.count == s->consumer_index.capacity && !make_room_for_consumer(s)) {
        return NULL;
    }
    place = tpi_index_add(&s->consumer_index, key);
    s->consumers[place] = (tpi_watched_consumer_t){
        .stream_id = stream_id,
        .consumer_id = consumer_id,
        .heard_ns = s->now_ns,
    };
    return &s->consumers[place];
}

/* ---- signs of life ---- */

static void revive(tp_supervisor_t *s, tpi_watched_producer_t *p)
{
    /* Whoever talks beside a dead superblock stays stale until that lives, too. */
    if (p->is_stale && p->dead_looks < TPI_SUPERVISOR_DEAD_CHECKS && !p->is_superseded) {
        p->is_stale = false;
        tpi_supervisor_event(s, TPI_EVENT_INFO, "stream %u: producer %u is back, epoch %" PRIu64,
                             p->stream_id, p->producer_id, p->epoch);
    }
}

void tpi_producer_heard(tp_supervisor_t *s, tpi_watched_producer_t *p)
{
    p->heard_ns = s->now_ns;
    revive(s, p);
}

void tpi_consumer_heard(tp_supervisor_t *s, tpi_watched_consumer_t *c)
{
    c->heard_ns = s->now_ns;
    if (c->is_stale) {
        c->is_stale = false;
        tpi_supervisor_event(s, TPI_EVENT_INFO, "stream %u: consumer %u is back", c->stream_id,
                             c->consumer_id);
    }
}

void tpi_producers_supersede(tp_supervisor_t *s, uint32_t stream_id, uint64_t epoch)
{
    for (uint32_t i = 0; i < s->producer_index.capacity; i++) {
        tpi_watched_producer_t *p = &s->producers[i];
        if (s->producer_index.is_used[i] != 0 && p->stream_id == stream_id && p->epoch < epoch &&
            !p->is_superseded) {
            p->is_superseded = true;
            if (!p->is_stale) {
                p->is_stale = true;
                p->stale_ns = s->now_ns;
                s->stats.stale++;
                tpi_supervisor_event(s, TPI_EVENT_INFO,
                                     "stream %u: producer %u is over: epoch %" PRIu64
                                     " was announced after its %" PRIu64,
                                     stream_id, p->producer_id, epoch, p->epoch);
            }
        }
    }
}

static tpi_watched_producer_t *rival_of(tp_supervisor_t *s, const tpi_watched_producer_t *p)
{
    for (uint32_t i = 0; i < s->producer_index.capacity; i++) {
        tpi_watched_producer_t *other = &s->producers[i];
        if (s->producer_index.is_used[i] != 0 && other != p && !other->is_stale &&
            other->stream_id == p->stream_id && other->epoch == p->epoch) {
            return other;
        }
    }
    return NULL;
}

void tpi_producer_find_conflict(tp_supervisor_t *s, tpi_watched_producer_t *p)
{
    tpi_watched_producer_t *other = p->is_conflicting || p->is_stale ? NULL : rival_of(s, p);
    if (other != NULL) {
        p->is_conflicting = other->is_conflicting = true;
        s->stats.collisions++; /* Rule: U-5, W-85 */
        tpi_supervisor_event(s, TPI_EVENT_WARNING,
                             "stream %u: producers %u and %u both claim epoch %" PRIu64,
                             p->stream_id, other->producer_id, p->producer_id, p->epoch);
    }
}

/* ---- the check ---- */

static void append(char *text, size_t cap, const char *what, bool has, int64_t age_ns)
{
    const size_t used = strlen(text);
    if (has) {
        snprintf(text + used, cap - used, "%s %s for %.1f s", used > 0 ? "," : "", what,
                 SECONDS(age_ns));
    } else {
        snprintf(text + used, cap - used, "%s %s ever", used > 0 ? "," : "", what);
    }
}

static void check_announces(tp_supervisor_t *s, tpi_watched_producer_t *p)
{
    const int64_t since_ns = p->has_announce ? p->announce_ns : p->created_ns;
    if (!p->is_unannounced && s->now_ns - since_ns > s->options.announce_alert_ns) {
        p->is_unannounced = true;
        s->stats.alerts++; /* OP-7 */
        tpi_supervisor_event(s, TPI_EVENT_WARNING,
                             "stream %u: alert: no announce of producer %u for %.1f s",
                             p->stream_id, p->producer_id, SECONDS(s->now_ns - since_ns));
    }
}

/* Rule: U-3, W-118 */
static void check_producer(tp_supervisor_t *s, uint32_t place, bool may_judge)
{
    tpi_watched_producer_t *p = &s->producers[place];
    const int64_t limit_ns = s->options.liveness_timeout_ns;
    const bool is_silent = may_judge && s->now_ns - p->heard_ns > limit_ns;
    const bool is_dead = may_judge && p->dead_looks >= TPI_SUPERVISOR_DEAD_CHECKS;
    if (p->is_conflicting && (p->is_stale || rival_of(s, p) == NULL)) {
        p->is_conflicting = false;
    }
    if (!p->is_stale && (is_silent || is_dead)) {
        char why[160] = "";
        append(why, sizeof why, "no announce", p->has_announce, s->now_ns - p->announce_ns);
        append(why, sizeof why, "no QoS", p->has_qos, s->now_ns - p->qos_ns);
        if (is_dead) {
            snprintf(why, sizeof why, " its superblock was last refreshed %.1f s ago",
                     SECONDS(p->activity_age_ns));
        }
        p->is_stale = true;
        p->stale_ns = s->now_ns;
        s->stats.stale++;
        tpi_supervisor_event(s, TPI_EVENT_WARNING,
                             "stream %u: producer %u, epoch %" PRIu64 ", is stale:%s", p->stream_id,
                             p->producer_id, p->epoch, why);
    } else if (p->is_stale && !is_silent && !is_dead && s->now_ns - p->heard_ns <= limit_ns) {
        revive(s, p); /* its superblock lives again */
    }
    if (p->is_stale && is_silent && s->now_ns - p->stale_ns > limit_ns) {
        s->stats.removed++;
        tpi_supervisor_event(s, TPI_EVENT_INFO, "stream %u: producer %u is removed", p->stream_id,
                             p->producer_id);
        remove_producer(s, place);
        return;
    }
    if (!p->is_stale && may_judge) {
        check_announces(s, p);
    }
}

/* Rule: U-8 what grew since the last report */
static void report_drops(tp_supervisor_t *s, tpi_watched_consumer_t *c)
{
    const uint64_t gap = c->drops_gap - c->told_gap;
    const uint64_t late = c->drops_late - c->told_late;
    if (gap > 0 || late > 0) {
        s->stats.drop_reports++;
        tpi_supervisor_event(s, TPI_EVENT_INFO,
                             "stream %u: consumer %u dropped %" PRIu64 " more frames (gap %" PRIu64
                             ", late %" PRIu64 "), %" PRIu64 " in all",
                             c->stream_id, c->consumer_id, gap + late, gap, late,
                             c->drops_gap + c->drops_late);
    }
    c->told_gap = c->drops_gap;
    c->told_late = c->drops_late;
}

/* OP-7: more than that share of the frames, in so many checks in a row. A check without frames and
 * drops says neither. */
static void check_drops(tp_supervisor_t *s, tpi_watched_consumer_t *c)
{
    const uint64_t frames = c->new_frames > c->new_drops ? c->new_frames : c->new_drops;
    if (frames == 0) {
        return;
    }
    const double share_ppm = (double)c->new_drops * 1e6 / (double)frames;
    c->new_frames = c->new_drops = 0;
    if (share_ppm <= (double)s->options.drop_alert_ppm) {
        c->bad_checks = 0;
        if (c->is_dropping) {
            c->is_dropping = false;
            tpi_supervisor_event(s, TPI_EVENT_INFO, "stream %u: consumer %u drops no longer",
                                 c->stream_id, c->consumer_id);
        }
        return;
    }
    c->bad_checks++;
    if (!c->is_dropping && c->bad_checks >= s->options.drop_alert_checks) {
        c->is_dropping = true;
        s->stats.alerts++;
        tpi_supervisor_event(s, TPI_EVENT_WARNING,
                             "stream %u: alert: consumer %u drops %.2f %% of the frames, in %u "
                             "checks in a row",
                             c->stream_id, c->consumer_id, share_ppm / 1e4, c->bad_checks);
    }
}

/* Rule: U-3, W-99 stale only when neither hello nor QoS came */
static void check_consumer(tp_supervisor_t *s, uint32_t place, bool may_judge)
{
    tpi_watched_consumer_t *c = &s->consumers[place];
    const int64_t limit_ns = s->options.consumer_stale_ns;
    const bool is_silent = may_judge && s->now_ns - c->heard_ns > limit_ns;
    if (c->is_colliding && s->now_ns - c->collided_ns > limit_ns) {
        c->is_colliding = false;
    }
    report_drops(s, c);
    if (!c->is_stale && is_silent) {
        char why[160] = "";
        append(why, sizeof why, "no hello", c->has_hello, s->now_ns - c->hello_ns);
        append(why, sizeof why, "no QoS", c->has_qos, s->now_ns - c->qos_ns);
        c->is_stale = true;
        c->stale_ns = s->now_ns;
        s->stats.stale++;
        tpi_consumer_forget_config(s, c); /* Rule: W-99 its streams are closed, their ids free */
        tpi_supervisor_event(s, TPI_EVENT_WARNING, "stream %u: consumer %u is stale:%s",
                             c->stream_id, c->consumer_id, why);
    }
    if (c->is_stale) {
        if (is_silent && s->now_ns - c->stale_ns > limit_ns) {
            s->stats.removed++;
            tpi_supervisor_event(s, TPI_EVENT_INFO, "stream %u: consumer %u is removed",
                                 c->stream_id, c->consumer_id);
            remove_consumer(s, place);
        }
        return;
    }
    check_drops(s, c);
}

void tpi_supervisor_check(tp_supervisor_t *s)
{
    const bool may_judge = s->now_ns - s->judge_from_ns >= 0;
    s->stats.liveness_checks++;
    for (uint32_t i = 0; i < s->producer_index.capacity; i++) {
        if (s->producer_index.is_used[i] != 0) {
            check_producer(s, i, may_judge);
        }
    }
    for (uint32_t i = 0; i < s->consumer_index.capacity; i++) {
        if (s->consumer_index.is_used[i] != 0) {
            check_consumer(s, i, may_judge);
        }
    }
    s->activity_at = 0;
}
