/*
 * tp/bench/special/special.h - measurements that are not a subject in a loop, one file each. All of them are
 * tp_bench_row_fn_t and run what they measure in a child process on the sender's core.
 */
#ifndef TP_BENCH_SPECIAL_H
#define TP_BENCH_SPECIAL_H

#include "bench/cells.h"

/* copy.c - row->size bytes from a private buffer into a ring that nobody reads. */
int tp_bench_measure_copy(tp_bench_run_t *run, const tp_bench_row_t *row, tp_bench_sample_t *out);

/* attach.c - a client that is connected, a warm driver. */
typedef enum tp_bench_attach_kind {
    TP_BENCH_ATTACH_AERON,    /* floor: one Aeron add-publication round trip, and mapping as much */
    TP_BENCH_ATTACH_CONSUMER, /* create a consumer until its first frame is there */
    TP_BENCH_ATTACH_PRODUCER  /* create a producer until its first frame is published */
} tp_bench_attach_kind_t;
/* row->plan is a tp_bench_attach_kind_t. */
int tp_bench_measure_attach(tp_bench_run_t *run, const tp_bench_row_t *row, tp_bench_sample_t *out);

/* provision.c - row->size is the pool's size. */
typedef enum tp_bench_provision_kind {
    /* floor: a new file of that size, mapped, one byte written to each page */
    TP_BENCH_PROVISION_TOUCH,
    TP_BENCH_PROVISION_ATTACH, /* create a producer until it is ready, its pool prefaulted */
    TP_BENCH_PROVISION_OTHER   /* what another client's attach takes meanwhile */
} tp_bench_provision_kind_t;
/* row->plan is a tp_bench_provision_kind_t. */
int tp_bench_measure_provision(tp_bench_run_t *run, const tp_bench_row_t *row,
                               tp_bench_sample_t *out);

/* leases.c - attach all, three keepalives for each, and let them expire. */
typedef struct tp_bench_leases_plan {
    size_t leases;
    bool is_per_lease; /* CPU time of keepalives and expiry, per lease; else of each duty cycle */
} tp_bench_leases_plan_t;
/* row->plan is a tp_bench_leases_plan_t. */
int tp_bench_measure_leases(tp_bench_run_t *run, const tp_bench_row_t *row, tp_bench_sample_t *out);

/* bridge.c - row->size bytes a frame; row->plan is the MTU of the payload stream, a uint32_t. */
int tp_bench_measure_bridge(tp_bench_run_t *run, const tp_bench_row_t *row, tp_bench_sample_t *out);

/* memory.c - what `tp driver --embedded` holds in memory when nothing is attached. */
int tp_bench_measure_memory(tp_bench_run_t *run, const tp_bench_row_t *row, tp_bench_sample_t *out);

/* ---- special.c ---- */

typedef struct tp_bench_solo {
    tp_bench_run_t *run;
    const tp_bench_row_t *row;
    tp_bench_board_t *board; /* board->sender takes the samples */
} tp_bench_solo_t;

/**
 * Run `fn` in a child pinned to the sender's core; it adds samples (ticks) to solo->board->sender and
 * returns TP_OK, or TP_E* with a text. Fills P50 .. MEAN.
 */
int tp_bench_solo_run(tp_bench_run_t *run, const tp_bench_row_t *row,
                      int (*fn)(tp_bench_solo_t *solo), double timeout_ns,
                      tp_bench_sample_t *out_sample);

#endif
