#include "bench/rows.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tensorpool/error.h"
#include "tp_test.h"

static void start(tp_bench_results_t *results)
{
    TP_CHECK_EQ_I64(tp_bench_results_init(results), TP_OK);
}

/* A row whose P50 is values[i] in round i, and which has no other figure. Returns its index. */
static int add(tp_bench_results_t *results, const char *subject, const double *values, unsigned n)
{
    tp_bench_row_t *row = tp_bench_add_row(results);
    TP_CHECK(row != NULL);
    snprintf(row->subject, sizeof row->subject, "%s", subject);
    row->unit = "ns";
    row->size = 64;
    row->consumers = row->streams = 1;
    row->nsamples = n;
    for (unsigned i = 0; i < n; i++) {
        for (int f = 0; f < TP_BENCH_FIGURES; f++) {
            row->samples[i].figures[f] = NAN;
        }
        row->samples[i].figures[TP_BENCH_FIGURE_P50] = values[i];
    }
    return results->nrows - 1;
}

#define ADD(results, subject, ...)                                                                 \
    add(results, subject, (const double[]){ __VA_ARGS__ },                                         \
        sizeof((const double[]){ __VA_ARGS__ }) / sizeof(double))

static void check_spread(tp_bench_spread_t spread, double median, double min, double max,
                         unsigned count)
{
    TP_CHECK_MSG(spread.count == count && fabs(spread.median - median) < 1e-12 &&
                     fabs(spread.min - min) < 1e-12 && fabs(spread.max - max) < 1e-12,
                 "%g [%g..%g] of %u, not %g [%g..%g] of %u", spread.median, spread.min, spread.max,
                 spread.count, median, min, max, count);
}

static void check_nothing(tp_bench_spread_t spread)
{
    TP_CHECK_EQ_U64(spread.count, 0);
    TP_CHECK(isnan(spread.median) && isnan(spread.min) && isnan(spread.max));
}

TP_TEST(figure_is_the_median_over_the_rounds_that_have_it)
{
    tp_bench_results_t results;
    start(&results);
    const int odd = ADD(&results, "odd", 30, 10, 20);
    const int even = ADD(&results, "even", 40, 10, 20, 30);
    const int gaps = ADD(&results, "gaps", NAN, 7, INFINITY, 5, NAN);
    check_spread(tp_bench_figure(&results.rows[odd], TP_BENCH_FIGURE_P50), 20, 10, 30, 3);
    check_spread(tp_bench_figure(&results.rows[even], TP_BENCH_FIGURE_P50), 25, 10, 40, 4);
    check_spread(tp_bench_figure(&results.rows[gaps], TP_BENCH_FIGURE_P50), 6, 5, 7, 2);
    check_nothing(tp_bench_figure(&results.rows[odd], TP_BENCH_FIGURE_P99));
    /* Reading must not reorder: ratios go by round. */
    TP_CHECK(results.rows[odd].samples[0].figures[TP_BENCH_FIGURE_P50] == 30);
    tp_bench_results_fini(&results);
}

TP_TEST(ratio_divides_within_rounds_and_leaves_out_those_with_a_gap)
{
    tp_bench_results_t results;
    start(&results);
    const int base = ADD(&results, "base", 10, NAN, 100, 0, 50);
    const int row = ADD(&results, "row", 20, 5, 100, 7, NAN);
    const int longer = ADD(&results, "longer", 30, 1, 1000, 1, 200, 1e9);
    check_spread(tp_bench_ratio(&results, row, TP_BENCH_FIGURE_P50, base, TP_BENCH_FIGURE_P50), 1.5,
                 1, 2, 2);
    /* The ratio of the medians would be 115 / 30. */
    check_spread(tp_bench_ratio(&results, longer, TP_BENCH_FIGURE_P50, base, TP_BENCH_FIGURE_P50),
                 4, 3, 10, 3);
    check_nothing(tp_bench_ratio(&results, row, TP_BENCH_FIGURE_P99, base, TP_BENCH_FIGURE_P50));
    check_nothing(
        tp_bench_ratio(&results, row, TP_BENCH_FIGURE_P50, TP_BENCH_NONE, TP_BENCH_FIGURE_P50));
    check_nothing(tp_bench_ratio(&results, row, TP_BENCH_FIGURE_P50, 3, TP_BENCH_FIGURE_P50));
    tp_bench_results_fini(&results);
}

