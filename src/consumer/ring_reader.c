#include "consumer/ring_reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "consumer/ring_look.h"

enum {
    MAX_STEPS = 64,    /* seqs settled in one call of next() */
    MAX_WALK = 128,    /* slots looked at for the newest committed seq, inside next() */
    PROBE_CALLS = 64,  /* look ahead every so many idle calls that know the time ... */
    PROBE_NS = 10000,  /* ... or once so much time has gone by, as far as they know it */
    PROBE_ROLLING = 4, /* slots looked at in turn, beside the two that matter most */
    TIME_CALLS = 16    /* idle tries between two that ask for the time, whatever do_work knows */
};

#define NOT_QUIET UINT64_MAX /* no word of a seq below TPI_RING_SEQ_LIMIT */

static uint64_t max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* ---- the books ---- */

static void add_saturated(uint64_t *counter, uint64_t n)
{
    *counter = *counter > UINT64_MAX - n ? UINT64_MAX : *counter + n;
}

/* `n` seqs from next_seq on have ended; the caller counts as what. */
static void advance(tpi_ring_reader_t *reader, uint64_t n)
{
    tp_consumer_stats_t *stats = reader->stats;
    if (reader->next_seq == reader->first_seq) {
        stats->has_seq = true;
        stats->first_seq = reader->first_seq; /* Rule: W-124 */
    }
    reader->next_seq += n;
    reader->quiet_word = NOT_QUIET;
    stats->last_seq = reader->next_seq - 1;
}

static void count_drops(tp_consumer_stats_t *stats, tp_drop_cause_t cause, uint64_t n)
{
    add_saturated(&stats->drops[cause], n);
    switch (cause) { /* Rule: W-122 - the two sums are disjoint */
    case TP_DROP_OVERRUN:
    case TP_DROP_ABANDONED:
    case TP_DROP_RESYNC:
        add_saturated(&stats->drops_gap, n);
        break;
    case TP_DROP_ODD:
    case TP_DROP_CHANGED:
    case TP_DROP_IDENTITY:
    case TP_DROP_HEADER:
    case TP_DROP_PAYLOAD:
        add_saturated(&stats->drops_late, n);
        break;
    case TP_DROP_REMAP: /* Rule: W-123 - in neither */
    case TP_DROP_CAUSES:
        break;
    }
}

static void drop(tpi_ring_reader_t *reader, tp_drop_cause_t cause, uint64_t n)
{
    if (n == 0) {
        return;
    }
    if (reader->options.gaps_expected && (cause == TP_DROP_OVERRUN || cause == TP_DROP_ABANDONED)) {
        reader->stats->skipped += n;
    } else {
        count_drops(reader->stats, cause, n);
    }
    advance(reader, n);
}

/* ---- start and end ---- */

int tpi_ring_reader_init(tpi_ring_reader_t *reader, const tpi_mapping_t *mapping,
                         const tpi_ring_reader_options_t *options, tp_consumer_stats_t *stats)
{
    memset(reader, 0, sizeof(*reader));
    uint64_t *last_words = calloc(mapping->nslots, sizeof(*last_words));
    if (last_words == NULL) {
        return tpi_fail(TP_ENOMEM, "%u words for the slots of stream %u", mapping->nslots,
                        mapping->stream_id);
    }
    reader->mapping = mapping;
    reader->stats = stats;
    reader->options = *options;
    reader->last_words =
        last_words; /* Rule: W-116 - per-slot memory starts anew, the counters do not */
    reader->end_seq = TPI_RING_SEQ_LIMIT;
    reader->waiting_seq = UINT64_MAX;
    reader->quiet_word = NOT_QUIET;
    reader->probe_offset = 1;
    reader->calls_to_probe = PROBE_CALLS;
    reader->is_plain = options->max_rate_hz == 0 && options->max_outstanding_seq_gap == 0;
    reader->interval_ns = options->max_rate_hz > 0 ? INT64_C(1000000000) / options->max_rate_hz : 0;

    uint64_t start = tpi_ring_scan_committed_end(reader->mapping, 0);
    if (options->start_at == TP_START_OLDEST && start > 0) {
        const uint64_t claimed_end = tpi_ring_claimed_end(reader->mapping, start - 1);
        start = claimed_end > mapping->nslots ? claimed_end - mapping->nslots : 0;
    }
    reader->first_seq = start; /* Rule: W-124 */
    reader->next_seq = start;
    return TP_OK;
}

