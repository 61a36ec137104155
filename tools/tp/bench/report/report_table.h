/*
 * tp/bench/report/report_table.h - the results on a terminal.
 */
#ifndef TP_BENCH_REPORT_TABLE_H
#define TP_BENCH_REPORT_TABLE_H

#include <stdio.h>

#include "bench/rows.h"

/**
 * Print every group, the targets, the machine and the warnings. Without `wide` columns are left out until a group
 * fits into 120. Bold, green and red only when `to` is a terminal and NO_COLOR is unset or empty.
 */
void tp_bench_print_table(FILE *to, const tp_bench_results_t *results, bool wide);

#endif
