/*
 * tp/bench/report_plots.c - from rows to plots.
 *
 * What a plot shows is a slice of the group: the rows that agree in all but the x axis (size, consumers, streams).
 */
#include "bench/report/report_plots.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/report_text.h"

#define MAX_SERIES 32
#define MAX_ROWS_OF_PLOT 40
#define MAX_PLOTS 24
#define MAIN_SUBJECT "tensorpool"

/* ---- colours ---- */

static bool is_same_series(const tp_bench_row_t *a, const tp_bench_row_t *b)
{
    return strcmp(a->subject, b->subject) == 0 && strcmp(a->detail, b->detail) == 0;
}

/* Has an earlier row the same subject (and detail)? */
static bool is_first(const tp_bench_results_t *results, int row, bool with_detail)
{
    for (int i = 0; i < row; i++) {
        const tp_bench_row_t *earlier = &results->rows[i];
        if (strcmp(earlier->subject, results->rows[row].subject) == 0 &&
            (!with_detail || strcmp(earlier->detail, results->rows[row].detail) == 0)) {
            return false;
        }
    }
    return true;
}

tp_svg_style_t tp_bench_style(const tp_bench_results_t *results, const tp_bench_row_t *row)
{
    tp_svg_style_t style = { .is_main = strcmp(row->subject, MAIN_SUBJECT) == 0 };
    int others = 0;
    for (int i = 0; i < results->nrows; i++) {
        const tp_bench_row_t *other = &results->rows[i];
        if (strcmp(other->subject, row->subject) == 0) {
            break;
        }
        others += strcmp(other->subject, MAIN_SUBJECT) != 0 && is_first(results, i, false);
    }
    style.color = style.is_main ? 0 : 1 + others % (TP_SVG_COLORS - 1);
    /* Variants of a subject within the group. */
    for (int i = 0; i < results->nrows; i++) {
        const tp_bench_row_t *other = &results->rows[i];
        if (is_same_series(other, row)) {
            break;
        }
        if (other->group == row->group && strcmp(other->subject, row->subject) == 0 &&
            is_first(results, i, true)) {
            style.dash++;
        }
    }
    return style;
}

/* ---- slices ---- */

typedef enum axis { BY_SIZE, BY_CONSUMERS, BY_STREAMS, AXES } axis_t;

static double axis_value(const tp_bench_row_t *row, axis_t axis)
{
    return axis == BY_SIZE        ? (double)row->size
           : axis == BY_CONSUMERS ? (double)row->consumers
                                  : (double)row->streams;
}

static bool is_same_slice(const tp_bench_row_t *a, const tp_bench_row_t *b, axis_t axis)
{
    for (int other = 0; other < AXES; other++) {
        if (other != (int)axis && axis_value(a, (axis_t)other) != axis_value(b, (axis_t)other)) {
            return false;
        }
    }
    return a->rate_hz == b->rate_hz;
}

static const tp_bench_row_t *row_of(const tp_bench_grid_t *grid, int at)
{
    return &grid->results->rows[grid->rows[at]];
}

static tp_svg_value_t value_of(const tp_bench_row_t *row, tp_bench_figure_t figure)
{
    tp_bench_spread_t spread = tp_bench_figure(row, figure);
    if (figure == TP_BENCH_FIGURE_BYTES_PER_S) {
        spread.median /= 1e9;
        spread.min /= 1e9;
        spread.max /= 1e9;
    }
    return (tp_svg_value_t){ spread.median, spread.min, spread.max };
}

static void name_series(tp_svg_series_t *series, const tp_bench_row_t *row)
{
    snprintf(series->name, sizeof series->name, "%s%s%s", row->subject,
             row->detail[0] != '\0' ? ", " : "", row->detail);
}

/* What the rows of a slice have in common, as far as it is not plain: "64 B", "8 consumers". */
static void slice_text(char *out, size_t cap, const tp_bench_row_t *row, axis_t axis)
{
    char size[32];
    out[0] = '\0';
    if (axis != BY_SIZE && row->size != 0) {
        snprintf(out, cap, ", %s", tp_bench_size_text(size, sizeof size, row->size));
    }
    if (axis != BY_CONSUMERS && row->consumers > 1) {
        const size_t len = strlen(out);
        snprintf(out + len, cap - len, ", %u consumers", row->consumers);
    }
    if (axis != BY_STREAMS && row->streams > 1) {
        const size_t len = strlen(out);
        snprintf(out + len, cap - len, ", %u streams", row->streams);
    }
}

