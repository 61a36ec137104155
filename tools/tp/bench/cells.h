/*
 * tp/bench/cells.h - rows that are cells: one subject, one mode, in processes of their own.
 */
#ifndef TP_BENCH_CELLS_H
#define TP_BENCH_CELLS_H

#include "bench/crew.h"
#include "bench/rows.h"

/* What a run has beside its results; owned by run.c. */
typedef struct tp_bench_run {
    tp_bench_results_t *results;
    tp_bench_cores_t cores;
    char shm_dir[128];          /* everything of this run in shared memory is below it */
    char aeron_dir[160];        /* of its media driver */
    double warm_ns, measure_ns; /* of a cell, unless its plan says otherwise */
    unsigned next_id;
    uint64_t random;
} tp_bench_run_t;

typedef struct tp_bench_cell_plan {
    const tp_bench_subject_t *subject;
    tp_bench_mode_t mode;
    unsigned window;
    unsigned idle_streams;
    bool never_wake;
    bool side_store;
    double measure_ns; /* 0: the run's */
} tp_bench_cell_plan_t;

/** tp_bench_row_fn_t; row->plan is a tp_bench_cell_plan_t. */
int tp_bench_measure_cell(tp_bench_run_t *run, const tp_bench_row_t *row,
                          tp_bench_sample_t *out_sample);

/** Every figure NaN. */
void tp_bench_sample_init(tp_bench_sample_t *sample);
/**
 * P50 .. MEAN of `count` samples in ticks, which are put in order; nearest rank. Nothing for count 0.
 * @param scale ns, or another unit, per tick.
 */
void tp_bench_sample_distribution(tp_bench_sample_t *sample, uint64_t *ticks, size_t count,
                                  double scale);

#endif
