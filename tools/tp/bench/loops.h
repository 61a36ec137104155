/*
 * tp/bench/loops.h - the loops that drive a subject, one for each side and each thing measured. All
 * subjects go through these; they write the payload, read it, wait, stamp and count.
 *
 * Waiting. Where a process has a core of its own a wait is a bare loop over the subject's
 * poll. Otherwise each turn yields: more spinners than cores would measure the scheduler. About once a
 * millisecond a wait also calls the subject's housekeep, as its users must.
 *
 * Warm-up. Frames before board->measure_from are carried like all others and not counted: at least
 * warm_frames of them (two laps of the subject's ring, so that every page was touched) and warm_ns.
 *
 * Coordinated omission. At a fixed rate each frame has a time at which it is due; the payload is written
 * ahead of it, publishing starts then or, when the sender is late, as soon as it can, and the latency
 * counts from when the frame was due. A stall thus hits every frame that was due during it.
 */
#ifndef TP_BENCH_LOOPS_H
#define TP_BENCH_LOOPS_H

#include "bench/board.h"
#include "bench/subject.h"

typedef enum tp_bench_mode {
    TP_BENCH_MODE_HANDOFF, /* one frame in flight; payload written, then stamp, publish; not read */
    TP_BENCH_MODE_RATE,    /* frames at rate_hz, counted from when due; then every byte is read */
    TP_BENCH_MODE_TRANSFER,  /* a window in flight, every byte written and read */
    TP_BENCH_MODE_SEND_COST, /* batches of claim + publish, payload untouched: ns per frame */
    TP_BENCH_MODE_RECV_COST  /* batches of poll + release of frames that are there: ns per frame */
} tp_bench_mode_t;

typedef struct tp_bench_task {
    tp_bench_mode_t mode;
    size_t size;
    unsigned consumers, streams;
    unsigned window; /* frames in flight, or per batch; at least 1 */
    double rate_hz;
    bool can_spin;        /* consumers: each has a core of its own */
    bool sender_can_spin; /* the sender has */
    bool blocks;          /* as in tp_bench_subject_t */
    bool is_message;      /* the stamp is taken before the claim, see tp_bench_subject_t */
    bool side_store;      /* SEND_COST: with each frame a store of 256 bytes, which nobody reads */
    uint64_t warm_frames;
    double warm_ns;
    double measure_ns;
    uint64_t max_frames; /* measured; ends the cell before its time */
} tp_bench_task_t;

/*
 * How far the cores are from each other: half the median time of a cache line there and back. A virtual machine's cores are
 * moved between those of its host, and then everything that goes from core to core takes four times as long, or
 * a quarter. So each cell asks before and after it measures, and what was measured at other distances is not divided.
 * Only where both sides spin.
 */
/** The sender's side, ns; 0 if consumer 0 does not answer. */
double tp_bench_distance_ask(tp_bench_board_t *board);
/** Consumer 0's side: until the sender has asked often enough, or does not any more. */
void tp_bench_distance_answer(tp_bench_board_t *board);

/** The sender's part over task->streams senders, frame by frame in turn. Fills board->sender. */
void tp_bench_send(const tp_bench_task_t *task, tp_bench_board_t *board,
                   tp_bench_sender_t *senders);

/** Consumer `index`'s part over as many receivers. Fills board->receivers[index]. */
void tp_bench_receive(const tp_bench_task_t *task, tp_bench_board_t *board, unsigned index,
                      tp_bench_receiver_t *receivers);

#endif