void tpi_ring_reader_resume(tpi_ring_reader_t *reader, uint64_t next_seq)
{
    reader->first_seq = reader->stats->first_seq; /* Rule: W-124 - one baseline per epoch */
    reader->next_seq = next_seq;
    reader->quiet_word = NOT_QUIET;
}

void tpi_ring_reader_fini(tpi_ring_reader_t *reader)
{
    if (reader->mapping != NULL && !tpi_ring_reader_is_broken(reader)) {
        const uint64_t nslots = reader->mapping->nslots;
        const uint64_t end = min_u64(tpi_ring_scan_committed_end(reader->mapping, reader->next_seq),
                                     reader->end_seq);
        if (end > reader->next_seq) {
            const uint64_t claimed_end = tpi_ring_claimed_end(reader->mapping, end - 1);
            const uint64_t oldest = claimed_end > nslots ? min_u64(claimed_end - nslots, end) : 0;
            drop(reader, TP_DROP_OVERRUN,
                 oldest > reader->next_seq ? oldest - reader->next_seq : 0);
            drop(reader, TP_DROP_REMAP, end - reader->next_seq); /* Rule: W-113 */
        }
    }
    free(reader->last_words);
    *reader = (tpi_ring_reader_t){ .first_seq = reader->first_seq, .next_seq = reader->next_seq };
}

void tpi_ring_reader_end(tpi_ring_reader_t *reader)
{
    reader->end_seq =
        min_u64(reader->end_seq, tpi_ring_scan_committed_end(reader->mapping, reader->next_seq));
    reader->skip_end = max_u64(reader->skip_end, reader->end_seq);
    reader->quiet_word = NOT_QUIET;
}

bool tpi_ring_reader_is_done(const tpi_ring_reader_t *reader)
{
    return reader->next_seq >= reader->end_seq;
}

bool tpi_ring_reader_is_broken(const tpi_ring_reader_t *reader)
{
    return reader->broken || reader->next_seq >= TPI_RING_SEQ_LIMIT;
}

uint64_t tpi_ring_reader_newest_end(const tpi_ring_reader_t *reader)
{
    const uint64_t next = reader->next_seq;
    const uint64_t nslots = reader->mapping->nslots;
    const tpi_owner_t owner = tpi_ring_owner(reader->mapping, next);
    uint64_t claimed;
    if (owner.kind != TPI_OWNER_NOBODY && owner.seq >= next &&
        (owner.seq == next || tpi_ring_is_credible(reader->mapping, owner.seq))) {
        claimed = owner.seq;
    } else if (reader->seen_end > next) {
        claimed = reader->seen_end - 1; /* next_seq was skipped */
    } else {
        return next;
    }
    const uint64_t claimed_end = tpi_ring_claimed_end(reader->mapping, claimed);
    const uint64_t low = claimed_end > next + nslots ? claimed_end - nslots : next;
    return max_u64(tpi_ring_committed_end(reader->mapping, low, claimed_end, nslots),
                   min_u64(reader->seen_end, claimed_end));
}

/* ---- next_seq is not readable ---- */

/* A jump without a witness is believed once it has stood there for as long as a late frame is waited for:
 * either the producer did jump, or a stray word takes the reader to where it is found out. */
static bool is_believed(tpi_ring_reader_t *reader, uint64_t seq, int64_t now_ns)
{
    if (tpi_ring_is_credible(reader->mapping, seq)) {
        return true;
    }
    if (seq > reader->doubted_seq) {
        reader->doubted_seq = seq;
        reader->doubted_since_ns = now_ns;
    }
    return seq == reader->doubted_seq &&
           now_ns - reader->doubted_since_ns >= reader->options.gap_patience_ns;
}

static void note_committed(tpi_ring_reader_t *reader, uint64_t seq, int64_t now_ns)
{
    const tpi_owner_t owner = tpi_ring_owner(reader->mapping, seq);
    if (owner.kind == TPI_OWNER_COMMITTED && owner.seq >= seq && owner.seq >= reader->seen_end &&
        (owner.seq < reader->next_seq + reader->mapping->nslots ||
         is_believed(reader, owner.seq, now_ns))) {
        reader->seen_end = owner.seq + 1;
    }
}

