/*
 * tp/bench/plan.h - which rows a run has, what each is compared with, and what was promised.
 */
#ifndef TP_BENCH_PLAN_H
#define TP_BENCH_PLAN_H

#include "bench/rows.h"

typedef enum tp_bench_level {
    TP_BENCH_QUICK, /* the rows that targets need, with smaller pools and fewer sizes */
    /* and a size in each decade, several consumers and streams, the rivals of this build */
    TP_BENCH_STANDARD,
    TP_BENCH_FULL /* every size */
} tp_bench_level_t;

typedef struct tp_bench_plan_options {
    tp_bench_level_t level;
    uint32_t groups;      /* bit per tp_bench_group_t; 0: all */
    const char *subjects; /* comma-separated names; NULL: all. Floors of what is left stay in */
    size_t max_size;      /* 0: 64 MiB */
} tp_bench_plan_options_t;

/** Add rows and targets. TP_OK; TP_EINVAL with a text: a subject that there is not, or not in this build; or no row left. */
int tp_bench_plan(tp_bench_results_t *results, const tp_bench_plan_options_t *options);

#endif
