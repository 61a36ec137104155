/*
 * Streams: the table, their states (driver.md 3.2), their ticks.
 *
 *   KNOWN -> IDLE | LIVE      first accepted attach                     IDLE -> LIVE     producer attach, new epoch
 *   LIVE, IDLE -> RENEWING    producer's lease ended, files tampered    RENEWING -> IDLE       the new epoch is made
 *   RENEWING -> BROKEN        it could not be made                      BROKEN -> IDLE | LIVE  tick or attach made it
 *   dynamic: any -> ENDED -> (gone)                                     any -> KNOWN | ENDED   Aeron lost
 *
 * RENEWING and BROKEN streams have no current epoch: nothing is announced, and attaches wait for the job (or start one).
 *
 * Every stream but a KNOWN one has a tick each announce period, all of the same length, so that a list in order of arrival is in order of time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "driver/internal.h"

/* ---- the table ---- */

static tpi_stream_t *new_stream(tp_driver_t *d, uint32_t id, const char *name,
                                const tpi_driver_profile_t *profile)
{
    tpi_stream_t *stream = calloc(1, sizeof(*stream));
    if (stream == NULL || tpi_map_put(&d->streams, id, stream) != TP_OK) {
        free(stream);
        (void)tpi_fail(TP_ENOMEM, "no memory for stream %u", id);
        return NULL;
    }
    stream->id = id;
    stream->name = name;
    stream->profile = profile;
    stream->lock_fd = -1;
    stream->all_next = d->all_head;
    if (stream->all_next != NULL) {
        stream->all_next->all_prev = stream;
    }
    d->all_head = stream;
    return stream;
}

static void all_remove(tp_driver_t *d, tpi_stream_t *stream)
{
    *(stream->all_prev != NULL ? &stream->all_prev->all_next : &d->all_head) = stream->all_next;
    if (stream->all_next != NULL) {
        stream->all_next->all_prev = stream->all_prev;
    }
    if (d->collecting.next == stream) {
        d->collecting.next = stream->all_next;
    }
}

int tpi_streams_init(tp_driver_t *d)
{
    for (size_t i = 0; i < d->config.nstreams; i++) {
        const tpi_driver_stream_config_t *stream = &d->config.streams[i];
        if (new_stream(d, stream->stream_id, stream->name, stream->profile) == NULL) {
            return TP_ENOMEM;
        }
    }
    return TP_OK;
}

static void free_stream(tpi_stream_t *stream)
{
    tpi_epoch_close(stream->epoch);
    tpi_store_unlock(stream->lock_fd);
    free(stream->history);
    free(stream);
}

void tpi_streams_fini(tp_driver_t *d)
{
    size_t at = 0;
    for (tpi_stream_t *stream; (stream = tpi_map_next(&d->streams, &at)) != NULL;) {
        free_stream(stream);
    }
    tpi_map_fini(&d->streams);
    d->tick_head = d->tick_tail = d->announce_head = d->all_head = d->collecting.next = NULL;
}

tpi_stream_t *tpi_stream_find(tp_driver_t *d, uint32_t stream_id)
{
    tpi_stream_t *stream = tpi_map_get(&d->streams, stream_id);
    return stream == NULL || stream->state == TPI_STREAM_ENDED ? NULL : stream;
}

tpi_stream_t *tpi_stream_add(tp_driver_t *d, uint32_t stream_id)
{
    tpi_stream_t *stream = tpi_map_get(&d->streams, stream_id);
    if (stream == NULL) {
        stream = new_stream(d, stream_id, "", d->config.default_profile); /* Rule: D-107 */
        if (stream == NULL) {
            return NULL;
        }
        stream->is_dynamic = true;
        d->dynamic_streams++;
    } else {
        tpi_stream_enter(d, stream, TPI_STREAM_KNOWN);
    }
    stream->holds_id = true;
    return stream;
}

/* ---- lists ---- */

