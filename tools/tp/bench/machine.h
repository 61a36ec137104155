/*
 * tp/bench/machine.h - what the figures were taken on, and what such a machine cannot show.
 */
#ifndef TP_BENCH_MACHINE_H
#define TP_BENCH_MACHINE_H

#include "bench/cells.h"

/** Fill in results->machine: what can be read, and what a spinning process sees of stalls (200 ms). */
void tp_bench_machine_look(tp_bench_run_t *run);

/* CPU time that others used while the run went on. */
typedef struct tp_bench_load {
    double busy_s; /* of the machine */
    double own_s;  /* of this process and the children it has reaped */
    uint64_t at;   /* ticks */
} tp_bench_load_t;

void tp_bench_load_read(tp_bench_load_t *out);
/** Share of all cores that others used between two readings, 0..1. */
double tp_bench_load_foreign(const tp_bench_load_t *from, const tp_bench_load_t *to);

/** Warnings that follow from the machine and from the rows there are. */
void tp_bench_machine_warn(tp_bench_run_t *run);

#endif