typedef struct plotter {
    FILE *to;
    const tp_bench_grid_t *grid;
    tp_svg_series_t series[MAX_SERIES];
    tp_svg_row_t rows[MAX_ROWS_OF_PLOT];
    int nplots;
    bool is_cut; /* there would have been more than MAX_PLOTS */
} plotter_t;

/* Room for another plot? If not, the report says so. */
static bool has_room(plotter_t *plotter)
{
    plotter->is_cut |= plotter->nplots >= MAX_PLOTS;
    return plotter->nplots < MAX_PLOTS;
}

static tp_svg_series_t *find_series(plotter_t *plotter, int *nseries, const tp_bench_row_t *row)
{
    char name[sizeof plotter->series[0].name];
    tp_svg_series_t wanted;
    name_series(&wanted, row);
    memcpy(name, wanted.name, sizeof name);
    for (int i = 0; i < *nseries; i++) {
        if (strcmp(plotter->series[i].name, name) == 0) {
            return &plotter->series[i];
        }
    }
    if (*nseries == MAX_SERIES) {
        return NULL;
    }
    tp_svg_series_t *series = &plotter->series[(*nseries)++];
    memset(series, 0, sizeof *series);
    memcpy(series->name, name, sizeof name);
    series->style = tp_bench_style(plotter->grid->results, row);
    return series;
}

/* One figure of a slice against its axis. Rows come in ascending order of the axis from the grid. */
static void plot_slice(plotter_t *plotter, const tp_bench_row_t *member, axis_t axis,
                       tp_bench_figure_t figure)
{
    static const char *const labels[AXES] = { "payload bytes", "consumers", "streams" };
    int nseries = 0;
    const tp_bench_grid_t *grid = plotter->grid;
    for (int i = 0; i < grid->nrows; i++) {
        const tp_bench_row_t *row = row_of(grid, i);
        if (!is_same_slice(row, member, axis)) {
            continue;
        }
        const tp_svg_value_t value = value_of(row, figure);
        tp_svg_series_t *series =
            isfinite(value.value) ? find_series(plotter, &nseries, row) : NULL;
        if (series != NULL && series->npoints < TP_SVG_MAX_POINTS) {
            series->x[series->npoints] = axis_value(row, axis);
            series->y[series->npoints++] = value;
        }
    }
    int kept = 0;
    for (int s = 0; s < nseries; s++) {
        const bool is_alone = plotter->series[s].npoints == 1;
        if (is_alone && axis != BY_SIZE) {
            continue; /* it was not measured along this axis */
        }
        /* A floor of one size is the line that the others are held against. */
        plotter->series[s].is_reference = is_alone;
        if (kept != s) {
            plotter->series[kept] = plotter->series[s];
        }
        kept++;
    }
    nseries = kept;
    char slice[100], title[160];
    slice_text(slice, sizeof slice, member, axis);
    const bool is_time = figure <= TP_BENCH_FIGURE_MEAN;
    snprintf(title, sizeof title, "%s%s", tp_bench_figure_title(figure), slice);
    tp_svg_lines(plotter->to,
                 &(tp_svg_lines_t){
                     .title = title,
                     .x_label = labels[axis],
                     .y_label = is_time ? "log scale" : "",
                     .x_is_log = true,
                     .y_is_log = is_time,
                     .x_tick = axis == BY_SIZE ? tp_svg_tick_bytes : tp_svg_tick_number,
                     .y_tick = is_time ? tp_svg_tick_ns : tp_svg_tick_number,
                     .series = plotter->series,
                     .nseries = nseries,
                 });
    plotter->nplots++;
}

/* Does the slice have two values on its axis? */
static bool is_worth_lines(const tp_bench_grid_t *grid, const tp_bench_row_t *member, axis_t axis)
{
    for (int i = 0; i < grid->nrows; i++) {
        const tp_bench_row_t *row = row_of(grid, i);
        if (is_same_slice(row, member, axis) && axis_value(row, axis) != axis_value(member, axis)) {
            return true;
        }
    }
    return false;
}

