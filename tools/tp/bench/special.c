#include "bench/targets.h"

void tp_bench_plan_special(tp_bench_results_t *results, const tp_bench_plan_options_t *options)
{
    (void)results;
    (void)options;
}
