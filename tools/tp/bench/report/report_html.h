/*
 * tp/bench/report/report_html.h - the results as one HTML file: plots and tables, without scripts and without anything to load.
 */
#ifndef TP_BENCH_REPORT_HTML_H
#define TP_BENCH_REPORT_HTML_H

#include <stdio.h>

#include "bench/rows.h"

/** TP_OK; TP_ENOMEM; TP_ENOSPC or TP_EIO when `to` did not take all of it. What was written is then incomplete. */
int tp_bench_write_html(FILE *to, const tp_bench_results_t *results);

#endif