static bool is_first_of_slice(const tp_bench_grid_t *grid, int at, axis_t axis)
{
    for (int i = 0; i < at; i++) {
        if (is_same_slice(row_of(grid, i), row_of(grid, at), axis)) {
            return false;
        }
    }
    return true;
}

static void plot_slices(plotter_t *plotter, axis_t axis, const tp_bench_figure_t *figures,
                        int nfigures)
{
    const tp_bench_grid_t *grid = plotter->grid;
    for (int i = 0; i < grid->nrows; i++) {
        if (!is_first_of_slice(grid, i, axis) || !is_worth_lines(grid, row_of(grid, i), axis)) {
            continue;
        }
        for (int f = 0; f < nfigures && has_room(plotter); f++) {
            plot_slice(plotter, row_of(grid, i), axis, figures[f]);
        }
    }
}

/* ---- percentiles ---- */

/* All of one cell (size, consumers, streams, rate): how the tail of each subject rises. */
static void plot_percentiles(plotter_t *plotter, const tp_bench_row_t *member)
{
    static const char *const names[] = { "p50", "p90", "p99", "p99.9", "max" };
    static const tp_bench_figure_t figures[] = { TP_BENCH_FIGURE_P50, TP_BENCH_FIGURE_P90,
                                                 TP_BENCH_FIGURE_P99, TP_BENCH_FIGURE_P999,
                                                 TP_BENCH_FIGURE_MAX };
    int nseries = 0;
    for (int i = 0; i < plotter->grid->nrows; i++) {
        const tp_bench_row_t *row = row_of(plotter->grid, i);
        if (row->size != member->size || !is_same_slice(row, member, BY_SIZE)) {
            continue;
        }
        tp_svg_series_t *series = find_series(plotter, &nseries, row);
        for (int f = 0; series != NULL && f < 5 && series->npoints < 5; f++) {
            series->x[series->npoints] = f;
            series->y[series->npoints++] = value_of(row, figures[f]);
        }
    }
    char size[32], title[100], slice[64];
    slice_text(slice, sizeof slice, member, BY_SIZE);
    snprintf(title, sizeof title, "percentiles, %s%s",
             tp_bench_size_text(size, sizeof size, member->size), slice);
    tp_svg_lines(plotter->to, &(tp_svg_lines_t){
                                  .title = title,
                                  .x_label = "percentile of the frames of a round",
                                  .y_label = "log scale",
                                  .y_is_log = true,
                                  .y_tick = tp_svg_tick_ns,
                                  .x_names = names,
                                  .nx_names = 5,
                                  .series = plotter->series,
                                  .nseries = nseries,
                              });
    plotter->nplots++;
}

/* The smallest and the largest size of one consumer's slice. */
static void plot_tails(plotter_t *plotter)
{
    const tp_bench_grid_t *grid = plotter->grid;
    const tp_bench_row_t *first = NULL, *last = NULL;
    for (int i = 0; i < grid->nrows; i++) {
        const tp_bench_row_t *row = row_of(grid, i);
        if (row->consumers <= 1 && row->streams <= 1 &&
            tp_bench_figure(row, TP_BENCH_FIGURE_P99).count > 0) {
            first = first == NULL ? row : first;
            last = row;
        }
    }
    if (first != NULL) {
        plot_percentiles(plotter, first);
    }
    if (last != NULL && last->size != first->size) {
        plot_percentiles(plotter, last);
    }
}

/* ---- rows ---- */

/* The figure that stands for a row which has no axis to be drawn against. */
static tp_bench_figure_t main_figure(const tp_bench_row_t *row)
{
    static const tp_bench_figure_t candidates[] = {
        TP_BENCH_FIGURE_P50,          TP_BENCH_FIGURE_MEAN,   TP_BENCH_FIGURE_BYTES_PER_S,
        TP_BENCH_FIGURE_FRAMES_PER_S, TP_BENCH_FIGURE_CPU_NS, TP_BENCH_FIGURE_MAX,
    };
    for (size_t i = 0; i < sizeof candidates / sizeof candidates[0]; i++) {
        if (tp_bench_figure(row, candidates[i]).count > 0) {
            return candidates[i];
        }
    }
    return TP_BENCH_FIGURES;
}