static void tick_remove(tp_driver_t *d, tpi_stream_t *stream)
{
    if (!stream->is_ticking) {
        return;
    }
    *(stream->tick_prev != NULL ? &stream->tick_prev->tick_next : &d->tick_head) =
        stream->tick_next;
    *(stream->tick_next != NULL ? &stream->tick_next->tick_prev : &d->tick_tail) =
        stream->tick_prev;
    stream->tick_prev = stream->tick_next = NULL;
    stream->is_ticking = false;
}

static void tick_append(tp_driver_t *d, tpi_stream_t *stream)
{
    tick_remove(d, stream);
    stream->tick_ns = d->now_ns + d->config.announce_period_ns;
    stream->tick_prev = d->tick_tail;
    *(d->tick_tail != NULL ? &d->tick_tail->tick_next : &d->tick_head) = stream;
    d->tick_tail = stream;
    stream->is_ticking = true;
}

void tpi_stream_remove(tp_driver_t *d, tpi_stream_t *stream)
{
    tick_remove(d, stream);
    all_remove(d, stream);
    for (tpi_stream_t **at = &d->announce_head; *at != NULL; at = &(*at)->announce_next) {
        if (*at == stream) {
            *at = stream->announce_next;
            break;
        }
    }
    if (stream->holds_id) {
        tpi_id_range_give(&d->stream_ids, stream->id);
    }
    if (stream->lock_fd >= 0 && stream->history_count == 0) {
        tpi_store_remove_stream(&d->store, stream->id);
    }
    (void)tpi_map_remove(&d->streams, stream->id);
    d->dynamic_streams--;
    free_stream(stream);
}

/* ---- states ---- */

static bool is_live_state(tpi_stream_state_t state)
{
    return state == TPI_STREAM_IDLE || state == TPI_STREAM_LIVE;
}

void tpi_stream_enter(tp_driver_t *d, tpi_stream_t *stream, tpi_stream_state_t state)
{
    if (is_live_state(stream->state) != is_live_state(state)) {
        d->stats.streams_live += is_live_state(state) ? 1 : UINT64_MAX;
    }
    stream->state = state;
    if (!is_live_state(state)) {
        tpi_collect_mapping(d, stream->epoch);
        stream->epoch = NULL;
        tpi_driver_count_stream(d, stream);
    }
    if (state == TPI_STREAM_KNOWN) {
        tick_remove(d, stream);
    } else if (!stream->is_ticking) {
        tick_append(d, stream);
    }
    if (state == TPI_STREAM_ENDED) {
        stream->ended_ns = d->now_ns;
    }
}

/* Rule: D-4, D-66 */
int tpi_stream_claim(tp_driver_t *d, tpi_stream_t *stream)
{
    if (!tpi_store_is_locked(&d->store, stream->id, stream->lock_fd)) {
        tpi_store_unlock(stream->lock_fd);
        stream->lock_fd = -1;
        const int rc = tpi_store_lock(&d->store, stream->id, &stream->lock_fd);
        if (rc != TP_OK) {
            return rc;
        }
        stream->has_history = false;
    }
    if (stream->has_history) {
        return TP_OK;
    }
    tpi_epoch_list_t list;
    int rc = tpi_store_scan(&d->store, stream->id, &list);
    for (size_t i = 0; rc == TP_OK && i < list.count; i++) {
        rc = tpi_stream_remember_epoch(stream, list.numbers[i], false);
    }
    if (rc == TP_OK) {
        stream->has_history = true;
        stream->last_epoch = list.highest > stream->last_epoch ? list.highest : stream->last_epoch;
    }
    free(list.numbers);
    return rc;
}

int tpi_stream_remember_epoch(tpi_stream_t *stream, uint64_t number, bool is_ours)
{
    size_t at = stream->history_count;
    while (at > 0 && stream->history[at - 1].number >= number) {
        if (stream->history[at - 1].number ==
            number) { /* found on disk first: the lock was lost in between */
            stream->history[at - 1].is_ours = stream->history[at - 1].is_ours || is_ours;
            return TP_OK;
        }
        at--;
    }
    if (stream->history_count == stream->history_capacity) {
        const size_t capacity = stream->history_capacity == 0 ? 4 : stream->history_capacity * 2;
        tpi_epoch_record_t *history = realloc(stream->history, capacity * sizeof(history[0]));
        if (history == NULL) {
            return tpi_fail(TP_ENOMEM, "no memory for %zu epochs", capacity);
        }
        stream->history = history;
        stream->history_capacity = capacity;
    }
    memmove(&stream->history[at + 1], &stream->history[at],
            (stream->history_count - at) * sizeof(stream->history[0]));
    stream->history[at] =
        (tpi_epoch_record_t){ .number = number, .announced_ns = INT64_MIN, .is_ours = is_ours };
    stream->history_count++;
    return TP_OK;
}

