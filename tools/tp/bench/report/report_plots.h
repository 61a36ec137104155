/*
 * tp/bench/report/report_plots.h - which plots a group of results gets, and what is in them.
 */
#ifndef TP_BENCH_REPORT_PLOTS_H
#define TP_BENCH_REPORT_PLOTS_H

#include <stdio.h>

#include "bench/report/report_grid.h"
#include "bench/report/svg_plot.h"

/** A subject has one colour in all plots of a run; its variants (detail) differ in the dash. tensorpool is the main one. */
tp_svg_style_t tp_bench_style(const tp_bench_results_t *results, const tp_bench_row_t *row);

/**
 * Print the plots of the grid's group: figures against size, consumers and streams, percentiles, or bars; none when
 * nothing was measured. -1 when memory is out, else 0.
 */
int tp_bench_print_plots(FILE *to, const tp_bench_grid_t *grid, tp_bench_group_t group);

#endif