static const char *unit_of(const tp_bench_row_t *row, tp_bench_figure_t figure)
{
    return figure == TP_BENCH_FIGURE_BYTES_PER_S    ? "GB/s"
           : figure == TP_BENCH_FIGURE_FRAMES_PER_S ? "frames/s"
           : figure == TP_BENCH_FIGURE_CPU_NS       ? "ns"
           : row->unit != NULL                      ? row->unit
                                                    : "";
}

static tp_svg_tick_fn_t tick_of(const char *unit)
{
    return strcmp(unit, "ns") == 0      ? tp_svg_tick_ns
           : strcmp(unit, "bytes") == 0 ? tp_svg_tick_bytes
                                        : tp_svg_tick_number;
}

static void fill_row(tp_svg_row_t *out, const tp_bench_results_t *results,
                     const tp_bench_row_t *row, tp_bench_figure_t figure)
{
    char value[48], ratio[32], floor[96];
    memset(out, 0, sizeof *out);
    out->style = tp_bench_style(results, row);
    out->style.dash = 0;
    tp_bench_row_text(out->label, sizeof out->label, row, NULL);
    tp_bench_figure_text(value, sizeof value, row, figure, tp_bench_figure(row, figure).median);
    const tp_bench_spread_t to_floor = tp_bench_floor_ratio(results, row);
    if (to_floor.count > 0) {
        snprintf(out->text, sizeof out->text, "%s, %s %s", value,
                 tp_bench_ratio_text(ratio, sizeof ratio, to_floor.median),
                 tp_bench_row_text(floor, sizeof floor, &results->rows[row->floor], row));
    } else {
        snprintf(out->text, sizeof out->text, "%s", value);
    }
    for (int v = 0; v < TP_SVG_MAX_VALUES; v++) {
        out->values[v] = (tp_svg_value_t){ NAN, NAN, NAN };
    }
}

/* Rows of one figure and unit, from `from` on, as bars; dots when the largest would hide the smallest. */
static void plot_bars(plotter_t *plotter, int from)
{
    const tp_bench_grid_t *grid = plotter->grid;
    const tp_bench_figure_t figure = main_figure(row_of(grid, from));
    const char *unit = unit_of(row_of(grid, from), figure);
    double smallest = INFINITY, largest = 0;
    int nrows = 0;
    for (int i = from; i < grid->nrows && nrows < MAX_ROWS_OF_PLOT; i++) {
        const tp_bench_row_t *row = row_of(grid, i);
        if (main_figure(row) != figure || strcmp(unit_of(row, figure), unit) != 0) {
            continue;
        }
        tp_svg_row_t *out = &plotter->rows[nrows++];
        fill_row(out, grid->results, row, figure);
        out->values[0] = value_of(row, figure);
        smallest = fmin(smallest, out->values[0].value);
        largest = fmax(largest, out->values[0].value);
    }
    const bool is_log = smallest > 0 && largest / smallest > 50;
    tp_svg_rows(plotter->to, &(tp_svg_rows_t){ .title = strcmp(unit, "bytes") == 0
                                                            ? "bytes"
                                                            : tp_bench_figure_title(figure),
                                               .x_label = is_log ? "log scale" : "",
                                               .is_log = is_log,
                                               .tick = tick_of(unit),
                                               .nvalues = 1,
                                               .rows = plotter->rows,
                                               .nrows = nrows });
    plotter->nplots++;
}

static void plot_all_bars(plotter_t *plotter)
{
    const tp_bench_grid_t *grid = plotter->grid;
    for (int i = 0; i < grid->nrows; i++) {
        const tp_bench_row_t *row = row_of(grid, i);
        const tp_bench_figure_t figure = main_figure(row);
        bool is_new = figure != TP_BENCH_FIGURES;
        for (int k = 0; k < i && is_new; k++) {
            is_new = main_figure(row_of(grid, k)) != figure ||
                     strcmp(unit_of(row_of(grid, k), figure), unit_of(row, figure)) != 0;
        }
        if (is_new && has_room(plotter)) {
            plot_bars(plotter, i);
        }
    }
}