/* Look for seqs committed beyond next_seq: its neighbour, half a ring on, and the others in turn. */
static void probe(tpi_ring_reader_t *reader, int64_t now_ns)
{
    const uint64_t next = reader->next_seq;
    const uint64_t nslots = reader->mapping->nslots;
    reader->probed_at_ns = now_ns;
    reader->calls_to_probe = PROBE_CALLS;
    if (nslots == 1) {
        return;
    }
    note_committed(reader, next + 1, now_ns);
    note_committed(reader, next + nslots / 2, now_ns);
    for (int i = 0; i < PROBE_ROLLING; i++) {
        reader->probe_offset = reader->probe_offset + 1 < nslots ? reader->probe_offset + 1 : 1;
        note_committed(reader, next + reader->probe_offset, now_ns);
    }
}

/*
 * Lapped: `claimed`, at least a lap ahead of next_seq, was claimed. What the producer may overwrite
 * next is not worth a start, so the reader goes on a quarter of the ring ahead of it.
 */
static void resume_after_lap(tpi_ring_reader_t *reader, uint64_t claimed)
{
    const uint64_t next = reader->next_seq;
    const uint64_t nslots = reader->mapping->nslots;
    const uint32_t max_gap = reader->options.max_outstanding_seq_gap;
    const uint64_t claimed_end = tpi_ring_claimed_end(reader->mapping, claimed);
    const uint64_t oldest = claimed_end - nslots; /* > next */
    uint64_t lost_end = oldest + nslots / 4;
    uint64_t target = lost_end;
    if (max_gap > 0 && claimed_end - next > max_gap) { /* Rule: W-125 */
        const uint64_t end = tpi_ring_committed_end(reader->mapping, oldest, claimed_end, MAX_WALK);
        if (end > oldest + 1) {
            lost_end = oldest;
            target = end - 1;
        }
    }
    target = min_u64(target, reader->end_seq);
    lost_end = min_u64(lost_end, target);
    drop(reader, TP_DROP_OVERRUN, lost_end - next);
    drop(reader, TP_DROP_RESYNC, target - lost_end);
}

/*
 * While next_seq waits, the word of its slot only grows, and only to next_seq's own: older seqs
 * were claimed before. Anything else means another or a restarted writer.
 */
static bool runs_backwards(const tpi_ring_reader_t *reader, uint64_t word, tpi_owner_t owner)
{
    if (reader->waiting_seq != reader->next_seq || word == reader->waiting_word) {
        return false;
    }
    const tpi_owner_t before = tpi_owner_of(
        reader->mapping, tpi_ring_index(reader->mapping, reader->next_seq), reader->waiting_word);
    return word < reader->waiting_word || /* Rule: W-54, W-115, W-21 */
           (before.kind != TPI_OWNER_NOBODY && owner.kind != TPI_OWNER_NOBODY &&
            owner.seq > before.seq && owner.seq < reader->next_seq);
}

/* One seq, known to have no successor in its slot, is not waited for any longer. */
static void give_up(tpi_ring_reader_t *reader, uint64_t word, tpi_owner_t owner)
{
    tp_drop_cause_t cause = TP_DROP_ABANDONED; /* Rule: W-45, W-122 */
    if (owner.kind == TPI_OWNER_NOBODY && tpi_word_is_committed(word)) {
        cause =
            TP_DROP_IDENTITY; /* Rule: W-53 - the slot holds a frame that does not belong there */
    } else if (reader->described_end == reader->next_seq + 1) {
        cause = TP_DROP_ODD; /* Rule: W-50 - announced, yet not committed */
    }
    drop(reader, cause, 1);
}

/* Is next_seq, with `word` in its slot, behind a frame committed half a ring further on? */
static bool is_pressed(const tpi_ring_reader_t *reader, uint64_t word)
{
    const uint64_t half = reader->mapping->nslots / 2;
    if (half == 0) {
        return false;
    }
    const uint64_t seq = reader->next_seq + half;
    const tpi_owner_t owner = tpi_ring_owner(reader->mapping, seq);
    /* The commit over there was stored after whatever became of next_seq, so the second look sees that. */
    return owner.kind == TPI_OWNER_COMMITTED && owner.seq >= seq &&
           tpi_slot_load_word(tpi_ring_slot(reader->mapping, reader->next_seq)) == word;
}

/* next_seq's slot holds `word`, not its committed word. True: next_seq, or what is known, has changed;
 * look again. False: wait. */
