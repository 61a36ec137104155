/*
 * tp/bench/report_table.c - the results as text of at most 120 columns.
 */
#include "bench/report/report_table.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/report/report_grid.h"
#include "bench/report/report_text.h"

#define NARROW 120
#define INDENT 2

/* What a narrow table can do without, the least wanted first. */
static const tp_bench_column_t dispensable[] = {
    TP_BENCH_COLUMN_FIGURE + TP_BENCH_FIGURE_P90,
    TP_BENCH_COLUMN_FIGURE + TP_BENCH_FIGURE_CPU_NS,
    TP_BENCH_COLUMN_FIGURE + TP_BENCH_FIGURE_MEAN,
    TP_BENCH_COLUMN_FIGURE + TP_BENCH_FIGURE_FRAMES_PER_S,
    TP_BENCH_COLUMN_FIGURE + TP_BENCH_FIGURE_P999,
    TP_BENCH_COLUMN_FIGURE + TP_BENCH_FIGURE_FAULTS,
    TP_BENCH_COLUMN_FIGURE + TP_BENCH_FIGURE_MAX,
    TP_BENCH_COLUMN_RANGE,
    TP_BENCH_COLUMN_FLOOR,
    TP_BENCH_COLUMN_DETAIL,
};

typedef struct printer {
    FILE *to;
    bool has_color;
} printer_t;

/* Names and errors come from elsewhere: nothing in them may steer the terminal. */
static void put_text(const printer_t *p, const char *text)
{
    for (; *text != '\0'; text++) {
        const unsigned char c = (unsigned char)*text;
        fputc(c < 0x20 || c >= 0x7f ? '?' : c, p->to);
    }
}

static void put_styled(const printer_t *p, const char *sgr, const char *text)
{
    const bool is_styled = p->has_color && sgr != NULL;
    if (is_styled) {
        fprintf(p->to, "\033[%sm", sgr);
    }
    put_text(p, text);
    if (is_styled) {
        fputs("\033[0m", p->to);
    }
}

static void put_heading(const printer_t *p, const char *name, const char *help)
{
    fputc('\n', p->to);
    put_styled(p, "1", name);
    if (help[0] != '\0') {
        fputs(": ", p->to);
        put_text(p, help);
    }
    fputc('\n', p->to);
}

static void put_spaces(const printer_t *p, size_t count)
{
    fprintf(p->to, "%*s", (int)count, "");
}

/* ---- groups ---- */

static size_t column_width(const tp_bench_grid_t *grid, tp_bench_column_t column)
{
    char text[TP_BENCH_GRID_CELL];
    size_t width = strlen(tp_bench_column_title(column));
    for (int i = 0; i < grid->nrows; i++) {
        const size_t len = strlen(tp_bench_grid_cell(grid, i, column, text, sizeof text));
        width = len > width ? len : width;
    }
    return width;
}

static size_t grid_width(const tp_bench_grid_t *grid)
{
    size_t width = 0;
    for (int c = 0; c < grid->ncolumns; c++) {
        width += INDENT + column_width(grid, grid->columns[c]);
    }
    return width;
}

/* Widths are passed along: each is a walk over all rows. */
static void put_line(const printer_t *p, const tp_bench_grid_t *grid, const size_t *widths, int row,
                     const char *sgr)
{
    char text[TP_BENCH_GRID_CELL];
    size_t owed = 0; /* blanks that are only printed if something follows them */
    for (int c = 0; c < grid->ncolumns; c++) {
        const tp_bench_column_t column = grid->columns[c];
        if (row < 0) {
            snprintf(text, sizeof text, "%s", tp_bench_column_title(column));
        } else {
            tp_bench_grid_cell(grid, row, column, text, sizeof text);
        }
        const size_t len = strlen(text);
        const size_t rest = widths[c] > len ? widths[c] - len : 0;
        const bool is_left = tp_bench_column_is_text(column);
        owed += INDENT + (is_left ? 0 : rest);
        if (len > 0) {
            put_spaces(p, owed);
            put_styled(p, sgr, text);
            owed = 0;
        }
        owed += is_left ? rest : 0;
    }
    fputc('\n', p->to);
}

static void put_notes(const printer_t *p, const tp_bench_grid_t *grid)
{
    for (int i = 0; i < grid->nnotes; i++) {
        fprintf(p->to, "  (%d) ", i + 1);
        put_text(p, grid->notes[i]);
        fputc('\n', p->to);
    }
}

static void put_group(const printer_t *p, tp_bench_grid_t *grid, tp_bench_group_t group, bool wide)
{
    put_heading(p, tp_bench_group_name(group), tp_bench_group_help(group));
    if (grid->intro[0] != '\0') {
        fputs("  (", p->to);
        put_text(p, grid->intro);
        fputs(")\n", p->to);
    }
    for (size_t i = 0; !wide && i < sizeof dispensable / sizeof dispensable[0]; i++) {
        if (grid_width(grid) <= NARROW) {
            break;
        }
        tp_bench_grid_drop(grid, dispensable[i]);
    }
    size_t widths[TP_BENCH_COLUMNS];
    for (int c = 0; c < grid->ncolumns; c++) {
        widths[c] = column_width(grid, grid->columns[c]);
    }
    put_line(p, grid, widths, -1, "2");
    for (int i = 0; i < grid->nrows; i++) {
        const tp_bench_row_t *row = &grid->results->rows[grid->rows[i]];
        if (i > 0 && row->size != grid->results->rows[grid->rows[i - 1]].size && grid->nrows > 8) {
            fputc('\n', p->to);
        }
        put_line(p, grid, widths, i, strcmp(row->subject, "tensorpool") == 0 ? "1" : NULL);
    }
    put_notes(p, grid);
}