/* A plot for each rate and size: p50, p99 and p99.9 of each subject. */
static void plot_rates(plotter_t *plotter)
{
    static const char *const names[] = { "p50", "p99", "p99.9" };
    static const tp_bench_figure_t figures[] = { TP_BENCH_FIGURE_P50, TP_BENCH_FIGURE_P99,
                                                 TP_BENCH_FIGURE_P999 };
    const tp_bench_grid_t *grid = plotter->grid;
    for (int i = 0; i < grid->nrows; i++) {
        const tp_bench_row_t *member = row_of(grid, i);
        bool is_new = true;
        for (int k = 0; k < i; k++) {
            is_new = is_new && !(row_of(grid, k)->size == member->size &&
                                 is_same_slice(row_of(grid, k), member, BY_SIZE));
        }
        int nrows = 0;
        for (int k = i; is_new && k < grid->nrows && nrows < MAX_ROWS_OF_PLOT; k++) {
            const tp_bench_row_t *row = row_of(grid, k);
            if (row->size != member->size || !is_same_slice(row, member, BY_SIZE)) {
                continue;
            }
            tp_svg_row_t *out = &plotter->rows[nrows++];
            fill_row(out, grid->results, row, row->floor_figure);
            tp_bench_row_text(out->label, sizeof out->label, row, member);
            for (int v = 0; v < 3; v++) {
                out->values[v] = value_of(row, figures[v]);
            }
            char value[48];
            const tp_bench_spread_t ratio = tp_bench_floor_ratio(grid->results, row);
            const tp_bench_figure_t shown =
                ratio.count > 0 ? row->floor_figure : TP_BENCH_FIGURE_P99;
            char ratio_text[32];
            snprintf(out->text, sizeof out->text, "%s %s%s%s", tp_bench_figure_title(shown),
                     tp_bench_figure_text(value, sizeof value, row, shown,
                                          tp_bench_figure(row, shown).median),
                     ratio.count > 0 ? ", " : "",
                     ratio.count > 0
                         ? tp_bench_ratio_text(ratio_text, sizeof ratio_text, ratio.median)
                         : "");
        }
        if (nrows == 0 || !has_room(plotter)) {
            continue;
        }
        char title[100], rate[32], size[32];
        snprintf(title, sizeof title, "%s, %s",
                 tp_bench_rate_text(rate, sizeof rate, member->rate_hz),
                 tp_bench_size_text(size, sizeof size, member->size));
        tp_svg_rows(plotter->to, &(tp_svg_rows_t){ .title = title,
                                                   .x_label = "log scale",
                                                   .is_log = true,
                                                   .tick = tp_svg_tick_ns,
                                                   .value_names = names,
                                                   .nvalues = 3,
                                                   .rows = plotter->rows,
                                                   .nrows = nrows });
        plotter->nplots++;
    }
}

int tp_bench_print_plots(FILE *to, const tp_bench_grid_t *grid, tp_bench_group_t group)
{
    static const tp_bench_figure_t times[] = { TP_BENCH_FIGURE_P50, TP_BENCH_FIGURE_P99 };
    static const tp_bench_figure_t rates[] = { TP_BENCH_FIGURE_BYTES_PER_S };
    plotter_t *plotter = calloc(1, sizeof *plotter);
    if (plotter == NULL) {
        return -1;
    }
    plotter->to = to;
    plotter->grid = grid;
    switch (group) {
    case TP_BENCH_HANDOFF:
        for (int axis = 0; axis < AXES; axis++) {
            plot_slices(plotter, (axis_t)axis, times, axis == BY_SIZE ? 2 : 1);
        }
        plot_tails(plotter);
        break;
    case TP_BENCH_TRANSFER:
    case TP_BENCH_COPY:
        for (int axis = 0; axis < AXES; axis++) {
            plot_slices(plotter, (axis_t)axis, rates, 1);
        }
        break;
    case TP_BENCH_RATE:
        plot_rates(plotter);
        break;
    default:
        break;
    }
    if (plotter->nplots == 0) {
        plot_all_bars(plotter);
    }
    if (plotter->is_cut) {
        fputs("<p class=\"quiet\">Further plots are left out; the table has every row.</p>\n", to);
    }
    free(plotter);
    return 0;
}
