/*
 * Old epochs. What may go is decided here; how it goes is in epoch.c.
 *
 * Rule: D-101 - of a stream's epochs, the newest `epoch_gc_keep` stay, by rank. An older one goes when its successor was announced at least
 * epoch_gc_min_age_ns ago, its ring's activity is at least that old, and its superblock's pid is dead or our own. Of an ended dynamic stream none stays (D-108).
 *
 * To remove a file is to give its memory back, at 150 ms a GiB, and to look into one may wait for a disk. So a duty cycle only chooses
 * candidates, by rank and by what it knows of their successors, and a helper thread looks and removes: one collection of a stream at a time. A
 * record stays in the stream's history until its collection has come back.
 */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "driver/internal.h"

enum { MAX_LOOKS = 64 }; /* epochs looked at per collection */

/* The part of one epoch in a collection. */
typedef enum fate { KEPT, REMOVED, STUCK } fate_t;

typedef struct candidate {
    uint64_t number;
    int64_t
        /* when everybody was told of a newer one; INT64_MIN: ask the file of `successor` */
        superseded_ns;
    uint64_t successor;
    fate_t fate;
} candidate_t;

/** Work for a helper: look at candidates in their order and remove up to `steps` of them. */
struct tpi_collection {
    tpi_task_t task;
    uint64_t generation;
    const tpi_store_t *store;
    uint32_t stream_id;
    bool is_unwanted;   /* made for nobody: no history, no questions */
    tpi_epoch_t *unmap; /* an epoch whose mapping is large (mlock), NULL: none */
    int64_t now_ns, min_age_ns;
    const atomic_bool *cancel;
    int steps;
    int removed;
    char text[TPI_DRIVER_TEXT]; /* why the first one that is stuck is */
    size_t count;
    candidate_t candidates[MAX_LOOKS];
};

static bool is_alive_elsewhere(uint64_t pid)
{
    if (pid == 0 || pid > INT32_MAX || pid == (uint64_t)getpid()) {
        return false;
    }
    return kill((pid_t)pid, 0) == 0 || errno == EPERM;
}

/* ---- looking and removing: on a helper thread, or in place at start and exit ---- */

/** Of an earlier run: announced when it was made. A time in the future is one of before a reboot. */
static int64_t start_of(const tpi_store_t *store, uint32_t stream_id, uint64_t number,
                        int64_t now_ns)
{
    tpi_superblock_t superblock;
    (void)tpi_store_epoch_superblock(store, stream_id, number, &superblock);
    const bool is_past = superblock.start_timestamp_ns <= (uint64_t)now_ns;
    return is_past ? (int64_t)superblock.start_timestamp_ns : 0;
}

static bool may_go(const tpi_collection_t *work, const candidate_t *candidate)
{
    int64_t superseded_ns = candidate->superseded_ns;
    if (superseded_ns == INT64_MIN) {
        superseded_ns = start_of(work->store, work->stream_id, candidate->successor, work->now_ns);
    }
    if (work->now_ns - superseded_ns < work->min_age_ns) {
        return false;
    }
    tpi_superblock_t superblock;
    if (tpi_store_epoch_superblock(work->store, work->stream_id, candidate->number, &superblock) !=
        TP_OK) {
        return true; /* gone, or not a directory: the removal tells */
    }
    const uint64_t now = (uint64_t)work->now_ns;
    const uint64_t activity = superblock.activity_timestamp_ns;
    const bool is_fresh = activity <= now && now - activity < (uint64_t)work->min_age_ns;
    return !is_fresh && !is_alive_elsewhere(superblock.pid);
}

static void run_collection(tpi_task_t *task)
{
    tpi_collection_t *work = (tpi_collection_t *)task;
    tpi_epoch_close(work->unmap);
    for (size_t i = 0; i < work->count && work->removed < work->steps; i++) {
        candidate_t *candidate = &work->candidates[i];
        if (work->cancel != NULL && atomic_load_explicit(work->cancel, memory_order_relaxed)) {
            break; /* the driver ends: what is old can wait for the next one */
        }
        if (!work->is_unwanted && !may_go(work, candidate)) {
            continue;
        }
        if (tpi_store_remove_epoch(work->store, work->stream_id, candidate->number) == TP_OK) {
            candidate->fate = REMOVED;
            work->removed++;
        } else {
            candidate->fate = STUCK; /* Rule: D-103 - left and reported */
            (void)snprintf(work->text, sizeof(work->text), "%s", tp_errmsg());
            break; /* the text has room for one; the rest comes with the next collection */
        }
    }
}

/* ---- choosing ---- */