TP_TEST(floor_ratio_uses_the_figure_that_the_row_names)
{
    tp_bench_results_t results;
    start(&results);
    const int base = ADD(&results, "base", 10, 10);
    const int row = ADD(&results, "row", 20, 40);
    check_nothing(tp_bench_floor_ratio(&results, &results.rows[row]));
    results.rows[row].floor = base;
    check_spread(tp_bench_floor_ratio(&results, &results.rows[row]), 3, 2, 4, 2);
    results.rows[row].floor_figure = TP_BENCH_FIGURE_BYTES_PER_S;
    check_nothing(tp_bench_floor_ratio(&results, &results.rows[row]));
    results.rows[row].samples[1].figures[TP_BENCH_FIGURE_BYTES_PER_S] = 9e9;
    results.rows[base].samples[1].figures[TP_BENCH_FIGURE_BYTES_PER_S] = 10e9;
    check_spread(tp_bench_floor_ratio(&results, &results.rows[row]), 0.9, 0.9, 0.9, 1);
    tp_bench_results_fini(&results);
}

static tp_bench_verdict_t judge(const tp_bench_results_t *results, int row, int base, double factor,
                                double limit, bool is_minimum)
{
    const tp_bench_target_t target = {
        .row = row, .base = base, .factor = factor, .limit = limit, .is_minimum = is_minimum
    };
    return tp_bench_judge(results, &target, NULL);
}

TP_TEST(every_round_counts_where_a_target_says_so_and_losses_are_never_met)
{
    tp_bench_results_t results;
    start(&results);
    const int row = ADD(&results, "row", 0, 0, 0, 1, 0);
    tp_bench_target_t target = { .row = row, .base = TP_BENCH_NONE, .limit = 0 };
    TP_CHECK_EQ_I64(tp_bench_judge(&results, &target, NULL), TP_BENCH_MET);
    target.is_every_round = true;
    TP_CHECK_EQ_I64(tp_bench_judge(&results, &target, NULL), TP_BENCH_MISSED);
    target.limit = 1;
    TP_CHECK_EQ_I64(tp_bench_judge(&results, &target, NULL), TP_BENCH_MET);
    results.rows[row].samples[2].lost = 1;
    TP_CHECK_EQ_I64(tp_bench_judge(&results, &target, NULL), TP_BENCH_MISSED);
    tp_bench_results_fini(&results);
}

TP_TEST(rounds_in_which_the_cores_were_not_as_far_apart_do_not_count)
{
    tp_bench_results_t results;
    start(&results);
    const int base = ADD(&results, "base", 10, 10, 10, 10);
    const int row = ADD(&results, "row", 20, 80, 30, 50);
    for (unsigned i = 0; i < 4; i++) {
        results.rows[base].samples[i].distance_ns = 60;
        results.rows[row].samples[i].distance_ns = 65;
    }
    results.rows[row].samples[1].distance_ns = 260;
    results.rows[row].samples[2].distance_ns = NAN; /* it changed meanwhile */
    check_spread(tp_bench_ratio(&results, row, TP_BENCH_FIGURE_P50, base, TP_BENCH_FIGURE_P50), 3.5,
                 2, 5, 2);
    results.rows[row].samples[1].distance_ns = 0; /* not known */
    check_spread(tp_bench_ratio(&results, row, TP_BENCH_FIGURE_P50, base, TP_BENCH_FIGURE_P50), 5,
                 2, 8, 3);
    tp_bench_results_fini(&results);
}

TP_TEST(difference_is_taken_within_rounds)
{
    tp_bench_results_t results;
    tp_bench_spread_t value;
    start(&results);
    const int base = ADD(&results, "base", 10, 100, NAN, 30);
    const int row = ADD(&results, "row", 12, 101, 7, 40);
    tp_bench_target_t target = { .row = row, .base = base, .limit = 2, .is_difference = true };
    TP_CHECK_EQ_I64(tp_bench_judge(&results, &target, &value), TP_BENCH_MET);
    check_spread(value, 2, 1, 10, 3); /* the medians differ by 6 */
    target.limit = 1.9;
    TP_CHECK_EQ_I64(tp_bench_judge(&results, &target, NULL), TP_BENCH_MISSED);
    tp_bench_results_fini(&results);
}