void tpi_stream_install(tp_driver_t *d, tpi_stream_t *stream, tpi_epoch_t *epoch)
{
    tpi_collect_mapping(d, stream->epoch);
    stream->epoch = epoch;
    d->stats.epochs++;
    /* A large one may have taken seconds to make: peers must not take its activity for stale. Rule: D-6 */
    if (tpi_epoch_check(epoch) == TP_OK) {
        tpi_epoch_touch(epoch, d->now_ns);
    }
    /* Without memory for it the epoch is not collected by this process; the next one's start does it. */
    (void)tpi_stream_remember_epoch(stream, epoch->number, true);
    tpi_stream_enter(d, stream, stream->producer != NULL ? TPI_STREAM_LIVE : TPI_STREAM_IDLE);
    tpi_driver_count_stream(d, stream);
    tpi_driver_log(d, TPI_LOG_DEBUG, "stream %u: epoch %llu", stream->id,
                   (unsigned long long)epoch->number);
}

/* Rule: D-108 */
bool tpi_stream_end_if_unused(tp_driver_t *d, tpi_stream_t *stream)
{
    if (!stream->is_dynamic || stream->leases > 0 || stream->job != NULL ||
        stream->parked_count > 0 || stream->state == TPI_STREAM_ENDED) {
        return false;
    }
    tpi_stream_enter(d, stream, TPI_STREAM_ENDED);
    tpi_driver_log(d, TPI_LOG_INFO, "stream %u: ended with its last lease", stream->id);
    if (stream->history_count == 0 &&
        stream->collection == NULL) { /* never had a file: nobody knows of it */
        tpi_stream_remove(d, stream);
    }
    return true;
}

/* Rule: D-69 */
void tpi_stream_break(tp_driver_t *d, tpi_stream_t *stream, const char *reason)
{
    if (stream->state != TPI_STREAM_BROKEN) { /* said once */
        tpi_driver_log(d, TPI_LOG_ERROR, "stream %u: no new epoch: %s", stream->id, reason);
        tpi_stream_enter(d, stream, TPI_STREAM_BROKEN);
    }
}

/* Rule: D-65, D-68, D-69 */
tpi_job_t *tpi_stream_renew(tp_driver_t *d, tpi_stream_t *stream)
{
    int rc = tpi_stream_claim(d, stream);
    rc = rc != TP_OK ? rc : tpi_provision_start(d, stream, NULL);
    if (rc != TP_OK) {
        tpi_stream_break(d, stream, rc == TP_EBUSY ? "owned by another driver" : tp_errmsg());
        return NULL;
    }
    if (stream->state != TPI_STREAM_BROKEN) {
        tpi_stream_enter(d, stream, TPI_STREAM_RENEWING);
    }
    return stream->job;
}

/* ---- announces and ticks ---- */

void tpi_stream_announce(tp_driver_t *d, tpi_stream_t *stream)
{
    stream->is_announce_due = false;
    if (stream->epoch == NULL) { /* Rule: D-75 */
        return;
    }
    tpi_send_announce(d, stream);
    for (size_t i = stream->history_count; i > 0; i--) {
        tpi_epoch_record_t *record = &stream->history[i - 1];
        if (record->number == stream->epoch->number) {
            record->announced_ns =
                record->announced_ns == INT64_MIN ? d->now_ns : record->announced_ns;
            break;
        }
    }
}

void tpi_stream_announce_soon(tp_driver_t *d, tpi_stream_t *stream)
{
    stream->is_announce_due = true;
    if (!stream->is_announce_listed) {
        stream->is_announce_listed = true;
        stream->announce_next = d->announce_head;
        d->announce_head = stream;
    }
}

