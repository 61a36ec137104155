/*
 * Old epochs. What may go is decided here; how it goes is in epoch.c.
 *
 * Rule: D-101 - of a stream's epochs, the newest `epoch_gc_keep` stay, by rank. An older one goes when its successor was announced at least
 * epoch_gc_min_age_ns ago, its ring's activity is at least that old, and its superblock's pid is dead or our own. Of an ended dynamic stream none stays (D-108).
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "driver/internal.h"

enum { MAX_LOOKS = 64 }; /* epochs looked at per call */

static bool is_alive_elsewhere(uint64_t pid)
{
    if (pid == 0 || pid > INT32_MAX || pid == (uint64_t)getpid()) {
        return false;
    }
    return kill((pid_t)pid, 0) == 0 || errno == EPERM;
}

/* When everybody was told of a newer epoch than history[i]. false: not yet. */
static bool superseded_since(tp_driver_t *d, const tpi_stream_t *stream, size_t i, int64_t *out_ns)
{
    for (size_t k = i + 1; k < stream->history_count; k++) {
        const tpi_epoch_record_t *next = &stream->history[k];
        if (next->announced_ns != INT64_MIN) {
            *out_ns = next->announced_ns;
            return true;
        }
        if (!next->is_ours) {
            /* Of an earlier run: announced when it was made. A time in the future is one of before a reboot. */
            tpi_superblock_t superblock;
            (void)tpi_store_epoch_superblock(&d->store, stream->id, next->number, &superblock);
            const bool is_past = superblock.start_timestamp_ns <= (uint64_t)d->now_ns;
            *out_ns = is_past ? (int64_t)superblock.start_timestamp_ns : 0;
            return true;
        }
    }
    if (stream->state == TPI_STREAM_ENDED) {
        *out_ns = stream->ended_ns;
        return true;
    }
    return false;
}

static bool may_go(tp_driver_t *d, const tpi_stream_t *stream, size_t i)
{
    const tpi_epoch_record_t *record = &stream->history[i];
    int64_t superseded_ns = 0;
    if (record->is_stuck || (stream->epoch != NULL && stream->epoch->number == record->number) ||
        !superseded_since(d, stream, i, &superseded_ns) ||
        d->now_ns - superseded_ns < d->config.gc_min_age_ns) {
        return false;
    }
    tpi_superblock_t superblock;
    if (tpi_store_epoch_superblock(&d->store, stream->id, record->number, &superblock) != TP_OK) {
        return true; /* gone, or not a directory: the removal tells */
    }
    const uint64_t now = (uint64_t)d->now_ns;
    const uint64_t activity = superblock.activity_timestamp_ns;
    const bool is_fresh = activity <= now && now - activity < (uint64_t)d->config.gc_min_age_ns;
    return !is_fresh && !is_alive_elsewhere(superblock.pid);
}

static void forget_record(tpi_stream_t *stream, size_t i)
{
    stream->history_count--;
    memmove(&stream->history[i], &stream->history[i + 1],
            (stream->history_count - i) * sizeof(stream->history[0]));
}

/* Returns whether the record is gone. */
static bool remove_one(tp_driver_t *d, tpi_stream_t *stream, size_t i)
{
    const uint64_t number = stream->history[i].number;
    if (tpi_store_remove_epoch(&d->store, stream->id, number) != TP_OK) {
        stream->history[i].is_stuck = true; /* Rule: D-103 - left and reported */
        tpi_driver_log(d, TPI_LOG_WARN, "%s", tp_errmsg());
        return false;
    }
    d->stats.epochs_collected++;
    tpi_driver_log(d, TPI_LOG_DEBUG, "stream %u: epoch %llu removed", stream->id,
                   (unsigned long long)number);
    forget_record(stream, i);
    return true;
}

static int collect(tp_driver_t *d, tpi_stream_t *stream, int steps, size_t most)
{
    /* Rule: D-99 - only with the lock are these epochs ours to delete. */
    if (!d->config.gc_enabled || stream->lock_fd < 0) {
        return 0;
    }
    const size_t configured = d->config.gc_keep < most ? d->config.gc_keep : most;
    const size_t keep = stream->state == TPI_STREAM_ENDED ? 0 : configured; /* Rule: D-108 */
    int removed = 0;
    int looks = 0;
    for (size_t i = 0; removed < steps && looks < MAX_LOOKS && i + keep < stream->history_count;
         looks++) {
        if (may_go(d, stream, i) && remove_one(d, stream, i)) {
            removed++;
        } else {
            i++;
        }
    }
    return removed;
}

int tpi_collect_stream(tp_driver_t *d, tpi_stream_t *stream, int steps)
{
    return collect(d, stream, steps, SIZE_MAX);
}

/* Rule: D-102 - for want of space. An old epoch that is kept for the curious is not worth a refusal, so only each
 * stream's newest one stays, whatever epoch_gc_keep says: else a stream larger than half of the space could never
 * be renewed. */
int tpi_collect_all(tp_driver_t *d)
{
    int removed = 0;
    for (size_t i = 0; i < d->streams.capacity; i++) {
        if (d->streams.values[i] != NULL) {
            removed += collect(d, d->streams.values[i], INT32_MAX, 1);
        }
    }
    return removed;
}

static void collect_found(void *clientd, uint32_t stream_id)
{
    tp_driver_t *d = clientd;
    tpi_stream_t found = { .id = stream_id, .lock_fd = -1, .state = TPI_STREAM_KNOWN };
    /* A stream of another driver in charge is not ours to clean. */
    if (tpi_stream_claim(d, &found) == TP_OK) {
        (void)tpi_collect_stream(d, &found, INT32_MAX);
    }
    tpi_store_unlock(found.lock_fd);
    free(found.history);
}

/* Rule: D-100 */
void tpi_collect_at_start(tp_driver_t *d)
{
    if (d->config.gc_enabled && d->config.gc_on_startup) {
        (void)tpi_store_each_stream(&d->store, collect_found, d);
    }
}

/* Rule: D-92 */
void tpi_collect_at_exit(tp_driver_t *d)
{
    for (size_t i = 0; i < d->streams.capacity; i++) {
        tpi_stream_t *stream = d->streams.values[i];
        if (stream == NULL || stream->lock_fd < 0) {
            continue;
        }
        for (size_t k = 0; k < stream->history_count;) {
            if (!stream->history[k].is_ours || !remove_one(d, stream, k)) {
                k++;
            }
        }
        tpi_store_remove_stream(&d->store, stream->id);
    }
}