/** When everybody was told of a newer epoch than history[i]. false: not yet. */
static bool superseded(const tpi_stream_t *stream, size_t i, candidate_t *out)
{
    out->superseded_ns = INT64_MIN;
    for (size_t k = i + 1; k < stream->history_count; k++) {
        const tpi_epoch_record_t *next = &stream->history[k];
        out->successor = next->number;
        out->superseded_ns = next->announced_ns;
        if (next->announced_ns != INT64_MIN || !next->is_ours) {
            return true;
        }
    }
    if (stream->state == TPI_STREAM_ENDED) {
        out->superseded_ns = stream->ended_ns;
        return true;
    }
    return false;
}

/** Fill `work` with what may have to go; `most`: of the newest ones kept. Returns their number. */
static size_t choose(tp_driver_t *d, const tpi_stream_t *stream, int steps, size_t most,
                     tpi_collection_t *work)
{
    /* Rule: D-99 - only with the lock are these epochs ours to delete. */
    if (!d->config.gc_enabled || stream->lock_fd < 0) {
        return 0;
    }
    const size_t configured = d->config.gc_keep < most ? d->config.gc_keep : most;
    const size_t keep = stream->state == TPI_STREAM_ENDED ? 0 : configured; /* Rule: D-108 */
    work->store = &d->store;
    work->stream_id = stream->id;
    work->now_ns = d->now_ns;
    work->min_age_ns = d->config.gc_min_age_ns;
    work->steps = steps;
    for (size_t i = 0; i + keep < stream->history_count && work->count < MAX_LOOKS; i++) {
        const tpi_epoch_record_t *record = &stream->history[i];
        candidate_t candidate = { .number = record->number };
        if (record->is_stuck ||
            (stream->epoch != NULL && stream->epoch->number == record->number) ||
            !superseded(stream, i, &candidate) ||
            (candidate.superseded_ns != INT64_MIN &&
             d->now_ns - candidate.superseded_ns < d->config.gc_min_age_ns)) {
            continue;
        }
        work->candidates[work->count++] = candidate;
    }
    return work->count;
}

/* ---- what came of it ---- */

static tpi_epoch_record_t *find_record(tpi_stream_t *stream, uint64_t number)
{
    for (size_t i = 0; i < stream->history_count; i++) {
        if (stream->history[i].number == number) {
            return &stream->history[i];
        }
    }
    return NULL;
}

static void forget_record(tpi_stream_t *stream, tpi_epoch_record_t *record)
{
    const size_t i = (size_t)(record - stream->history);
    stream->history_count--;
    memmove(&stream->history[i], &stream->history[i + 1],
            (stream->history_count - i) * sizeof(stream->history[0]));
}

static void note_fates(tp_driver_t *d, tpi_stream_t *stream, const tpi_collection_t *work)
{
    for (size_t i = 0; i < work->count; i++) {
        const candidate_t *candidate = &work->candidates[i];
        tpi_epoch_record_t *record = find_record(stream, candidate->number);
        if (candidate->fate == REMOVED) {
            d->stats.epochs_collected++;
            tpi_driver_log(d, TPI_LOG_DEBUG, "stream %u: epoch %llu removed", work->stream_id,
                           (unsigned long long)candidate->number);
            if (record != NULL) {
                forget_record(stream, record);
            }
        } else if (candidate->fate == STUCK) {
            tpi_driver_log(d, TPI_LOG_WARN, "%s", work->text);
            if (record != NULL) {
                record->is_stuck = true;
            }
        }
    }
}

/* ---- occasions ---- */

static void note_submitted(tp_driver_t *d, tpi_collection_t *work, uint64_t generation)
{
    work->generation = generation;
    d->collecting.under_way[generation & 1]++;
}

static void submit(tp_driver_t *d, tpi_stream_t *stream, int steps, size_t most,
                   uint64_t generation)
{
    tpi_collection_t chosen;
    memset(&chosen, 0, offsetof(tpi_collection_t, candidates));
    if (stream->collection != NULL || choose(d, stream, steps, most, &chosen) == 0) {
        return;
    }
    tpi_collection_t *work = malloc(sizeof(*work));
    if (work == NULL) {
        return; /* at the next tick, then */
    }
    *work = chosen;
    work->task = (tpi_task_t){ .run = run_collection, .is_long = true };
    work->cancel = &d->is_ending;
    if (tpi_helpers_submit(&d->helpers, &work->task) != TP_OK) {
        free(work);
        return;
    }
    stream->collection = work;
    note_submitted(d, work, generation);
}

void tpi_collect_stream(tp_driver_t *d, tpi_stream_t *stream)
{
    submit(d, stream, TPI_DRIVER_GC_STEPS, SIZE_MAX, d->collecting.generation);
}

/* Rule: D-102 - for want of space. An old epoch that is kept for the curious is not worth a refusal, so only each
 * stream's newest one stays, whatever epoch_gc_keep says: else a stream larger than half of the space could never
 * be renewed. */
static void collect_whole(tp_driver_t *d, tpi_stream_t *stream, uint64_t generation)
{
    stream->is_collected_again = stream->collection != NULL;
    submit(d, stream, MAX_LOOKS, 1, generation);
}