int tpi_streams_announce_due(tp_driver_t *d)
{
    int work = 0;
    while (d->announce_head != NULL) {
        tpi_stream_t *stream = d->announce_head;
        d->announce_head = stream->announce_next;
        stream->is_announce_listed = false;
        if (stream->is_announce_due) {
            tpi_stream_announce(d, stream);
            work++;
        }
    }
    return work;
}

void tpi_streams_announce_all(tp_driver_t *d)
{
    for (tpi_stream_t *stream = d->tick_head; stream != NULL; stream = stream->tick_next) {
        tpi_stream_announce(d, stream);
    }
}

/* Rule: D-60 - a file that is no longer what we wrote. */
static bool is_tampered(tp_driver_t *d, tpi_stream_t *stream)
{
    if (tpi_epoch_check(stream->epoch) == TP_OK) {
        return false;
    }
    char text[TPI_DRIVER_TEXT];
    (void)snprintf(text, sizeof(text), "region changed: %s", tp_errmsg());
    tpi_driver_log(d, TPI_LOG_ERROR, "stream %u: %s", stream->id, text);
    if (stream->producer != NULL) {
        (void)tpi_driver_end_lease(d, stream->producer, TPI_LEASE_IS_REVOKED, text);
    } else if (stream->job == NULL) { /* else a producer's epoch is on its way */
        (void)tpi_stream_renew(d, stream);
    }
    return true;
}

static void tick_ended(tp_driver_t *d, tpi_stream_t *stream)
{
    tpi_collect_stream(d, stream);
    if (stream->holds_id && stream->job == NULL &&
        d->now_ns - stream->ended_ns >= d->config.lease_duration_ns) { /* Rule: D-108 */
        stream->holds_id = false;
        tpi_id_range_give(&d->stream_ids, stream->id);
    }
    bool has_work = false;
    for (size_t i = 0; i < stream->history_count; i++) {
        has_work = has_work || (d->config.gc_enabled && !stream->history[i].is_stuck) ||
                   (d->config.cleanup_on_exit && stream->history[i].is_ours);
    }
    if (!stream->holds_id && !has_work && stream->job == NULL && stream->collection == NULL) {
        tpi_stream_remove(d, stream);
    }
}

/* Rule: D-6, D-74, D-69, D-100 */
static void tick(tp_driver_t *d, tpi_stream_t *stream)
{
    switch (stream->state) {
    case TPI_STREAM_IDLE:
    case TPI_STREAM_LIVE:
        if (!is_tampered(d, stream)) {
            tpi_epoch_touch(stream->epoch, d->now_ns);
            tpi_stream_announce(d, stream);
            tpi_collect_stream(d, stream);
        }
        break;
    case TPI_STREAM_BROKEN:
        if (stream->job == NULL) {
            (void)tpi_stream_renew(d, stream);
        }
        break;
    case TPI_STREAM_ENDED:
        tick_ended(d, stream);
        break;
    case TPI_STREAM_KNOWN:
    case TPI_STREAM_RENEWING:
        break;
    }
}

int tpi_streams_tick(tp_driver_t *d)
{
    int work = 0;
    while (work < TPI_DRIVER_TICKS && (work == 0 || tpi_driver_has_time(d)) &&
           d->tick_head != NULL && d->now_ns - d->tick_head->tick_ns >= 0) {
        tpi_stream_t *stream = d->tick_head;
        tick_append(d, stream);
        tick(d, stream);
        work++;
    }
    return work;
}

/* Rule: D-82 */
void tpi_streams_void(tp_driver_t *d)
{
    d->announce_head = NULL;
    size_t at = 0;
    for (tpi_stream_t *stream; (stream = tpi_map_next(&d->streams, &at)) != NULL;) {
        stream->producer = NULL;
        stream->leases = 0;
        stream->is_announce_due = stream->is_announce_listed = false;
        if (stream->state != TPI_STREAM_ENDED) {
            tpi_stream_enter(d, stream, stream->is_dynamic ? TPI_STREAM_ENDED : TPI_STREAM_KNOWN);
        }
    }
}