static bool settle(tpi_ring_reader_t *reader, int64_t now_ns, uint64_t word)
{
    const uint64_t next = reader->next_seq;
    const uint64_t nslots = reader->mapping->nslots;
    const tpi_owner_t owner =
        tpi_owner_of(reader->mapping, tpi_ring_index(reader->mapping, next), word);

    if (owner.kind != TPI_OWNER_NOBODY && owner.seq > next) {
        if (is_believed(reader, owner.seq, now_ns)) {
            resume_after_lap(reader, owner.seq);
            return true;
        }
    } else if (owner.kind == TPI_OWNER_GIVEN_UP && owner.seq == next) {
        give_up(reader, word, owner);
        return true;
    }
    if (runs_backwards(reader, word, owner)) {
        reader->broken = true;
        return false;
    }
    reader->waiting_seq = next;
    reader->waiting_word = word;
    reader->quiet_word = NOT_QUIET;

    if (reader->calls_to_probe == 0 || now_ns - reader->probed_at_ns >= PROBE_NS) {
        probe(reader, now_ns);
    }
    if (reader->seen_end > next + nslots) { /* skipped together with a lap or more */
        resume_after_lap(reader, reader->seen_end - 1);
        return true;
    }
    if (next < reader->skip_end || (reader->seen_end > next && is_pressed(reader, word))) {
        give_up(reader, word, owner);
        return true;
    }
    if (reader->seen_end <= next) { /* the newest, simply */
        reader->quiet_word = word;
        return false;
    }
    if (reader->blocked_end <= next) {
        reader->blocked_end = reader->seen_end;
        reader->blocked_since_ns = now_ns;
    }
    if (now_ns - reader->blocked_since_ns >= reader->options.gap_patience_ns) {
        reader->skip_end = max_u64(reader->skip_end, reader->blocked_end);
        return true;
    }
    return false;
}

/* ---- next_seq is readable ---- */

/* Rule: W-125. True: next_seq has moved to the newest committed frame. */
static bool resync_when_behind(tpi_ring_reader_t *reader)
{
    const uint32_t max_gap = reader->options.max_outstanding_seq_gap;
    if (max_gap == 0 ||
        max_gap >= reader->mapping->nslots) { /* further behind than that is a lap */
        return false;
    }
    const uint64_t seq = reader->next_seq + max_gap;
    const tpi_owner_t owner = tpi_ring_owner(reader->mapping, seq);
    if (owner.kind != TPI_OWNER_COMMITTED || owner.seq != seq) {
        return false;
    }
    const uint64_t claimed_end = tpi_ring_claimed_end(reader->mapping, seq);
    const uint64_t end = tpi_ring_committed_end(reader->mapping, seq + 1, claimed_end, MAX_WALK);
    drop(reader, TP_DROP_RESYNC, min_u64(end - 1, reader->end_seq) - reader->next_seq);
    return true;
}

/* Rule: W-89, W-123 - thinned frames are no drops. True: this one is not due yet. */
static bool is_thinned(tpi_ring_reader_t *reader, int64_t now_ns)
{
    if (reader->interval_ns == 0 || !reader->due_valid || now_ns - reader->next_due_ns >= 0) {
        return false;
    }
    reader->stats->thinned++;
    advance(reader, 1);
    return true;
}

/* Due times keep their beat, so that a stream of just this rate with some jitter is not halved. */
static void set_next_due(tpi_ring_reader_t *reader, int64_t now_ns)
{
    if (reader->interval_ns > 0) {
        const bool on_beat =
            reader->due_valid && now_ns - reader->next_due_ns < reader->interval_ns;
        reader->next_due_ns = (on_beat ? reader->next_due_ns : now_ns) + reader->interval_ns;
        reader->due_valid = true;
    }
}

/* Position of the pool that holds `len` bytes for the frame, -1 if it does not. Rule: W-36 */
static int find_payload(tpi_ring_reader_t *reader, uint16_t pool_id, uint32_t len)
{
    const tpi_mapping_t *mapping = reader->mapping;
    int pool = (int)reader->pool_hint;
    if (reader->pool_hint >= mapping->npools ||
        mapping->pools[pool].superblock.pool_id != pool_id) {
        pool = tpi_mapping_find_pool(mapping, pool_id);
        if (pool < 0) {
            return -1;
        }
        reader->pool_hint = (uint32_t)pool;
    }
    return len <= mapping->pools[pool].superblock.stride_bytes ? pool : -1;
}

