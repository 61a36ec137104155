/*
 * consumer/ring_reader.h - follow a header ring: the data plane of a consumer over one mapped
 * epoch. Knows nothing of Aeron or leases; time is handed in.
 *
 * The slot of seq S says by itself what became of S. Its word holds, with n = nslots:
 *
 *   committed(S)                         readable
 *   in-progress(S)                       being written, or left behind by a producer that gave up
 *   any word of a seq below S            not written yet, or skipped by the producer
 *   in-progress(S + 1), n > 1            given up by a producer of ours (see ring_writer.h)
 *   any word of a seq >= S + n           overwritten: lost
 *   anything else                        nothing a producer writes; taken for "not written yet"
 *
 * So the ring alone tells everything a descriptor stream tells, one lap back, and a reader which
 * follows it is in nobody's flow control. Each seq from first_seq on ends exactly once, as
 * accepted, thinned or one cause of TP_DROP_LIST; at any time, within an epoch,
 *
 *   accepted + thinned + skipped + sum(drops) == next_seq - first_seq
 *
 * While next_seq is not readable, the reader waits. That costs one atomic load a call, plus, now
 * and then, a look at a few slots ahead: a seq that was committed there proves that next_seq is
 * late, not just the newest. A late seq is given up as `abandoned` when
 *   - its slot says so (given up by a producer of ours), at once;
 *   - a descriptor beyond it was noted: descriptors go out in seq order, at once;
 *   - the producer detached (tpi_ring_reader_end), at once;
 *   - the producer claims half a ring further on: waiting longer would cost good frames;
 *   - it was late for gap_patience_ns.
 *
 * Words in shared memory are a stranger's: a jump of a lap or more is believed only when a slot
 * before it bears it out, or after gap_patience_ns; seqs from 2^62 on never are; nothing loops over
 * more than the ring, and next() not over more than a fixed number of steps. A ring that runs
 * backwards (a second writer, a restart without a new epoch) is noticed while waiting and ends the
 * reader: is_broken.
 *
 * One thread. No call but init and fini allocates, locks or makes a system call.
 */
#ifndef TPI_RING_READER_H
#define TPI_RING_READER_H

#include "shm/region.h"
#include "shm/slot.h"
#include "tensorpool/consumer.h"

typedef struct tpi_ring_reader_options {
    tp_start_at_t start_at;
    int64_t gap_patience_ns;          /* taken as it is: <= 0 is no patience */
    uint32_t max_outstanding_seq_gap; /* 0: off */
    uint32_t max_rate_hz;             /* 0: every frame */
    bool gaps_expected;               /* what would be overrun or abandoned is skipped */
} tpi_ring_reader_options_t;

/* All fields are the reader's own; next_seq may be read. Those of every call come first. */
typedef struct tpi_ring_reader {
    const tpi_mapping_t *mapping; /* borrowed, read-only */
    uint64_t next_seq;            /* the frame whose turn it is */
    uint64_t end_seq;             /* stop before it; UINT64_MAX: no end known */
    uint64_t quiet_word; /* with it in next_seq's slot there is nothing to do but to look ahead now
                            and then; no word at all: UINT64_MAX */
    int64_t probed_at_ns;
    uint32_t calls_to_probe;
    uint32_t calls_to_time; /* tries that end without asking for the time */
    bool broken;
    bool is_plain; /* neither thins nor resynchronises */
    bool due_valid;
    uint32_t pool_hint;         /* position of the pool seen last */
    tp_consumer_stats_t *stats; /* borrowed; the consumer's, survives epochs */
    uint64_t *last_words;       /* per slot: last word accepted (W-54); bit 0 cleared: revoked */
    uint64_t first_seq;         /* baseline (W-124) */
    tpi_slot_memo_t memo;       /* the tensor accepted last */

    uint64_t seen_end;      /* 1 + highest seq known to be committed, 0: none */
    uint64_t skip_end;      /* seqs below it, if not readable on their turn, never will be */
    uint64_t described_end; /* 1 + highest seq that a descriptor named, 0: none */
    uint64_t blocked_end;   /* seqs below it are late since blocked_since_ns; 0: none */
    int64_t blocked_since_ns;
    uint64_t doubted_seq; /* a far seq that no other slot bears out */
    int64_t doubted_since_ns;
    uint64_t waiting_seq; /* what the last look at an unreadable slot showed */
    uint64_t waiting_word;
    uint64_t probe_offset; /* where the rolling look-ahead goes on */
    int64_t interval_ns;   /* of max_rate_hz; 0: off */
    int64_t next_due_ns;
    tpi_ring_reader_options_t options;
} tpi_ring_reader_t;

