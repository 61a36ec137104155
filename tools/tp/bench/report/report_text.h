/*
 * tp/bench/report/report_text.h - the words of a report: what the table on the terminal and the HTML file both say.
 *
 * Every function writes into a caller's buffer, cuts what does not fit, and returns the buffer.
 */
#ifndef TP_BENCH_REPORT_TEXT_H
#define TP_BENCH_REPORT_TEXT_H

#include "bench/rows.h"

/** A figure in the unit that suits it: "4.56 us", "12.3" (GB/s), "1.20M" (frames/s); "-" for none. */
const char *tp_bench_figure_text(char *out, size_t cap, const tp_bench_row_t *row,
                                 tp_bench_figure_t figure, double value);
/** Its name with the unit that tp_bench_figure_text leaves out: "GB/s" for BYTES_PER_S. */
const char *tp_bench_figure_title(tp_bench_figure_t figure);

/** "1.08x", "0.0021x"; "-" for none. */
const char *tp_bench_ratio_text(char *out, size_t cap, double ratio);
/** "1.02..1.30", to stand behind a ratio; "" when there is but one round. */
const char *tp_bench_ratio_range_text(char *out, size_t cap, tp_bench_spread_t ratio);

/** "5 Hz", "1 kHz"; "-" for as fast as it goes. */
const char *tp_bench_rate_text(char *out, size_t cap, double rate_hz);

/**
 * A row in few words: "raw Aeron", and behind it, of size, consumers, streams and group, what differs from `beside`
 * (everything that applies when `beside` is NULL): "raw Aeron 64 B".
 */
const char *tp_bench_row_text(char *out, size_t cap, const tp_bench_row_t *row,
                              const tp_bench_row_t *beside);

/** "met", "missed", "not measured"; static. */
const char *tp_bench_verdict_name(tp_bench_verdict_t verdict);
/** A value of the target (its median, min or max): "1.08x" or "87.0 ns". */
const char *tp_bench_target_value_text(char *out, size_t cap, const tp_bench_results_t *results,
                                       const tp_bench_target_t *target, double value);
/** "<= 1.15x", ">= 0.95x", "<= 60.0 ns". */
const char *tp_bench_target_limit_text(char *out, size_t cap, const tp_bench_results_t *results,
                                       const tp_bench_target_t *target);
/** What it is divided by: "raw Aeron 64 B", "3 x raw Aeron 64 B"; "" for an absolute one. */
const char *tp_bench_target_base_text(char *out, size_t cap, const tp_bench_results_t *results,
                                      const tp_bench_target_t *target);

/** The lines of the machine, by number from 0: name and text; false behind the last. */
bool tp_bench_machine_line(const tp_bench_machine_t *machine, int line, const char **out_name,
                           char *out, size_t cap);

#endif