TP_TEST(target_is_met_at_its_limit_and_missed_just_beyond)
{
    tp_bench_results_t results;
    start(&results);
    const int base = ADD(&results, "base", 100, 100, 100);
    const int row = ADD(&results, "row", 300, 115, 1);
    TP_CHECK_EQ_I64(judge(&results, row, TP_BENCH_NONE, 0, 115, false), TP_BENCH_MET);
    TP_CHECK_EQ_I64(judge(&results, row, TP_BENCH_NONE, 0, 114.9, false), TP_BENCH_MISSED);
    TP_CHECK_EQ_I64(judge(&results, row, TP_BENCH_NONE, 0, 115, true), TP_BENCH_MET);
    TP_CHECK_EQ_I64(judge(&results, row, TP_BENCH_NONE, 0, 115.1, true), TP_BENCH_MISSED);
    TP_CHECK_EQ_I64(judge(&results, row, base, 0, 1.15, false), TP_BENCH_MET);
    TP_CHECK_EQ_I64(judge(&results, row, base, 1, 1.149, false), TP_BENCH_MISSED);
    TP_CHECK_EQ_I64(judge(&results, row, base, 0, 1.15, true), TP_BENCH_MET);
    TP_CHECK_EQ_I64(judge(&results, row, base, 0, 1.151, true), TP_BENCH_MISSED);
    tp_bench_results_fini(&results);
}

TP_TEST(factor_makes_the_base_larger)
{
    tp_bench_results_t results;
    start(&results);
    const int base = ADD(&results, "base", 100, 200);
    const int row = ADD(&results, "row", 300, 900);
    const tp_bench_target_t target = { .row = row, .base = base, .factor = 3, .limit = 1.25 };
    tp_bench_spread_t value;
    TP_CHECK_EQ_I64(tp_bench_judge(&results, &target, &value), TP_BENCH_MET);
    check_spread(value, 1.25, 1, 1.5, 2);
    TP_CHECK_EQ_I64(judge(&results, row, base, 0, 1.25, false), TP_BENCH_MISSED);
    tp_bench_results_fini(&results);
}

TP_TEST(target_without_figures_is_not_measured_and_never_met)
{
    tp_bench_results_t results;
    start(&results);
    const int base = ADD(&results, "base", NAN, 100);
    const int row = ADD(&results, "row", 100, NAN);
    const int empty = tp_bench_add_row(&results) != NULL ? results.nrows - 1 : TP_BENCH_NONE;
    TP_CHECK_EQ_I64(judge(&results, TP_BENCH_NONE, TP_BENCH_NONE, 0, 1e9, false), TP_BENCH_UNKNOWN);
    TP_CHECK_EQ_I64(judge(&results, TP_BENCH_NONE, base, 0, 0, true), TP_BENCH_UNKNOWN);
    TP_CHECK_EQ_I64(judge(&results, row, base, 0, 1e9, false), TP_BENCH_UNKNOWN);
    TP_CHECK_EQ_I64(judge(&results, empty, TP_BENCH_NONE, 0, 1e9, false), TP_BENCH_UNKNOWN);
    TP_CHECK_EQ_I64(judge(&results, row, empty, 0, 1e9, false), TP_BENCH_UNKNOWN);
    tp_bench_spread_t value = { .count = 7 };
    const tp_bench_target_t target = { .row = row, .base = base, .limit = 1 };
    TP_CHECK_EQ_I64(tp_bench_judge(&results, &target, &value), TP_BENCH_UNKNOWN);
    check_nothing(value);
    tp_bench_results_fini(&results);
}

TP_TEST(rows_are_found_by_what_they_are_and_end_at_the_maximum)
{
    tp_bench_results_t results;
    start(&results);
    const int first = ADD(&results, "x", 1);
    const int second = ADD(&results, "x", 1);
    snprintf(results.rows[second].detail, sizeof results.rows[second].detail, "ring");
    const int third = ADD(&results, "y", 1);
    results.rows[third].consumers = 8;
    TP_CHECK_EQ_I64(tp_bench_find_row(&results, TP_BENCH_HANDOFF, "x", NULL, 64, 1, 1), first);
    TP_CHECK_EQ_I64(tp_bench_find_row(&results, TP_BENCH_HANDOFF, "x", "", 64, 1, 1), first);
    TP_CHECK_EQ_I64(tp_bench_find_row(&results, TP_BENCH_HANDOFF, "x", "ring", 64, 1, 1), second);
    TP_CHECK_EQ_I64(tp_bench_find_row(&results, TP_BENCH_HANDOFF, "y", NULL, 64, 8, 1), third);
    TP_CHECK_EQ_I64(tp_bench_find_row(&results, TP_BENCH_HANDOFF, "y", NULL, 64, 1, 1),
                    TP_BENCH_NONE);
    TP_CHECK_EQ_I64(tp_bench_find_row(&results, TP_BENCH_HANDOFF, "y", NULL, 64, 8, 2),
                    TP_BENCH_NONE);
    TP_CHECK_EQ_I64(tp_bench_find_row(&results, TP_BENCH_RATE, "x", NULL, 64, 1, 1), TP_BENCH_NONE);
    TP_CHECK_EQ_I64(tp_bench_find_row(&results, TP_BENCH_HANDOFF, "x", NULL, 65, 1, 1),
                    TP_BENCH_NONE);
    tp_bench_row_t *row = NULL;
    while (results.nrows < TP_BENCH_MAX_ROWS) {
        row = tp_bench_add_row(&results);
        TP_CHECK(row == &results.rows[results.nrows - 1]);
        TP_CHECK_EQ_I64(row->floor, TP_BENCH_NONE);
    }
    TP_CHECK(tp_bench_add_row(&results) == NULL);
    TP_CHECK_EQ_I64(results.nrows, TP_BENCH_MAX_ROWS);
    tp_bench_results_fini(&results);
    tp_bench_results_fini(&results); /* twice is fine */
}

