/*
 * tp/bench/report/report_fixture.h - a made-up run for the tests of the reports: every group, awkward names, gaps, a failed
 * row, a lost frame, a target of each verdict. Figures are a formula, so that a test knows what must come out.
 */
#ifndef TP_BENCH_REPORT_FIXTURE_H
#define TP_BENCH_REPORT_FIXTURE_H

#include "bench/rows.h"

#define TP_FIXTURE_AWKWARD "<b>&\"'\xff\x1b[1m"
#define TP_FIXTURE_ROUNDS 5

/** Initializes *results and fills it; tp_bench_results_fini afterwards. */
void tp_fixture_fill(tp_bench_results_t *results);

#endif