/* ---- targets, machine, warnings ---- */

static void put_target(const printer_t *p, const tp_bench_results_t *results,
                       const tp_bench_target_t *target)
{
    char value[48], min[48], max[48], range[100], limit[64], base[160];
    tp_bench_spread_t spread;
    const tp_bench_verdict_t verdict = tp_bench_judge(results, target, &spread);
    tp_bench_target_value_text(value, sizeof value, results, target, spread.median);
    range[0] = '\0';
    if (spread.count > 1) {
        snprintf(range, sizeof range, "[%s..%s]",
                 tp_bench_target_value_text(min, sizeof min, results, target, spread.min),
                 tp_bench_target_value_text(max, sizeof max, results, target, spread.max));
    }
    tp_bench_target_limit_text(limit, sizeof limit, results, target);
    tp_bench_target_base_text(base, sizeof base, results, target);
    const char *name = tp_bench_verdict_name(verdict);
    fputs("  ", p->to);
    put_styled(p,
               verdict == TP_BENCH_MET      ? "32"
               : verdict == TP_BENCH_MISSED ? "1;31"
                                            : NULL,
               name);
    fprintf(p->to, "%*s  %9s  %-22s  %-11s  ", (int)(12 - strlen(name)), "", value, range, limit);
    put_text(p, target->text);
    if (base[0] != '\0') {
        fputs(" (to ", p->to);
        put_text(p, base);
        fputc(')', p->to);
    }
    fputc('\n', p->to);
}

static void put_targets(const printer_t *p, const tp_bench_results_t *results, bool wide)
{
    unsigned counts[TP_BENCH_UNKNOWN + 1] = { 0 };
    for (int i = 0; i < results->ntargets; i++) {
        counts[tp_bench_judge(results, &results->targets[i], NULL)]++;
    }
    char summary[120];
    snprintf(summary, sizeof summary, "%u met, %u missed, %u not measured", counts[TP_BENCH_MET],
             counts[TP_BENCH_MISSED], counts[TP_BENCH_UNKNOWN]);
    put_heading(p, "targets", summary);
    for (int i = 0; i < results->ntargets; i++) {
        /* A run of a few rows leaves most of them open: the count above says so. */
        const int row = results->targets[i].row;
        const bool has_failed = row >= 0 && row < results->nrows && results->rows[row].nsamples > 0;
        if (wide || has_failed ||
            tp_bench_judge(results, &results->targets[i], NULL) != TP_BENCH_UNKNOWN) {
            put_target(p, results, &results->targets[i]);
        }
    }
}

static void put_machine(const printer_t *p, const tp_bench_results_t *results)
{
    const char *name;
    char text[300];
    put_heading(p, "machine", "");
    for (int i = 0; tp_bench_machine_line(&results->machine, i, &name, text, sizeof text); i++) {
        fprintf(p->to, "  %-20s  ", name);
        put_text(p, text);
        fputc('\n', p->to);
    }
}

void tp_bench_print_table(FILE *to, const tp_bench_results_t *results, bool wide)
{
    const char *no_color = getenv("NO_COLOR");
    const printer_t printer = {
        .to = to,
        .has_color = isatty(fileno(to)) && (no_color == NULL || no_color[0] == '\0'),
    };
    const printer_t *p = &printer;
    put_styled(p, "1", "tp bench");
    fputc(' ', to);
    put_text(p, results->version);
    fprintf(to, ", %s, %u rounds in %.0f s; figures are medians over the rounds\n",
            results->started, results->rounds, results->seconds);
    fprintf(
        to,
        "before it counts a row runs for two laps of its ring and %.0f ms; then it counts for %.0f "
        "ms, at slow rates for 25 frames\n",
        results->warm_ns / 1e6, results->measure_ns / 1e6);

    tp_bench_grid_t *grid = malloc(sizeof *grid);
    for (int group = 0; group < TP_BENCH_GROUPS && grid != NULL; group++) {
        tp_bench_grid_fill(grid, results, (tp_bench_group_t)group);
        if (grid->nrows > 0) {
            put_group(p, grid, (tp_bench_group_t)group, wide);
        }
    }
    if (grid == NULL) {
        fputs("(out of memory: no rows)\n", to);
    }
    free(grid);
    if (results->ntargets > 0) {
        put_targets(p, results, wide);
    }
    put_machine(p, results);
    if (results->nwarnings > 0) {
        put_heading(p, "warnings", "");
    }
    for (int i = 0; i < results->nwarnings; i++) {
        fputs("  ! ", to);
        put_text(p, results->warnings[i]);
        fputc('\n', to);
    }
}
