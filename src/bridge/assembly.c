#include "bridge/assembly.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"

/* ---- memory ---- */

static void free_frames(tpi_assemblies_t *set)
{
    for (uint32_t i = 0; set->frames != NULL && i < set->nframes; i++) {
        free(set->frames[i].payload);
        free(set->frames[i].slices);
        free(set->frames[i].seen);
    }
    free(set->frames);
    set->frames = NULL;
    set->last = NULL;
    set->nframes = 0;
    set->payload_cap = 0;
    set->count_cap = 0;
}

int tpi_assemblies_init(tpi_assemblies_t *set, uint32_t nframes, uint32_t payload_cap,
                        tp_bridge_stats_t *stats)
{
    free_frames(set);
    set->stats = stats;
    set->open = 0;
    set->frames = calloc(nframes, sizeof *set->frames);
    if (set->frames == NULL) {
        return tpi_fail(TP_ENOMEM, "%u assemblies", nframes);
    }
    set->nframes = nframes;
    /* Slices are not empty, but for the one of an empty frame: no frame has more than bytes. */
    const uint32_t count_cap = payload_cap == 0 ? 1 : payload_cap > 65535 ? 65535 : payload_cap;
    for (uint32_t i = 0; i < nframes; i++) {
        tpi_assembly_t *frame = &set->frames[i];
        frame->payload = malloc(payload_cap > 0 ? payload_cap : 1);
        frame->slices = malloc(count_cap * sizeof *frame->slices);
        frame->seen = malloc((count_cap + 63) / 64 * sizeof *frame->seen);
        if (frame->payload == NULL || frame->slices == NULL || frame->seen == NULL) {
            free_frames(set);
            return tpi_fail(TP_ENOMEM, "%u assemblies of up to %u bytes", nframes, payload_cap);
        }
    }
    set->payload_cap = payload_cap;
    set->count_cap = count_cap;
    return TP_OK;
}

void tpi_assemblies_fini(tpi_assemblies_t *set, tp_bridge_frame_drop_t drop)
{
    tpi_assemblies_drop_all(set, drop);
    free_frames(set);
}

/* ---- ends ---- */

static bool is_closed(const tpi_assemblies_t *set, uint64_t epoch, uint64_t seq)
{
    for (uint32_t i = 0; i < set->nclosed; i++) {
        if (set->closed[i].seq == seq && set->closed[i].epoch == epoch) {
            return true;
        }
    }
    return false;
}

/* Rule: B-34 */
static void remember_closed(tpi_assemblies_t *set, uint64_t epoch, uint64_t seq)
{
    set->closed[set->next_closed] = (tpi_closed_frame_t){ epoch, seq };
    set->next_closed = (set->next_closed + 1) % TPI_CLOSED_FRAMES;
    set->nclosed += set->nclosed < TPI_CLOSED_FRAMES;
}

static void count_drop(tpi_assemblies_t *set, tp_bridge_frame_drop_t drop)
{
    set->stats->frames_dropped++;
    set->stats->frame_drops[drop]++;
}

static void end(tpi_assemblies_t *set, tpi_assembly_t *frame)
{
    frame->is_open = false;
    set->open--;
    set->last = NULL;
    remember_closed(set, frame->epoch, frame->seq);
}

void tpi_assemblies_drop(tpi_assemblies_t *set, tpi_assembly_t *frame, tp_bridge_frame_drop_t drop)
{
    end(set, frame);
    count_drop(set, drop);
    set->stats->assemblies_reset++;
}

void tpi_assemblies_published(tpi_assemblies_t *set, tpi_assembly_t *frame)
{
    end(set, frame);
    if (!set->has_completed || frame->seq > set->highest_completed) {
        set->has_completed = true;
        set->highest_completed = frame->seq;
    }
    for (uint32_t i = 0; set->open > 0 && i < set->nframes; i++) {
        tpi_assembly_t *other = &set->frames[i];
        /* Their chunks are late from now on, so they would only wait for their time to pass. The
           same frame from another sender is not lost: it has just been published. */
        if (other->is_open && other->epoch == frame->epoch && other->seq <= frame->seq) {
            if (other->seq == frame->seq) {
                end(set, other);
                set->stats->assemblies_reset++;
            } else {
                tpi_assemblies_drop(set, other, TP_BRIDGE_FRAME_ORDER); /* Rule: B-34, B-40 */
            }
        }
    }
}

void tpi_assemblies_drop_all(tpi_assemblies_t *set, tp_bridge_frame_drop_t drop)
{
    for (uint32_t i = 0; set->open > 0 && i < set->nframes; i++) {
        if (set->frames[i].is_open) {
            tpi_assemblies_drop(set, &set->frames[i], drop);
        }
    }
}