static void finish_pass(tpi_collecting_t *c)
{
    if (c->pass != c->generation && c->under_way[c->pass & 1] == 0) {
        c->done = c->pass;
    }
}

uint64_t tpi_collect_for_space(tp_driver_t *d)
{
    tpi_collecting_t *c = &d->collecting;
    if (c->pass == c->done) {
        c->pass = c->generation;
        c->next = d->all_head;
    }
    return c->pass;
}

int tpi_collect_walk(tp_driver_t *d)
{
    tpi_collecting_t *c = &d->collecting;
    int work = 0;
    while (c->next != NULL && work < TPI_DRIVER_WALKS && (work == 0 || tpi_driver_has_time(d))) {
        tpi_stream_t *stream = c->next;
        c->next = stream->all_next;
        collect_whole(d, stream, c->generation);
        work++;
    }
    if (c->next == NULL && c->pass == c->generation) {
        c->generation++;
    }
    finish_pass(c);
    return work;
}

bool tpi_collect_is_done(const tp_driver_t *d, uint64_t pass)
{
    return d->collecting.done >= pass;
}

void tpi_collection_done(tp_driver_t *d, tpi_task_t *task)
{
    tpi_collection_t *work = (tpi_collection_t *)task;
    if (!work->is_unwanted) {
        /* It cannot be gone: a stream with a collection is not removed. */
        tpi_stream_t *stream = tpi_map_get(&d->streams, work->stream_id);
        stream->collection = NULL;
        note_fates(d, stream, work);
        if (stream->is_collected_again) { /* the pass waits for that, too */
            collect_whole(d, stream, work->generation);
        }
    }
    d->collecting.under_way[work->generation & 1]--;
    finish_pass(&d->collecting);
    free(work);
}

static void submit_unwanted(tp_driver_t *d, uint32_t stream_id, const uint64_t *number,
                            tpi_epoch_t *unmap)
{
    tpi_collection_t *work = calloc(1, sizeof(*work));
    if (work != NULL) {
        work->task = (tpi_task_t){ .run = run_collection, .is_long = true };
        work->store = &d->store;
        work->stream_id = stream_id;
        work->is_unwanted = true;
        work->unmap = unmap;
        work->steps = 1;
        work->count = number != NULL;
        work->candidates[0].number = number != NULL ? *number : 0;
        if (tpi_helpers_submit(&d->helpers, &work->task) == TP_OK) {
            note_submitted(d, work, d->collecting.generation);
            return;
        }
    }
    free(work);
    tpi_epoch_close(unmap); /* without memory or threads: then here */
    if (number != NULL) {
        (void)tpi_store_remove_epoch(&d->store, stream_id, *number);
    }
}

void tpi_collect_unwanted(tp_driver_t *d, uint32_t stream_id, uint64_t number)
{
    submit_unwanted(d, stream_id, &number, NULL);
}

void tpi_collect_mapping(tp_driver_t *d, tpi_epoch_t *epoch)
{
    if (epoch == NULL || !tpi_epoch_is_mapped_whole(epoch)) {
        tpi_epoch_close(epoch);
    } else {
        submit_unwanted(d, 0, NULL, epoch);
    }
}

/* ---- at start and at exit: nobody waits for a duty cycle ---- */

static void collect_found(void *clientd, uint32_t stream_id)
{
    tp_driver_t *d = clientd;
    tpi_stream_t found = { .id = stream_id, .lock_fd = -1, .state = TPI_STREAM_KNOWN };
    /* A stream of another driver in charge is not ours to clean. */
    bool goes_on = tpi_stream_claim(d, &found) == TP_OK;
    while (goes_on) {
        tpi_collection_t work;
        memset(&work, 0, sizeof(work));
        goes_on = choose(d, &found, MAX_LOOKS, SIZE_MAX, &work) > 0;
        run_collection(&work.task);
        note_fates(d, &found, &work);
        goes_on = goes_on && (work.removed > 0 || work.text[0] != '\0'); /* else all were kept */
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
    size_t at = 0;
    for (tpi_stream_t *stream; (stream = tpi_map_next(&d->streams, &at)) != NULL;) {
        if (stream->lock_fd < 0) {
            continue;
        }
        for (size_t k = 0; k < stream->history_count;) {
            tpi_epoch_record_t *record = &stream->history[k];
            if (!record->is_ours) {
                k++;
            } else if (tpi_store_remove_epoch(&d->store, stream->id, record->number) != TP_OK) {
                tpi_driver_log(d, TPI_LOG_WARN, "%s", tp_errmsg()); /* Rule: D-103 */
                k++;
            } else {
                d->stats.epochs_collected++;
                forget_record(stream, record);
            }
        }
        tpi_store_remove_stream(&d->store, stream->id);
    }
}
