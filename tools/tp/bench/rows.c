/*
 * tp/bench/rows.c - keep results, and read them: medians over rounds, ratios within rounds, verdicts.
 */
#include "bench/rows.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tensorpool/error.h"
#include "base/fail.h"

static const char *const group_names[] = {
#define GROUP_NAME(NAME, name, help) name,
    TP_BENCH_GROUP_LIST(GROUP_NAME)
#undef GROUP_NAME
};

static const char *const group_helps[] = {
#define GROUP_HELP(NAME, name, help) help,
    TP_BENCH_GROUP_LIST(GROUP_HELP)
#undef GROUP_HELP
};

static const char *const figure_names[] = {
#define FIGURE_NAME(NAME, name) name,
    TP_BENCH_FIGURE_LIST(FIGURE_NAME)
#undef FIGURE_NAME
};

const char *tp_bench_group_name(tp_bench_group_t group)
{
    return (unsigned)group < TP_BENCH_GROUPS ? group_names[group] : "?";
}

const char *tp_bench_group_help(tp_bench_group_t group)
{
    return (unsigned)group < TP_BENCH_GROUPS ? group_helps[group] : "?";
}

const char *tp_bench_figure_name(tp_bench_figure_t figure)
{
    return (unsigned)figure < TP_BENCH_FIGURES ? figure_names[figure] : "?";
}

int tp_bench_results_init(tp_bench_results_t *results)
{
    /* calloc: rows that are never used never become memory. */
    tp_bench_row_t *rows = calloc(TP_BENCH_MAX_ROWS, sizeof *rows);
    if (rows == NULL) {
        return tpi_fail(TP_ENOMEM, "%d rows of a benchmark", TP_BENCH_MAX_ROWS);
    }
    memset(results, 0, sizeof *results);
    results->rows = rows;
    return TP_OK;
}

void tp_bench_results_fini(tp_bench_results_t *results)
{
    free(results->rows);
    results->rows = NULL;
    results->nrows = 0;
}

tp_bench_row_t *tp_bench_add_row(tp_bench_results_t *results)
{
    if (results->nrows >= TP_BENCH_MAX_ROWS) {
        return NULL;
    }
    tp_bench_row_t *row = &results->rows[results->nrows++];
    memset(row, 0, sizeof *row);
    row->floor = TP_BENCH_NONE;
    return row;
}

int tp_bench_find_row(const tp_bench_results_t *results, tp_bench_group_t group,
                      const char *subject, const char *detail, size_t size, unsigned consumers,
                      unsigned streams)
{
    for (int i = 0; i < results->nrows; i++) {
        const tp_bench_row_t *row = &results->rows[i];
        if (row->group == group && row->size == size && row->consumers == consumers &&
            row->streams == streams && strcmp(row->subject, subject) == 0 &&
            (detail == NULL || strcmp(row->detail, detail) == 0)) {
            return i;
        }
    }
    return TP_BENCH_NONE;
}