int tpi_assemblies_expire(tpi_assemblies_t *set, int64_t now_ns, int64_t timeout_ns)
{
    int expired = 0;
    for (uint32_t i = 0; set->open > 0 && i < set->nframes; i++) {
        tpi_assembly_t *frame = &set->frames[i];
        if (frame->is_open && now_ns - frame->started_ns > timeout_ns) {
            tpi_assemblies_drop(set, frame, TP_BRIDGE_FRAME_TIMEOUT); /* Rule: B-33 */
            expired++;
        }
    }
    return expired;
}

void tpi_assemblies_new_epoch(tpi_assemblies_t *set)
{
    tpi_assemblies_drop_all(set, TP_BRIDGE_FRAME_EPOCH); /* Rule: B-43 */
    set->has_completed = false;
    set->nclosed = 0; /* chunks of other epochs come no further than the test of their epoch */
    set->next_closed = 0;
}

/* ---- chunks ---- */

/* Rule: B-6, B-18, B-28 each session has frames of its own, and no chunk has to be the first */
static tpi_assembly_t *find(tpi_assemblies_t *set, const tpi_chunk_t *chunk, int32_t session_id)
{
    tpi_assembly_t *last = set->last;
    if (last != NULL && last->seq == chunk->seq && last->epoch == chunk->epoch &&
        last->session_id == session_id) {
        return last;
    }
    for (uint32_t i = 0; set->open > 0 && i < set->nframes; i++) {
        tpi_assembly_t *frame = &set->frames[i];
        if (frame->is_open && frame->seq == chunk->seq && frame->epoch == chunk->epoch &&
            frame->session_id == session_id) {
            set->last = frame;
            return frame;
        }
    }
    return NULL;
}

bool tpi_assemblies_has(const tpi_assemblies_t *set, uint64_t epoch, uint64_t seq)
{
    for (uint32_t i = 0; set->open > 0 && i < set->nframes; i++) {
        const tpi_assembly_t *frame = &set->frames[i];
        if (frame->is_open && frame->seq == seq && frame->epoch == epoch) {
            return true;
        }
    }
    return false;
}

static tpi_added_t reject(tpi_assemblies_t *set, tp_bridge_chunk_drop_t drop)
{
    set->stats->chunks_dropped++;
    set->stats->chunk_drops[drop]++;
    return TPI_ADDED_NOT;
}

static tpi_added_t conflict(tpi_assemblies_t *set, tpi_assembly_t *frame)
{
    tpi_assemblies_drop(set, frame, TP_BRIDGE_FRAME_CONFLICT);
    return reject(set, TP_BRIDGE_CHUNK_CONFLICT);
}

void tpi_assemblies_refuse(tpi_assemblies_t *set, const tpi_chunk_t *chunk, int32_t session_id,
                           tp_bridge_frame_drop_t drop)
{
    tpi_assembly_t *frame = find(set, chunk, session_id);
    if (frame != NULL) {
        tpi_assemblies_drop(set, frame, drop);
    } else if (!is_closed(set, chunk->epoch, chunk->seq)) {
        remember_closed(set, chunk->epoch, chunk->seq);
        count_drop(set, drop);
    }
}

/* A place for a new frame: an unused one, or the oldest's. */
static tpi_assembly_t *take_place(tpi_assemblies_t *set)
{
    tpi_assembly_t *oldest = &set->frames[0];
    for (uint32_t i = 0; i < set->nframes; i++) {
        tpi_assembly_t *frame = &set->frames[i];
        if (!frame->is_open) {
            return frame;
        }
        oldest = frame->age < oldest->age ? frame : oldest;
    }
    tpi_assemblies_drop(set, oldest, TP_BRIDGE_FRAME_EVICTED); /* Rule: B-28 */
    return oldest;
}

static tpi_assembly_t *begin(tpi_assemblies_t *set, const tpi_chunk_t *chunk, int32_t session_id,
                             int64_t now_ns)
{
    tpi_assembly_t *frame = take_place(set);
    frame->is_open = true;
    frame->session_id = session_id;
    frame->epoch = chunk->epoch;
    frame->seq = chunk->seq;
    frame->trace_id = chunk->trace_id;
    frame->count = chunk->count;
    frame->payload_len = chunk->payload_len;
    frame->received = 0;
    frame->bytes = 0;
    frame->started_ns = now_ns;
    frame->age = set->ages++;
    memset(frame->seen, 0, (chunk->count + 63) / 64 * sizeof *frame->seen);
    set->open++;
    set->last = frame;
    return frame;
}