/**
 * Start on a fresh mapping. Baseline by start_at: NEWEST after the newest committed seq, OLDEST at
 * the oldest that is not overwritten yet. O(nslots).
 * @return TP_OK or TP_ENOMEM; then the reader is zeroed.
 */
int tpi_ring_reader_init(tpi_ring_reader_t *reader, const tpi_mapping_t *mapping,
                         const tpi_ring_reader_options_t *options, tp_consumer_stats_t *stats);

/**
 * Right after init, on an epoch that was mapped and read before with the same stats: go on at
 * next_seq, the first seq they do not account for. What is gone by then counts as usual.
 */
void tpi_ring_reader_resume(tpi_ring_reader_t *reader, uint64_t next_seq);

/**
 * End with the epoch: frames committed and not looked at count as `remap`, those of them that were
 * overwritten already as `overrun`. The mapping is still needed. Frees; safe on a zeroed reader.
 * first_seq and next_seq stay: the seqs of this epoch that are accounted for.
 */
void tpi_ring_reader_fini(tpi_ring_reader_t *reader);

/**
 * Next frame.
 * @param now_ns the caller's clock, monotonic; rate, patience and look-ahead go by it.
 * @return 1: *out_frame is accepted and counted. 0: nothing ready, or only frames thinned or
 *         dropped (counted) within this call's bounded number of steps.
 */
int tpi_ring_reader_next(tpi_ring_reader_t *reader, int64_t now_ns, tp_frame_t *out_frame);

/**
 * Would next() find something it has not seen? False: it said 0, and next_seq's slot is as it was
 * then. What becomes late in the meantime is no news. One load.
 */
bool tpi_ring_reader_has_news(const tpi_ring_reader_t *reader);

/**
 * As far as next() gets without knowing the time, which costs more to ask for than all the rest. An
 * idle reader needs it once in a few calls, and one that neither thins nor waits for a late frame
 * not for each frame.
 * @param past_ns some earlier time, the last do_work's: when it shows already that a look ahead is
 *        due, the time is asked for. Else each 17th idle try asks.
 * @return 1 and 0 as next(), or TPI_READER_NEEDS_TIME: call next().
 */
int tpi_ring_reader_try(tpi_ring_reader_t *reader, int64_t past_ns, tp_frame_t *out_frame);
#define TPI_READER_NEEDS_TIME (-1)

/**
 * Read frame `seq`, whose descriptor says that it is there, and nothing else: those before it count as
 * thinned, but for `lost` of them, which were described, too, and are overrun. One attempt (W-56).
 * @return 1: *out_frame. 0: it could not be read, which was counted, or is behind next_seq.
 */
int tpi_ring_reader_read_at(tpi_ring_reader_t *reader, uint64_t seq, uint64_t lost,
                            tp_frame_t *out_frame);
/** Does the ring bear it out that `seq` exists? */
bool tpi_ring_reader_has(const tpi_ring_reader_t *reader, uint64_t seq);
/** Thin out to that rate from now on; 0: every frame. */
void tpi_ring_reader_set_rate(tpi_ring_reader_t *reader, uint32_t max_rate_hz);

/**
 * A descriptor named `seq` (epoch already checked, W-47). It is believed as far as the ring bears
 * it out.
 * @param out_backwards set to true when seq is below one described before (W-115: REMAP), else to
 *        false.
 * @return true if it is news; false for an equal (W-115: dup) or lower one.
 */
bool tpi_ring_reader_note_descriptor(tpi_ring_reader_t *reader, uint64_t seq, bool *out_backwards);

/** W-57: is the frame still what was handed out? False for frames of another epoch. Counts nothing. */
bool tpi_ring_reader_is_valid(const tpi_ring_reader_t *reader, const tp_frame_t *frame);

/**
 * The same after use, with the books: a frame that is no longer valid moves, once, from `accepted`
 * to `changed` (unless another frame was accepted from its slot since).
 */
bool tpi_ring_reader_confirm(tpi_ring_reader_t *reader, const tp_frame_t *frame);

/**
 * No frame will follow those committed now (the producer detached): next() delivers up to the
 * newest without waiting for late ones, then is_done.
 */
void tpi_ring_reader_end(tpi_ring_reader_t *reader);
bool tpi_ring_reader_is_done(const tpi_ring_reader_t *reader);

/**
 * The ring ran backwards or past the end of seqs (W-21, W-54, W-115): next() says 0 from now on;
 * the mapping has to be given up (REMAP).
 */
bool tpi_ring_reader_is_broken(const tpi_ring_reader_t *reader);

/**
 * 1 + the newest committed seq, at least next_seq. Exact when seqs were claimed in order without
 * holes; O(log nslots), plus one look for each seq that is claimed but not committed.
 */
uint64_t tpi_ring_reader_newest_end(const tpi_ring_reader_t *reader);

#endif