void tp_bench_warn(tp_bench_results_t *results, const char *format, ...)
{
    const int capacity = (int)(sizeof results->warnings / sizeof results->warnings[0]);
    if (results->nwarnings >= capacity) {
        /* One that is dropped without a word would make the run look better than it was. */
        snprintf(results->warnings[capacity - 1], sizeof results->warnings[0],
                 "more than %d warnings: the rest is not shown", capacity - 1);
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(results->warnings[results->nwarnings++], sizeof results->warnings[0], format,
              arguments);
    va_end(arguments);
}

/* ---- reading them ---- */

static int compare_doubles(const void *a, const void *b)
{
    const double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* `values` gets sorted; all of them are finite. */
static tp_bench_spread_t spread_of(double *values, unsigned count)
{
    if (count == 0) {
        return (tp_bench_spread_t){ .median = NAN, .min = NAN, .max = NAN };
    }
    qsort(values, count, sizeof values[0], compare_doubles);
    const double upper = values[count / 2];
    return (tp_bench_spread_t){
        .median = count % 2 == 1 ? upper : (values[count / 2 - 1] + upper) / 2,
        .min = values[0],
        .max = values[count - 1],
        .count = count,
    };
}

static unsigned samples_of(const tp_bench_row_t *row)
{
    return row->nsamples < TP_BENCH_MAX_ROUNDS ? row->nsamples : TP_BENCH_MAX_ROUNDS;
}

tp_bench_spread_t tp_bench_figure(const tp_bench_row_t *row, tp_bench_figure_t figure)
{
    double values[TP_BENCH_MAX_ROUNDS];
    unsigned count = 0;
    for (unsigned i = 0; i < samples_of(row); i++) {
        const double value = row->samples[i].figures[figure];
        if (isfinite(value)) {
            values[count++] = value;
        }
    }
    return spread_of(values, count);
}

static bool is_row(const tp_bench_results_t *results, int row)
{
    return row >= 0 && row < results->nrows;
}

bool tp_bench_is_as_far(double a_ns, double b_ns)
{
    return a_ns == 0 || b_ns == 0 || (a_ns < 1.25 * b_ns && b_ns < 1.25 * a_ns);
}

static double quotient(double above, double below)
{
    return above / below;
}

static double difference(double above, double below)
{
    return above - below;
}

/* Of two rows, round by round. */
static tp_bench_spread_t compare_rows(const tp_bench_results_t *results, int row,
                                      tp_bench_figure_t figure, int base,
                                      tp_bench_figure_t base_figure, double (*how)(double, double))
{
    double values[TP_BENCH_MAX_ROUNDS];
    unsigned count = 0;
    if (is_row(results, row) && is_row(results, base)) {
        const tp_bench_row_t *above = &results->rows[row], *below = &results->rows[base];
        for (unsigned i = 0; i < samples_of(above) && i < samples_of(below); i++) {
            const double value =
                how(above->samples[i].figures[figure], below->samples[i].figures[base_figure]);
            if (!tp_bench_is_as_far(above->samples[i].distance_ns, below->samples[i].distance_ns)) {
                continue;
            }
            /* NaN: one of the two has no figure in this round, or both are 0; infinite: a base of 0. */
            if (isfinite(value)) {
                values[count++] = value;
            }
        }
    }
    return spread_of(values, count);
}

tp_bench_spread_t tp_bench_ratio(const tp_bench_results_t *results, int row,
                                 tp_bench_figure_t figure, int base, tp_bench_figure_t base_figure)
{
    return compare_rows(results, row, figure, base, base_figure, quotient);
}

tp_bench_spread_t tp_bench_floor_ratio(const tp_bench_results_t *results, const tp_bench_row_t *row)
{
    return tp_bench_ratio(results, (int)(row - results->rows), row->floor_figure, row->floor,
                          row->floor_figure);
}

/* Frames that never arrived, or not whole: what they took does not show in any figure. */
static bool has_losses(const tp_bench_row_t *row)
{
    for (unsigned i = 0; i < samples_of(row); i++) {
        if (row->samples[i].lost > 0 || row->samples[i].torn > 0) {
            return true;
        }
    }
    return false;
}

tp_bench_verdict_t tp_bench_judge(const tp_bench_results_t *results,
                                  const tp_bench_target_t *target, tp_bench_spread_t *out_value)
{
    tp_bench_spread_t value = spread_of(NULL, 0);
    if (is_row(results, target->row)) {
        if (target->base == TP_BENCH_NONE) {
            value = tp_bench_figure(&results->rows[target->row], target->figure);
        } else if (target->is_difference) {
            value = compare_rows(results, target->row, target->figure, target->base,
                                 target->base_figure, difference);
        } else {
            const double factor = target->factor == 0 ? 1 : target->factor;
            value = tp_bench_ratio(results, target->row, target->figure, target->base,
                                   target->base_figure);
            value.median /= factor;
            value.min /= factor;
            value.max /= factor;
        }
    }
    if (out_value != NULL) {
        *out_value = value;
    }
    if (value.count == 0) {
        return TP_BENCH_UNKNOWN;
    }
    const double judged = !target->is_every_round ? value.median
                          : target->is_minimum    ? value.min
                                                  : value.max;
    const bool is_met = target->is_minimum ? judged >= target->limit : judged <= target->limit;
    return is_met && !has_losses(&results->rows[target->row]) ? TP_BENCH_MET : TP_BENCH_MISSED;
}

/* ---- texts ---- */

/* Three digits that matter: 3.21, 32.1, 321. */
static void three_digits(char *out, size_t cap, double value, const char *unit)
{
    const double size = fabs(value);
    const char *space = unit[0] != '\0' ? " " : "";
    if (size == 0 || size >= 99.95) {
        snprintf(out, cap, "%.0f%s%s", value == 0 ? 0.0 : value, space, unit);
    } else if (size < 0.01) {
        snprintf(out, cap, "%.2g%s%s", value, space, unit);
    } else {
        snprintf(out, cap, "%.*f%s%s", size < 9.995 ? 2 : 1, value, space, unit);
    }
}

static const char *const binary_units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
#define BINARY_UNITS (sizeof binary_units / sizeof binary_units[0])

const char *tp_bench_size_text(char *out, size_t cap, size_t bytes)
{
    size_t unit = 0, scale = 1;
    while (unit + 1 < BINARY_UNITS && bytes / scale >= 1024) {
        scale *= 1024;
        unit++;
    }
    if (bytes % scale == 0) {
        snprintf(out, cap, "%zu %s", bytes / scale, binary_units[unit]);
    } else {
        snprintf(out, cap, "%.1f %s", (double)bytes / (double)scale, binary_units[unit]);
    }
    return out;
}

const char *tp_bench_value_text(char *out, size_t cap, double value, const char *unit)
{
    static const char *const times[] = { "ns", "us", "ms", "s" };
    const char *const *units = NULL;
    size_t nunits = 0;
    double step = 1, full = 0;
    if (!isfinite(value)) {
        snprintf(out, cap, "-");
        return out;
    }
    if (unit != NULL && strcmp(unit, "ns") == 0) {
        units = times;
        nunits = sizeof times / sizeof times[0];
        step = 1000;
        full = 999.5; /* what would be printed as 1000 belongs to the next unit */
    } else if (unit != NULL && strcmp(unit, "bytes") == 0) {
        units = binary_units;
        nunits = BINARY_UNITS;
        step = 1024;
        full = 1023.5;
    }
    size_t at = 0;
    while (at + 1 < nunits && fabs(value) >= full) {
        value /= step;
        at++;
    }
    three_digits(out, cap, value, units != NULL ? units[at] : unit != NULL ? unit : "");
    return out;
}