/* Rule: B-30 */
static bool is_same_as_before(const tpi_assembly_t *frame, const tpi_chunk_t *chunk)
{
    const tpi_slice_t *slice = &frame->slices[chunk->index];
    return slice->offset == chunk->offset && slice->length == chunk->payload.len &&
           (chunk->payload.len == 0 ||
            memcmp(frame->payload + slice->offset, chunk->payload.data, chunk->payload.len) == 0) &&
           (chunk->index != 0 ||
            memcmp(frame->header, chunk->header.data, TPI_CHUNK_HEADER_BYTES) == 0);
}

/* Heapsort: in place, and no worse for a stranger's order. */
static void sift_down(tpi_slice_t *slices, uint32_t root, uint32_t n)
{
    for (;;) {
        uint32_t child = 2 * root + 1;
        if (child >= n) {
            return;
        }
        child += child + 1 < n && slices[child + 1].offset > slices[child].offset;
        if (slices[root].offset >= slices[child].offset) {
            return;
        }
        const tpi_slice_t moved = slices[root];
        slices[root] = slices[child];
        slices[child] = moved;
        root = child;
    }
}

static void sort_by_offset(tpi_slice_t *slices, uint32_t n)
{
    for (uint32_t i = n / 2; i > 0; i--) {
        sift_down(slices, i - 1, n);
    }
    for (uint32_t last = n; last > 1; last--) {
        const tpi_slice_t largest = slices[0];
        slices[0] = slices[last - 1];
        slices[last - 1] = largest;
        sift_down(slices, 0, last - 1);
    }
}

static bool follows_without_gap(const tpi_slice_t *slices, uint32_t n)
{
    uint64_t end_of_last = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (slices[i].offset != end_of_last) {
            return false;
        }
        end_of_last += slices[i].length;
    }
    return true;
}

/* Rule: B-31, B-32 all indices are there: do the slices make up the payload? */
static bool is_whole(tpi_assembly_t *frame)
{
    if (frame->bytes != frame->payload_len) {
        return false;
    }
    if (follows_without_gap(frame->slices, frame->count)) {
        return true;
    }
    sort_by_offset(frame->slices, frame->count);
    return follows_without_gap(frame->slices, frame->count);
}

tpi_added_t tpi_assemblies_add(tpi_assemblies_t *set, const tpi_chunk_t *chunk, int32_t session_id,
                               int64_t now_ns, tpi_assembly_t **out_frame)
{
    /* Rule: B-34 */
    if (set->has_completed && chunk->seq < set->highest_completed) {
        return reject(set, TP_BRIDGE_CHUNK_LATE);
    }
    tpi_assembly_t *frame = find(set, chunk, session_id);
    if (frame == NULL) {
        if (is_closed(set, chunk->epoch, chunk->seq)) {
            return reject(set, TP_BRIDGE_CHUNK_LATE);
        }
        if (chunk->count > set->count_cap || chunk->payload_len > set->payload_cap) {
            /* More slices than bytes: they cannot be gapless. */
            tpi_assemblies_refuse(set, chunk, session_id, TP_BRIDGE_FRAME_CONFLICT);
            return reject(set, TP_BRIDGE_CHUNK_CONFLICT);
        }
        frame = begin(set, chunk, session_id, now_ns);
    } else if (frame->count != chunk->count || frame->payload_len != chunk->payload_len ||
               frame->trace_id != chunk->trace_id) {
        return conflict(set, frame); /* Rule: B-29 */
    }
    uint64_t *seen = &frame->seen[chunk->index / 64];
    const uint64_t bit = UINT64_C(1) << (chunk->index % 64);
    if ((*seen & bit) != 0) {
        return is_same_as_before(frame, chunk) ? reject(set, TP_BRIDGE_CHUNK_DUPLICATE)
                                               : conflict(set, frame);
    }
    if (frame->bytes + chunk->payload.len > frame->payload_len) {
        return conflict(set, frame); /* Rule: B-31 */
    }
    *seen |= bit;
    frame->slices[chunk->index] = (tpi_slice_t){ chunk->offset, chunk->payload.len };
    frame->bytes += chunk->payload.len;
    frame->received++;
    if (chunk->payload.len > 0) {
        memcpy(frame->payload + chunk->offset, chunk->payload.data, chunk->payload.len);
    }
    if (chunk->index == 0) {
        memcpy(frame->header, chunk->header.data, TPI_CHUNK_HEADER_BYTES);
    }
    set->stats->chunks_received++;
    if (frame->received < frame->count) {
        return TPI_ADDED;
    }
    if (!is_whole(frame)) {
        tpi_assemblies_drop(set, frame, TP_BRIDGE_FRAME_CONFLICT); /* Rule: B-31, B-32 */
        return TPI_ADDED;
    }
    *out_frame = frame;
    return TPI_ADDED_LAST;
}
