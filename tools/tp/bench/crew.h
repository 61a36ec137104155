/*
 * tp/bench/crew.h - the processes of one cell: forked, pinned, started together, ended for sure.
 *
 * The sender opens first, then the consumers, then all go at once. What a process cannot do, or a process
 * that dies or hangs, ends the cell with a text; nothing is left running. All of them die with the parent.
 */
#ifndef TP_BENCH_CREW_H
#define TP_BENCH_CREW_H

#include "bench/child.h"
#include "bench/loops.h"

/* Which cores: the sender gets one, the consumers share the others. */
typedef struct tp_bench_cores {
    int sender;
    int receivers[64];
    unsigned nreceivers; /* 0: nothing is pinned */
} tp_bench_cores_t;

/** The first core this process may use for the sender, the others for consumers; with one core no pinning. */
void tp_bench_cores_find(tp_bench_cores_t *out);
void tp_bench_pin(int core); /* best effort; -1: not at all */

/**
 * Run `task` over `subject` once. board->sender and board->receivers hold the result.
 * @param deadline_ns how long opening may take, and how much longer than planned the loops.
 * @return TP_OK; TP_ETIMEDOUT, or what a participant failed with, with a text naming it.
 */
int tp_bench_crew_run(const tp_bench_subject_t *subject, const tp_bench_cell_t *cell,
                      const tp_bench_task_t *task, const tp_bench_cores_t *cores,
                      tp_bench_board_t *board, double deadline_ns);

#endif