/* Copy, prove, judge; count the frame as accepted or dropped. */
static inline bool take(tpi_ring_reader_t *reader, tp_frame_t *out_frame)
{
    const uint64_t seq = reader->next_seq;
    const uint32_t index = tpi_ring_index(reader->mapping, seq);
    const void *slot = tpi_ring_slot(reader->mapping, seq);
    tpi_slot_frame_t found;

    if (reader->waiting_seq != seq) { /* it did not have to be waited for: a backlog */
        const void *next_slot = tpi_ring_slot(reader->mapping, seq + 1);
        __builtin_prefetch(next_slot);
        tpi_slot_prefetch_tensor(next_slot, &reader->memo);
    }
    /* Rule: W-50..W-55 */
    const tpi_slot_verdict_t verdict =
        tpi_slot_take(slot, seq, reader->last_words[index], index, &reader->memo, &found);
    if (verdict != TPI_SLOT_OK) {
        /* It was committed a moment ago: if it is not now, or another one, it has changed.
         * Rule: W-56 - no second try */
        drop(reader,
             verdict == TPI_SLOT_PAYLOAD  ? TP_DROP_PAYLOAD
             : verdict == TPI_SLOT_HEADER ? TP_DROP_HEADER
                                          : TP_DROP_CHANGED,
             1);
        return false;
    }
    const uint8_t *data = NULL;
    if (found.values_len_bytes > 0) { /* Rule: W-37 - an empty frame needs no pool */
        const int pool = find_payload(reader, found.pool_id, found.values_len_bytes);
        if (pool < 0) {
            drop(reader, TP_DROP_PAYLOAD, 1);
            return false;
        }
        data = tpi_mapping_payload(reader->mapping, (size_t)pool, index);
    }

    reader->last_words[index] = found.word;
    reader->stats->accepted++;
    reader->stats->bytes += found.values_len_bytes;
    advance(reader, 1);

    out_frame->data = data;
    out_frame->length = found.values_len_bytes;
    out_frame->seq = seq;
    out_frame->epoch = reader->mapping->epoch;
    out_frame->timestamp_ns = found.timestamp_ns;
    out_frame->meta_version = found.meta_version;
    out_frame->pool_id = found.pool_id;
    out_frame->tensor = reader->memo.tensor;
    out_frame->slot = slot;
    out_frame->word = found.word;
    return true;
}

int tpi_ring_reader_try(tpi_ring_reader_t *reader, int64_t past_ns, tp_frame_t *out_frame)
{
    const uint64_t next = reader->next_seq;
    if (next >= reader->end_seq || reader->broken) {
        return 0;
    }
    const void *slot = tpi_ring_slot(reader->mapping, next);
    const uint64_t word = tpi_slot_load_word(slot); /* Rule: W-50 */
    if (word == tpi_word_committed(next)) {
        return reader->is_plain && take(reader, out_frame) ? 1 : TPI_READER_NEEDS_TIME;
    }
    const bool is_ours = word == tpi_word_in_progress(next);
    if (is_ours && word > reader->quiet_word) {
        /* It was quiet, now the frame has begun: what settle() would find out, at once, because for
         * a small frame the commit is already on its way. */
        reader->quiet_word = word;
        reader->waiting_word = word;
    }
    if (word != reader->quiet_word || past_ns - reader->probed_at_ns >= PROBE_NS ||
        reader->calls_to_time == 0) {
        reader->calls_to_time = TIME_CALLS;
        return TPI_READER_NEEDS_TIME;
    }
    reader->calls_to_time--;
    if (is_ours) {
        /* Its tensor is there already, if the writer is one of ours. Each time, because a line
         * fetched too early goes back to the writer. */
        tpi_slot_prefetch_tensor(slot, &reader->memo);
    }
    return 0;
}

