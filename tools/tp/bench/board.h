/*
 * tp/bench/board.h - what the processes of one cell share beside the subject under test: when to start
 * and stop, how far each consumer is, and what each measured.
 *
 * One writer per field, each writer on cache lines of its own. The sender decides everything: it sets
 * measure_from when the warm-up is over and `end` when the time is up; consumers look at `end` only while
 * nothing arrives, so that nothing but the subject moves a line while a frame is under way - except
 * `acked`, which a consumer stores when it is done with a frame and which the sender waits for.
 */
#ifndef TP_BENCH_BOARD_H
#define TP_BENCH_BOARD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TP_BENCH_LINE_PAIR 128 /* neighbours are fetched in pairs */
#define TP_BENCH_MAX_CONSUMERS 64
#define TP_BENCH_NEVER UINT64_MAX
#define TP_BENCH_STORE_SLOTS 64 /* 256 bytes each, see tp_bench_task_t.side_store */

/* Written by the participant it belongs to, read by the parent after its end. */
typedef struct tp_bench_report {
    int code; /* TP_OK or TP_E* */
    char text[240];
    bool is_complete;
    uint64_t frames, lost, torn; /* measured */
    uint64_t begin, end;         /* ticks: of the measured part */
    uint64_t last;               /* ticks: consumers, when the last frame was done with */
    uint64_t cpu_ns, faults;     /* of the process, over it */
    size_t nsamples;
    size_t capacity;
    uint64_t *samples; /* ticks; shared, at the same address in all: mapped before the forks */
} tp_bench_report_t;

typedef struct tp_bench_board {
    _Alignas(TP_BENCH_LINE_PAIR) _Atomic uint32_t go;           /* parent: everybody is open */
    _Atomic uint32_t stop;                                      /* parent: give up */
    _Alignas(TP_BENCH_LINE_PAIR) _Atomic uint64_t measure_from; /* sender: first seq that counts */
    _Atomic uint64_t end;                                       /* sender: no seq from here on */
    _Alignas(TP_BENCH_LINE_PAIR) _Atomic uint64_t published;    /* sender, batches only */
    struct {
        _Alignas(
            TP_BENCH_LINE_PAIR) _Atomic uint64_t acked; /* consumer: seqs below it are done with */
    } consumers[TP_BENCH_MAX_CONSUMERS];
    _Alignas(TP_BENCH_LINE_PAIR) _Atomic uint64_t ping; /* sender; see tp_bench_distance_ask */
    _Alignas(TP_BENCH_LINE_PAIR) _Atomic uint64_t pong; /* consumer 0 */
    double distance_before, distance_after;             /* sender, ns; 0: not known */
    _Alignas(TP_BENCH_LINE_PAIR) uint8_t stores[TP_BENCH_STORE_SLOTS][256];
    tp_bench_report_t sender;
    tp_bench_report_t receivers[TP_BENCH_MAX_CONSUMERS];
    size_t mapped_len;
} tp_bench_board_t;

/** Shared with the processes forked later. `nsamples` for each participant. NULL with a text: no memory. */
tp_bench_board_t *tp_bench_board_create(unsigned consumers, size_t nsamples);
void tp_bench_board_destroy(tp_bench_board_t *board); /* NULL is a no-op */

/**
 * Fill this process's page tables for the board and for its own samples: those of a shared mapping are not
 * inherited, and what faults while it is measured counts as the subject's.
 */
void tp_bench_board_touch(tp_bench_board_t *board, const tp_bench_report_t *own);

/** Keep `ticks` of one frame; beyond the capacity every sample is dropped (the caller ends before). */
static inline void tp_bench_report_add(tp_bench_report_t *report, uint64_t ticks)
{
    if (report->nsamples < report->capacity) {
        report->samples[report->nsamples++] = ticks;
    }
}

#endif
