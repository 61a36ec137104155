/*
 * tp/bench/targets.h - the promises, and the measurements that are not cells.
 */
#ifndef TP_BENCH_TARGETS_H
#define TP_BENCH_TARGETS_H

#include "bench/plan.h"

/** Is a row of this group and subject wanted? */
bool tp_bench_plan_wants(const tp_bench_plan_options_t *options, tp_bench_group_t group,
                         const char *subject);

/** Rows of the groups COPY, ATTACH, SLEEP and DRIVER. */
void tp_bench_plan_special(tp_bench_results_t *results, const tp_bench_plan_options_t *options);

/** All promises, for the rows there are. */
void tp_bench_set_targets(tp_bench_results_t *results);

#endif