TP_TEST(a_warning_too_many_is_said_to_be_missing)
{
    tp_bench_results_t results;
    start(&results);
    for (int i = 0; i < 16; i++) {
        tp_bench_warn(&results, "warning %d", i);
    }
    TP_CHECK_EQ_I64(results.nwarnings, 16);
    TP_CHECK_EQ_STR(results.warnings[15], "warning 15");
    tp_bench_warn(&results, "one more");
    TP_CHECK_EQ_I64(results.nwarnings, 16);
    TP_CHECK_CONTAINS(results.warnings[15], "the rest is not shown");
    tp_bench_results_fini(&results);
}

TP_TEST(sizes_and_values_are_texts_with_three_digits_and_a_fitting_unit)
{
    char text[64];
#define SIZE(bytes, want) TP_CHECK_EQ_STR(tp_bench_size_text(text, sizeof text, bytes), want)
    SIZE(0, "0 B");
    SIZE(64, "64 B");
    SIZE(1000, "1000 B");
    SIZE(1024, "1 KiB");
    SIZE(1536, "1.5 KiB");
    SIZE(640 << 10, "640 KiB");
    SIZE(32 << 20, "32 MiB");
    SIZE((size_t)4 << 30, "4 GiB");
    SIZE((size_t)6 << 50, "6144 TiB");
#define VALUE(value, unit, want)                                                                   \
    TP_CHECK_EQ_STR(tp_bench_value_text(text, sizeof text, value, unit), want)
    VALUE(123.4, "ns", "123 ns");
    VALUE(4560, "ns", "4.56 us");
    VALUE(7.891e6, "ns", "7.89 ms");
    VALUE(12.34e9, "ns", "12.3 s");
    VALUE(5e13, "ns", "50000 s");
    VALUE(999.4, "ns", "999 ns");
    VALUE(999.5, "ns", "1.00 us");
    VALUE(9.996, "ns", "10.0 ns");
    VALUE(99.96, "ns", "100 ns");
    VALUE(0, "ns", "0 ns");
    VALUE(-0.0, "ns", "0 ns");
    VALUE(-1500, "ns", "-1.50 us");
    VALUE(16 << 20, "bytes", "16.0 MiB");
    VALUE(640, "bytes", "640 B");
    VALUE(0.0003, "", "0.0003");
    VALUE(0.25, "faults", "0.25 faults");
    VALUE(123456, "frames/s", "123456 frames/s");
    VALUE(2, NULL, "2.00");
    VALUE(NAN, "ns", "-");
    VALUE(INFINITY, "ns", "-");
    /* A buffer that is too small cuts the text. */
    char small[4];
    TP_CHECK_EQ_STR(tp_bench_value_text(small, sizeof small, 123456, ""), "123");
}

TP_TEST(groups_and_figures_have_names)
{
    TP_CHECK_EQ_STR(tp_bench_group_name(TP_BENCH_HANDOFF), "hand-off");
    TP_CHECK_EQ_STR(tp_bench_group_name(TP_BENCH_DRIVER), "driver");
    TP_CHECK_EQ_STR(tp_bench_group_name(TP_BENCH_GROUPS), "?");
    TP_CHECK_EQ_STR(tp_bench_figure_name(TP_BENCH_FIGURE_P999), "p99.9");
    TP_CHECK_EQ_STR(tp_bench_figure_name(TP_BENCH_FIGURES), "?");
    TP_CHECK_CONTAINS(tp_bench_group_help(TP_BENCH_SLEEP), "asleep");
}

TP_TEST_MAIN()