int tpi_ring_reader_next(tpi_ring_reader_t *reader, int64_t now_ns, tp_frame_t *out_frame)
{
    for (int step = 0; step < MAX_STEPS; step++) {
        const uint64_t next = reader->next_seq;
        if (next >= reader->end_seq || reader->broken) {
            return 0;
        }
        const uint64_t word =
            tpi_slot_load_word(tpi_ring_slot(reader->mapping, next)); /* Rule: W-50 */
        if (word == tpi_word_committed(next)) {
            if (!resync_when_behind(reader) && !is_thinned(reader, now_ns) &&
                take(reader, out_frame)) {
                set_next_due(reader, now_ns);
                return 1;
            }
            continue;
        }
        /* The usual look at a slot that is not written yet ends here. */
        if (word == reader->quiet_word && now_ns - reader->probed_at_ns < PROBE_NS &&
            reader->calls_to_probe > 0) {
            reader->calls_to_probe--;
            return 0;
        }
        if (!settle(reader, now_ns, word)) {
            return 0; /* Rule: W-56 - the caller polls again, nobody spins in here */
        }
    }
    return 0;
}

int tpi_ring_reader_read_at(tpi_ring_reader_t *reader, uint64_t seq, uint64_t lost,
                            tp_frame_t *out_frame)
{
    if (seq < reader->next_seq || seq >= reader->end_seq || reader->broken) {
        return 0;
    }
    const uint64_t between = seq - reader->next_seq;
    lost = min_u64(lost, between);
    reader->stats->thinned += between - lost; /* Rule: W-123, W-124 holes that were asked for */
    if (between > lost) {
        advance(reader, between - lost);
    }
    drop(reader, TP_DROP_OVERRUN, lost);
    const uint64_t word = tpi_slot_load_word(tpi_ring_slot(reader->mapping, seq)); /* Rule: W-50 */
    if (word == tpi_word_committed(seq)) {
        return take(reader, out_frame) ? 1 : 0;
    }
    drop(reader, tpi_word_is_committed(word) ? TP_DROP_IDENTITY : TP_DROP_ODD, 1); /* Rule: W-56 */
    return 0;
}

bool tpi_ring_reader_has(const tpi_ring_reader_t *reader, uint64_t seq)
{
    return tpi_ring_is_claimed(reader->mapping, seq);
}

void tpi_ring_reader_set_rate(tpi_ring_reader_t *reader, uint32_t max_rate_hz)
{
    reader->interval_ns = max_rate_hz > 0 ? INT64_C(1000000000) / max_rate_hz : 0;
    reader->due_valid = false;
    reader->is_plain = reader->interval_ns == 0 && reader->options.max_outstanding_seq_gap == 0;
}

bool tpi_ring_reader_has_news(const tpi_ring_reader_t *reader)
{
    return reader->next_seq != reader->waiting_seq ||
           tpi_slot_load_word(tpi_ring_slot(reader->mapping, reader->next_seq)) !=
               reader->waiting_word;
}

/* ---- beside the stream ---- */

bool tpi_ring_reader_note_descriptor(tpi_ring_reader_t *reader, uint64_t seq, bool *out_backwards)
{
    const uint64_t end = seq + 1;
    *out_backwards = seq == UINT64_MAX ||
                     (reader->described_end > 0 && end < reader->described_end); /* Rule: W-115 */
    if (*out_backwards || end == reader->described_end) {
        return false;
    }
    reader->described_end = end;
    reader->quiet_word = NOT_QUIET;
    if (tpi_ring_is_claimed(reader->mapping, seq)) { /* what the ring denies is not believed */
        reader->seen_end = max_u64(reader->seen_end, end);
        reader->skip_end =
            max_u64(reader->skip_end, seq); /* Rule: W-115 - nothing below it will be announced */
    }
    return true;
}

bool tpi_ring_reader_is_valid(const tpi_ring_reader_t *reader, const tp_frame_t *frame)
{
    return reader->mapping != NULL && frame->epoch == reader->mapping->epoch &&
           tpi_slot_still(tpi_ring_slot(reader->mapping, frame->seq), frame->word); /* Rule: W-57 */
}

bool tpi_ring_reader_confirm(tpi_ring_reader_t *reader, const tp_frame_t *frame)
{
    if (tpi_ring_reader_is_valid(reader, frame)) {
        return true;
    }
    if (reader->mapping != NULL && frame->epoch == reader->mapping->epoch) {
        uint64_t *last = &reader->last_words[tpi_ring_index(reader->mapping, frame->seq)];
        if (*last == frame->word && tpi_word_is_committed(*last)) {
            *last &= ~UINT64_C(1); /* counted: not again */
            reader->stats->accepted--;
            reader->stats->bytes -= frame->length;
            count_drops(reader->stats, TP_DROP_CHANGED, 1); /* Rule: W-57 */
        }
    }
    return false;
}
