/*
 * consumer/ring_reader.h - follow a header ring: the data plane of a consumer over one mapped epoch.
 *
 * The slot of seq S says by itself what became of S: word == committed(S): readable; word of an older lap: not written yet; in-progress(S): being
 * written; word of a later lap: lost. So the ring alone tells everything a descriptor stream tells, a lap's length back. Knows nothing of Aeron, leases; time is handed in.
 *
 * Life of a seq (each ends exactly once, see TP_DROP_LIST):
 *   not yet -> [next_seq reached] -> accepted | thinned | dropped(cause)
 */
#ifndef TPI_RING_READER_H
#define TPI_RING_READER_H

#include "shm/region.h"
#include "shm/slot.h"
#include "tensorpool/consumer.h"

typedef struct tpi_ring_reader_options {
    tp_start_at_t start_at;
    int64_t gap_patience_ns;
    uint32_t max_outstanding_seq_gap;
    uint32_t max_rate_hz;
} tpi_ring_reader_options_t;

typedef struct tpi_ring_reader {
    const tpi_mapping_t *mapping; /* borrowed, read-only */
    tpi_ring_reader_options_t options;
    uint64_t next_seq;
    uint64_t described_seq;  /* 1 + highest seq a descriptor named, 0: none */
    uint64_t probe_seq;      /* rolling look-ahead for a producer that skipped seqs */
    int64_t blocked_since_ns;/* since when next_seq is not committed although a later one is; 0: not blocked */
    int64_t next_due_ns;     /* local thinning */
    uint64_t end_seq;        /* set by tpi_ring_reader_end: stop before it; UINT64_MAX otherwise */
    uint64_t *last_words;    /* per slot, W-54; nslots words, allocated by init */
    tp_consumer_stats_t *stats; /* the consumer's, survives epochs */
} tpi_ring_reader_t;

/** Start on a fresh mapping: baseline by start_at (NEWEST: after the newest committed seq; OLDEST: the oldest still readable). Allocates last_words once. TP_ENOMEM. */
int tpi_ring_reader_init(tpi_ring_reader_t *reader, const tpi_mapping_t *mapping, const tpi_ring_reader_options_t *options, tp_consumer_stats_t *stats);

/** End with the epoch: known frames not looked at count as `remap`; memory is freed. Safe on a zeroed reader. */
void tpi_ring_reader_fini(tpi_ring_reader_t *reader);

/**
 * Next frame. 1: *out_frame is accepted. 0: nothing ready (or only drops, counted). Bounded: looks at no more than a fixed number of slots a call.
 * When lapped: finds the newest committed seq by bisection over the ring (seqs are monotone along it), counts what is gone as `overrun`, and goes on a quarter of the ring
 * ahead of the overwriting producer, so that it is not lapped again at once.
 * An uncommitted seq behind a committed one: waits gap_patience_ns (a producer may hold several claims), unless a descriptor past it was noted or the slot
 * shows a later lap while its neighbours do not (aborted): then `abandoned`.
 */
int tpi_ring_reader_next(tpi_ring_reader_t *reader, int64_t now_ns, tp_frame_t *out_frame);

/** A descriptor named `seq` (epoch already checked). Returns true if it is news; false: equal (dup). `*out_backwards` when lower (W-115: REMAP). */
bool tpi_ring_reader_note_descriptor(tpi_ring_reader_t *reader, uint64_t seq, bool *out_backwards);

/** W-57: the frame is still what was handed out. */
bool tpi_ring_reader_is_valid(const tpi_ring_reader_t *reader, const tp_frame_t *frame);

/** No frame will follow those committed now (the producer detached): deliver up to the newest, then report done by tpi_ring_reader_is_done. */
void tpi_ring_reader_end(tpi_ring_reader_t *reader);
bool tpi_ring_reader_is_done(const tpi_ring_reader_t *reader);

/** Newest committed seq + 1, 0 if none: exact, O(log nslots) when next_seq is near, O(nslots) otherwise. */
uint64_t tpi_ring_reader_newest_end(const tpi_ring_reader_t *reader);

#endif
