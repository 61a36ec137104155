/*
 * Proves what the reports say of a made-up run (report_fixture.c): nothing of it is left out, names cannot break the
 * format, what was missed is said to be missed.
 */
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/report/report_fixture.h"
#include "bench/report/report_grid.h"
#include "bench/report/report_html.h"
#include "bench/report/report_json.h"
#include "bench/report/report_table.h"
#include "bench/report/report_text.h"
#include "tensorpool/error.h"
#include "tp_proc.h"
#include "tp_test.h"

/* ---- texts and grid ---- */

TP_TEST(ratios_figures_and_rates_are_short_texts)
{
    char text[64];
#define RATIO(value, want) TP_CHECK_EQ_STR(tp_bench_ratio_text(text, sizeof text, value), want)
    RATIO(1.0849, "1.08x");
    RATIO(0.1, "0.10x");
    RATIO(0.00213, "0.0021x");
    RATIO(12.34, "12.3x");
    RATIO(1234.4, "1234x");
    RATIO(0, "0.00x");
    RATIO(NAN, "-");
    const tp_bench_spread_t ratio = { .median = 1.1, .min = 1.02, .max = 13, .count = 3 };
    TP_CHECK_EQ_STR(tp_bench_ratio_range_text(text, sizeof text, ratio), "1.02..13.0");
    const tp_bench_spread_t once = { .median = 1.1, .min = 1.1, .max = 1.1, .count = 1 };
    TP_CHECK_EQ_STR(tp_bench_ratio_range_text(text, sizeof text, once), "");
#define RATE(value, want) TP_CHECK_EQ_STR(tp_bench_rate_text(text, sizeof text, value), want)
    RATE(0, "-");
    RATE(5, "5 Hz");
    RATE(1000, "1 kHz");
    RATE(2.5e6, "2.5 MHz");
    const tp_bench_row_t row = { .unit = "ns" };
#define FIGURE(NAME, value, want)                                                                  \
    TP_CHECK_EQ_STR(tp_bench_figure_text(text, sizeof text, &row, TP_BENCH_FIGURE_##NAME, value),  \
                    want)
    FIGURE(P50, 1234, "1.23 us");
    FIGURE(BYTES_PER_S, 12.34e9, "12.3");
    FIGURE(FRAMES_PER_S, 1.236e6, "1.24M");
    FIGURE(FRAMES_PER_S, 12345, "12.3k");
    FIGURE(FRAMES_PER_S, NAN, "-");
    FIGURE(CPU_NS, 99, "99.0 ns");
    FIGURE(FAULTS, 0, "0");
}

static bool has_column(const tp_bench_grid_t *grid, int column)
{
    for (int i = 0; i < grid->ncolumns; i++) {
        if ((int)grid->columns[i] == column) {
            return true;
        }
    }
    return false;
}

TP_TEST(grid_has_the_columns_that_say_something_and_the_rest_in_one_line)
{
    tp_bench_results_t results;
    tp_fixture_fill(&results);
    static tp_bench_grid_t grid;
    tp_bench_grid_fill(&grid, &results, TP_BENCH_HANDOFF);
    TP_CHECK(has_column(&grid, TP_BENCH_COLUMN_SIZE));
    TP_CHECK(has_column(&grid, TP_BENCH_COLUMN_CONSUMERS));
    TP_CHECK(has_column(&grid, TP_BENCH_COLUMN_FIGURE + TP_BENCH_FIGURE_FAULTS));
    TP_CHECK(has_column(&grid, TP_BENCH_COLUMN_LOST));
    TP_CHECK(!has_column(&grid, TP_BENCH_COLUMN_TORN));
    TP_CHECK(!has_column(&grid, TP_BENCH_COLUMN_STREAMS));
    TP_CHECK(!has_column(&grid, TP_BENCH_COLUMN_RATE));
    TP_CHECK(!has_column(&grid, TP_BENCH_COLUMN_FIGURE + TP_BENCH_FIGURE_BYTES_PER_S));
    TP_CHECK_EQ_STR(grid.intro, "1 stream");

    tp_bench_grid_fill(&grid, &results, TP_BENCH_RATE);
    TP_CHECK(has_column(&grid, TP_BENCH_COLUMN_RATE));
    TP_CHECK(!has_column(&grid, TP_BENCH_COLUMN_FLOOR));
    TP_CHECK_EQ_STR(grid.intro, "1 consumer; 1 stream; ratios are to aeron");

    tp_bench_grid_fill(&grid, &results, TP_BENCH_TRANSFER);
    TP_CHECK(!has_column(&grid, TP_BENCH_COLUMN_FIGURE + TP_BENCH_FIGURE_P50));
    TP_CHECK(has_column(&grid, TP_BENCH_COLUMN_FIGURE + TP_BENCH_FIGURE_BYTES_PER_S));
    tp_bench_results_fini(&results);
}

TP_TEST(grid_orders_rows_by_size_and_consumers_with_floors_first)
{
    tp_bench_results_t results;
    tp_fixture_fill(&results);
    static tp_bench_grid_t grid;
    int nrows = 0;
    for (int group = 0; group < TP_BENCH_GROUPS; group++) {
        tp_bench_grid_fill(&grid, &results, (tp_bench_group_t)group);
        nrows += grid.nrows;
        for (int i = 0; i < grid.nrows; i++) {
            TP_CHECK_EQ_I64(results.rows[grid.rows[i]].group, group);
        }
        for (int i = 1; i < grid.nrows; i++) {
            const tp_bench_row_t *above = &results.rows[grid.rows[i - 1]];
            const tp_bench_row_t *below = &results.rows[grid.rows[i]];
            TP_CHECK(above->size <= below->size);
            const bool same = above->size == below->size && above->rate_hz == below->rate_hz;
            TP_CHECK(!same || above->consumers <= below->consumers);
            TP_CHECK(!same || above->consumers != below->consumers ||
                     tp_bench_is_floor(&results, grid.rows[i - 1]) ||
                     !tp_bench_is_floor(&results, grid.rows[i]));
        }
    }
    TP_CHECK_EQ_I64(nrows, results.nrows);
    tp_bench_results_fini(&results);
}

TP_TEST(grid_notes_each_text_once_and_says_how_many_rounds_count)
{
    tp_bench_results_t results;
    tp_fixture_fill(&results);
    static tp_bench_grid_t grid;
    tp_bench_grid_fill(&grid, &results, TP_BENCH_HANDOFF);
    TP_CHECK_EQ_I64(grid.nnotes, 3);
    TP_CHECK_EQ_STR(grid.notes[0], "two copies in its own buffers");
    TP_CHECK_EQ_STR(grid.notes[1], "measured in 4 of 5 rounds");
    TP_CHECK_EQ_STR(grid.notes[2], "not measured: connect: no such file & more");
    /* More texts than there is room for: said, not silent. */
    for (int i = 0; i < TP_BENCH_GRID_NOTES + 5; i++) {
        tp_bench_row_t *row = tp_bench_add_row(&results);
        row->group = TP_BENCH_COPY;
        snprintf(row->failure, sizeof row->failure, "reason %d", i);
    }
    tp_bench_grid_fill(&grid, &results, TP_BENCH_COPY);
    TP_CHECK_EQ_I64(grid.nnotes, TP_BENCH_GRID_NOTES);
    TP_CHECK_CONTAINS(grid.notes[TP_BENCH_GRID_NOTES - 1], "left out");
    tp_bench_results_fini(&results);
}

/* ---- table ---- */

static char *print_table(const tp_bench_results_t *results, bool wide)
{
    char *text = NULL;
    size_t len = 0;
    FILE *to = open_memstream(&text, &len);
    TP_CHECK(to != NULL);
    tp_bench_print_table(to, results, wide);
    TP_CHECK(fclose(to) == 0);
    return text;
}

/* Longest line up to `end`. */
static size_t longest_line(const char *text, const char *end)
{
    size_t longest = 0;
    while (text < end) {
        const size_t len = strcspn(text, "\n");
        longest = len > longest ? len : longest;
        text += len + 1;
    }
    return longest;
}

TP_TEST(table_has_each_subject_and_target_and_says_missed)
{
    tp_bench_results_t results;
    tp_fixture_fill(&results);
    char *text = print_table(&results, true);
    for (int i = 0; i < results.nrows; i++) {
        const char *subject = results.rows[i].subject;
        TP_CHECK_CONTAINS(text, strchr(subject, '<') == NULL ? subject : "<b>&\"'??[1m");
        TP_CHECK_CONTAINS(text, tp_bench_group_name(results.rows[i].group));
    }
    for (int i = 0; i < results.ntargets; i++) {
        TP_CHECK_CONTAINS(text, results.targets[i].text);
    }
    for (int i = 0; i < results.nwarnings; i++) {
        TP_CHECK_CONTAINS(text, results.warnings[i]);
    }
    TP_CHECK_CONTAINS(text, "targets: 5 met, 1 missed, 1 not measured");
    TP_CHECK_CONTAINS(text, "\n  missed ");
    TP_CHECK_CONTAINS(text, "\n  not measured ");
    TP_CHECK_CONTAINS(text, "(to 3 x aeron)");
    TP_CHECK_CONTAINS(text, "Processor (R) <64> & more");
    TP_CHECK_CONTAINS(text, "sender on 0, first receiver on 1");
    TP_CHECK_CONTAINS(text, "not measured: connect: no such file & more");
    /* No terminal, no escape sequences; and none from a name. */
    TP_CHECK(strchr(text, '\033') == NULL);
    TP_CHECK(strstr(text, "nan") == NULL && strstr(text, "inf ") == NULL);
    free(text);
    tp_bench_results_fini(&results);
}

TP_TEST(narrow_table_fits_into_120_columns_by_leaving_columns_out)
{
    tp_bench_results_t results;
    tp_fixture_fill(&results);
    char *narrow = print_table(&results, false);
    char *wide = print_table(&results, true);
    TP_CHECK(longest_line(narrow, strstr(narrow, "\ntargets")) <= 120);
    TP_CHECK(longest_line(wide, strstr(wide, "\ntargets")) > 120);
    TP_CHECK_CONTAINS(wide, "cpu/frame");
    TP_CHECK_CONTAINS(narrow, "p99");
    TP_CHECK_CONTAINS(narrow, "min..max");
    free(narrow);
    free(wide);
    tp_bench_results_fini(&results);
}

/* What a terminal gets; short enough for its buffer. */
static void print_to_terminal(const tp_bench_results_t *results, char *out, size_t cap)
{
    const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    TP_CHECK(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0);
    FILE *to = fopen(ptsname(terminal), "w");
    TP_CHECK(to != NULL);
    tp_bench_print_table(to, results, false);
    TP_CHECK(fflush(to) == 0);
    size_t len = 0;
    out[0] = '\0';
    /* It arrives in pieces; the last line ends with this. */
    while (strstr(out, "page policy") == NULL) {
        const ssize_t got = read(terminal, out + len, cap - 1 - len);
        TP_CHECK(got > 0);
        len += (size_t)got;
        out[len] = '\0';
    }
    fclose(to);
    close(terminal);
}

TP_TEST(table_has_color_on_a_terminal_unless_told_otherwise)
{
    tp_bench_results_t results;
    TP_CHECK_EQ_I64(tp_bench_results_init(&results), TP_OK);
    tp_bench_row_t *row = tp_bench_add_row(&results);
    row->nsamples = 1;
    row->samples[0].figures[TP_BENCH_FIGURE_P50] = 7;
    results.ntargets = 2;
    results.targets[0] = (tp_bench_target_t){ .base = TP_BENCH_NONE, .limit = 6 };
    results.targets[1] = (tp_bench_target_t){ .base = TP_BENCH_NONE, .limit = 7 };
    char text[8192];
    unsetenv("NO_COLOR");
    print_to_terminal(&results, text, sizeof text);
    TP_CHECK_CONTAINS(text, "\033[1;31mmissed\033[0m");
    TP_CHECK_CONTAINS(text, "\033[32mmet\033[0m");
    setenv("NO_COLOR", "1", 1);
    print_to_terminal(&results, text, sizeof text);
    TP_CHECK(strchr(text, '\033') == NULL);
    TP_CHECK_CONTAINS(text, "  missed ");
    tp_bench_results_fini(&results);
}

TP_TEST(table_of_a_run_without_any_figure_is_printed)
{
    tp_bench_results_t results;
    TP_CHECK_EQ_I64(tp_bench_results_init(&results), TP_OK);
    tp_bench_row_t *row = tp_bench_add_row(&results);
    snprintf(row->subject, sizeof row->subject, "lonely");
    snprintf(row->failure, sizeof row->failure, "interrupted");
    results.machine.sender_cpu = TP_BENCH_NONE;
    char *text = print_table(&results, false);
    TP_CHECK_CONTAINS(text, "lonely");
    TP_CHECK_CONTAINS(text, "not measured: interrupted");
    TP_CHECK_CONTAINS(text, "not pinned");
    TP_CHECK(strstr(text, "p50") == NULL);
    free(text);
    tp_bench_results_fini(&results);
}

/* ---- JSON ---- */

static json_object *get(json_object *object, const char *key)
{
    json_object *value = NULL;
    TP_CHECK_MSG(json_object_object_get_ex(object, key, &value), "no key %s", key);
    return value;
}

static void check_number(json_object *object, const char *key, double want)
{
    json_object *value = get(object, key);
    if (isnan(want)) {
        TP_CHECK_MSG(value == NULL, "%s is not null", key);
        return;
    }
    const double is = json_object_get_double(value);
    TP_CHECK_MSG(value != NULL && fabs(is - want) <= 1e-8 * fabs(want), "%s: %.12g, not %.12g", key,
                 is, want);
}

TP_TEST(json_parses_back_with_every_number)
{
    tp_bench_results_t results;
    tp_fixture_fill(&results);
    json_object *made = tp_bench_to_json(&results);
    json_object *parsed = json_tokener_parse(json_object_to_json_string(made));
    TP_CHECK(parsed != NULL);
    check_number(parsed, "rounds", TP_FIXTURE_ROUNDS);
    check_number(parsed, "seconds", 61.5);
    check_number(get(parsed, "machine"), "clock_cost_ns", 18.2);
    TP_CHECK_EQ_STR(json_object_get_string(get(get(parsed, "machine"), "cpu")),
                    "Processor (R) <64> & more");
    TP_CHECK_EQ_U64(json_object_array_length(get(parsed, "warnings")), 2);

    static const char *const keys[TP_BENCH_FIGURES] = {
        "p50",
        "p90",
        "p99",
        "p999",
        "max",
        "mean",
        "frames_per_s",
        "bytes_per_s",
        "cpu_ns_per_frame",
        "faults_per_frame",
    };
    json_object *rows = get(parsed, "rows");
    TP_CHECK_EQ_I64((long)json_object_array_length(rows), results.nrows);
    for (int i = 0; i < results.nrows; i++) {
        const tp_bench_row_t *row = &results.rows[i];
        json_object *object = json_object_array_get_idx(rows, (size_t)i);
        TP_CHECK_EQ_STR(json_object_get_string(get(object, "group")),
                        tp_bench_group_name(row->group));
        TP_CHECK_EQ_STR(json_object_get_string(get(object, "detail")), row->detail);
        check_number(object, "size", (double)row->size);
        check_number(object, "consumers", row->consumers);
        check_number(object, "rate_hz", row->rate_hz);
        check_number(object, "floor", row->floor == TP_BENCH_NONE ? (double)NAN : row->floor);
        if (row->floor != TP_BENCH_NONE) {
            check_number(get(object, "ratio"), "median",
                         tp_bench_floor_ratio(&results, row).median);
        }
        json_object *samples = get(object, "samples");
        TP_CHECK_EQ_U64(json_object_array_length(samples), row->nsamples);
        for (int f = 0; f < TP_BENCH_FIGURES; f++) {
            const tp_bench_spread_t spread = tp_bench_figure(row, (tp_bench_figure_t)f);
            json_object *figure = get(get(object, "figures"), keys[f]);
            TP_CHECK((figure == NULL) == (spread.count == 0));
            if (figure != NULL) {
                check_number(figure, "median", spread.median);
                check_number(figure, "min", spread.min);
                check_number(figure, "max", spread.max);
            }
            for (unsigned k = 0; k < row->nsamples; k++) {
                check_number(json_object_array_get_idx(samples, k), keys[f],
                             row->samples[k].figures[f]);
            }
        }
    }
    json_object_put(parsed);
    json_object_put(made);
    tp_bench_results_fini(&results);
}

TP_TEST(json_tells_verdicts_losses_and_failures_and_is_plain_utf8)
{
    tp_bench_results_t results;
    tp_fixture_fill(&results);
    json_object *made = tp_bench_to_json(&results);
    const char *text = json_object_to_json_string(made);
    TP_CHECK(strchr(text, '\xff') == NULL && strchr(text, '\033') == NULL);
    json_object *parsed = json_tokener_parse(text);
    TP_CHECK(parsed != NULL);
    json_object *targets = get(parsed, "targets");
    TP_CHECK_EQ_I64((long)json_object_array_length(targets), results.ntargets);
    static const char *const verdicts[] = { "met", "missed",       "met", "met",
                                            "met", "not_measured", "met" };
    for (int i = 0; i < results.ntargets; i++) {
        json_object *target = json_object_array_get_idx(targets, (size_t)i);
        TP_CHECK_EQ_STR(json_object_get_string(get(target, "verdict")), verdicts[i]);
        TP_CHECK_EQ_STR(json_object_get_string(get(target, "text")), results.targets[i].text);
        check_number(target, "limit", results.targets[i].limit);
        tp_bench_spread_t value;
        tp_bench_judge(&results, &results.targets[i], &value);
        check_number(target, "value", value.median);
        check_number(target, "min", value.min);
        check_number(target, "max", value.max);
    }
    const int socket = tp_bench_find_row(&results, TP_BENCH_HANDOFF, "socket", NULL, 65536, 1, 1);
    const int many = tp_bench_find_row(&results, TP_BENCH_HANDOFF, "tensorpool", NULL, 64, 64, 1);
    TP_CHECK(socket >= 0 && many >= 0);
    json_object *rows = get(parsed, "rows");
    json_object *failed = json_object_array_get_idx(rows, (size_t)socket);
    TP_CHECK_EQ_STR(json_object_get_string(get(failed, "failure")), "connect: no such file & more");
    TP_CHECK(get(get(failed, "figures"), "p50") == NULL);
    check_number(json_object_array_get_idx(rows, (size_t)many), "lost", 3);
    check_number(json_object_array_get_idx(rows, (size_t)many), "frames", 50000);
    TP_CHECK(get(json_object_array_get_idx(rows, 0), "failure") == NULL);
    json_object_put(parsed);
    json_object_put(made);
    tp_bench_results_fini(&results);
}

/* ---- HTML ---- */

static char *write_html(const tp_bench_results_t *results)
{
    char *text = NULL;
    size_t len = 0;
    FILE *to = open_memstream(&text, &len);
    TP_CHECK(to != NULL);
    TP_CHECK_EQ_I64(tp_bench_write_html(to, results), TP_OK);
    TP_CHECK(fclose(to) == 0);
    return text;
}

/* By a parser and rules that are not in C: see there. */
static void check_html(const tp_bench_results_t *results, int plots)
{
    char path[256], rows[16], want[32];
    tp_test_shm_dir();
    tp_test_path(path, sizeof path, "report.html");
    char *text = write_html(results);
    FILE *file = fopen(path, "w");
    TP_CHECK(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
    free(text);
    const char *name;
    char line[300];
    int nlines = 0;
    while (tp_bench_machine_line(&results->machine, nlines, &name, line, sizeof line)) {
        nlines++;
    }
    snprintf(rows, sizeof rows, "%d", results->nrows + results->ntargets + nlines);
    const char *const argv[] = { "python3",
                                 TP_SOURCE_DIR "/tools/tp/bench/report/report_html_check.py", path,
                                 rows, NULL };
    tp_proc_t *check = tp_proc_spawn(argv);
    TP_PROC_EXITS(check, 0, 30000);
    snprintf(want, sizeof want, "plots: %d\n", plots);
    TP_CHECK_EQ_STR(tp_proc_stdout(check, NULL), want);
    tp_proc_free(check);
    remove(path);
}

TP_TEST(html_is_well_formed_and_stands_alone)
{
    tp_bench_results_t results;
    tp_fixture_fill(&results);
    /* Hand-off 5, rates 3, transfer and copying, four costs, and the driver's two units. */
    check_html(&results, 5 + 3 + 2 + 4 + 2);
    tp_bench_results_fini(&results);
}

TP_TEST(html_of_a_run_without_any_figure_is_well_formed)
{
    tp_bench_results_t results;
    TP_CHECK_EQ_I64(tp_bench_results_init(&results), TP_OK);
    check_html(&results, 0);
    for (int group = 0; group < TP_BENCH_GROUPS; group++) {
        for (int i = 0; i < 3; i++) {
            tp_bench_row_t *row = tp_bench_add_row(&results);
            row->group = (tp_bench_group_t)group;
            row->size = (size_t)64 << i;
            row->consumers = row->streams = 1;
            snprintf(row->subject, sizeof row->subject, "lonely");
            row->floor = i > 0 ? results.nrows - 2 : TP_BENCH_NONE;
            row->nsamples = 2;
            for (int f = 0; f < TP_BENCH_FIGURES; f++) {
                row->samples[0].figures[f] = row->samples[1].figures[f] = NAN;
            }
        }
    }
    check_html(&results, 0);
    tp_bench_results_fini(&results);
}

TP_TEST(html_draws_zeros_and_extremes_inside_its_plots)
{
    tp_bench_results_t results;
    TP_CHECK_EQ_I64(tp_bench_results_init(&results), TP_OK);
    static const double values[] = { 0, 1e-3, 1e15, -5, 7 };
    for (int group = 0; group < TP_BENCH_GROUPS; group++) {
        for (int i = 0; i < 5; i++) {
            tp_bench_row_t *row = tp_bench_add_row(&results);
            row->group = (tp_bench_group_t)group;
            row->size = (size_t)1 << (10 * i);
            row->consumers = row->streams = 1;
            row->unit = "ns";
            snprintf(row->subject, sizeof row->subject, "s%d", i % 2);
            row->nsamples = 1;
            for (int f = 0; f < TP_BENCH_FIGURES; f++) {
                row->samples[0].figures[f] = group == TP_BENCH_SLEEP ? -5 - i : values[i];
            }
        }
    }
    char *text = write_html(&results);
    TP_CHECK(strstr(text, "nan") == NULL && strstr(text, "inf\"") == NULL);
    free(text);
    /* A log scale has no 0 and no less. Hand-off: p50, p99 and a tail; rate: three sizes; the eight others: one each. */
    check_html(&results, 3 + 3 + 8);
    tp_bench_results_fini(&results);
}

TP_TEST(html_has_each_row_and_target_and_escapes_names)
{
    tp_bench_results_t results;
    tp_fixture_fill(&results);
    char *text = write_html(&results);
    TP_CHECK(strstr(text, "<b>") == NULL && strstr(text, "<only>") == NULL &&
             strstr(text, "<scheduler>") == NULL && strchr(text, '\xff') == NULL);
    for (int i = 0; i < results.nrows; i++) {
        char cell[128];
        const char *subject = results.rows[i].subject;
        snprintf(cell, sizeof cell, "<td class=\"t\">%s</td>",
                 strchr(subject, '<') == NULL ? subject
                                              : "&lt;b&gt;&amp;&quot;&#39;&#xfffd;&#xfffd;[1m");
        TP_CHECK_CONTAINS(text, cell);
    }
    TP_CHECK_CONTAINS(text, "ring &lt;only&gt;");
    TP_CHECK_CONTAINS(text, "every byte written and read, &lt;1 MiB&gt;");
    TP_CHECK_CONTAINS(text, "publish -&gt; readable, 32 MiB, p50");
    TP_CHECK_CONTAINS(text, "measure the &lt;scheduler&gt;");
    TP_CHECK_CONTAINS(text, "not measured: connect: no such file &amp; more");
    TP_CHECK_CONTAINS(text, "&#x2717; missed</td>");
    TP_CHECK_CONTAINS(text, "<span class=\"missed\">1 missed</span>");
    TP_CHECK_CONTAINS(text, "3 x aeron");
    free(text);
    tp_bench_results_fini(&results);
}

TP_TEST(html_says_that_plots_are_left_out)
{
    tp_bench_results_t results;
    TP_CHECK_EQ_I64(tp_bench_results_init(&results), TP_OK);
    for (unsigned i = 0; i < 60; i++) {
        tp_bench_row_t *row = tp_bench_add_row(&results);
        snprintf(row->subject, sizeof row->subject, "tensorpool");
        row->size = i % 2 == 0 ? 64 : 128;
        row->consumers = 1 + i / 2;
        row->nsamples = 1;
        row->samples[0].figures[TP_BENCH_FIGURE_P50] = 100 + i;
    }
    char *text = write_html(&results);
    TP_CHECK_CONTAINS(text, "Further plots are left out");
    free(text);
    tp_bench_results_fini(&results);
}

TP_TEST(html_says_when_the_file_took_not_all_of_it)
{
    tp_bench_results_t results;
    tp_fixture_fill(&results);
    FILE *full = fopen("/dev/full", "w");
    TP_CHECK(full != NULL);
    TP_CHECK_EQ_I64(tp_bench_write_html(full, &results), TP_ENOSPC);
    fclose(full);
    tp_bench_results_fini(&results);
}

TP_TEST_MAIN()
