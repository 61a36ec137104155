/*
 * tp/bench/run.h - one run: rounds of all rows, each round in an order of its own.
 */
#ifndef TP_BENCH_RUN_H
#define TP_BENCH_RUN_H

#include "bench/cells.h"

typedef struct tp_bench_run_options {
    unsigned rounds;
    double warm_ns, measure_ns; /* of a cell */
    uint64_t seed;              /* of the order; 0: drawn */
    /** Before each measurement; may be NULL. */
    void (*on_row)(void *clientd, unsigned round, int done, int total, const tp_bench_row_t *row);
    void *clientd;
    int (*stop_requested)(void); /* may be NULL; not 0 ends the run after the present row */
} tp_bench_run_options_t;

/** Directories, clock, cores, machine. TP_OK, or TP_E* with a text and nothing left behind. */
int tp_bench_run_open(tp_bench_run_t *run, tp_bench_results_t *results,
                      const tp_bench_run_options_t *options);
/** The drivers, if a row needs them; all rounds; warnings. A row that fails is a row with a failure. */
int tp_bench_run_rounds(tp_bench_run_t *run, const tp_bench_run_options_t *options);
/** Removes what is left in shared memory. */
void tp_bench_run_close(tp_bench_run_t *run);

#endif
