/*
 * tp/bench/report_grid.c - order of rows, choice of columns, texts of cells.
 */
#include "bench/report/report_grid.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/report_text.h"

bool tp_bench_is_floor(const tp_bench_results_t *results, int row)
{
    for (int i = 0; i < results->nrows; i++) {
        if (results->rows[i].floor == row) {
            return true;
        }
    }
    return false;
}

/* ---- rows ---- */

static int compare(double a, double b)
{
    return (a > b) - (a < b);
}

/* Floors first, then as the rows were added: subject after subject. */
static int compare_rows(const tp_bench_results_t *results, int a, int b)
{
    const tp_bench_row_t *left = &results->rows[a], *right = &results->rows[b];
    int order = compare((double)left->size, (double)right->size);
    if (order == 0) {
        /* The fastest rate last. */
        order = compare(left->rate_hz > 0 ? left->rate_hz : HUGE_VAL,
                        right->rate_hz > 0 ? right->rate_hz : HUGE_VAL);
    }
    if (order == 0) {
        order = compare(left->consumers, right->consumers);
    }
    if (order == 0) {
        order = compare(left->streams, right->streams);
    }
    if (order == 0) {
        order = (int)tp_bench_is_floor(results, b) - (int)tp_bench_is_floor(results, a);
    }
    return order != 0 ? order : a - b;
}

static void order_rows(tp_bench_grid_t *grid, tp_bench_group_t group)
{
    for (int i = 0; i < grid->results->nrows; i++) {
        if (grid->results->rows[i].group != group) {
            continue;
        }
        int at = grid->nrows++;
        for (; at > 0 && compare_rows(grid->results, i, grid->rows[at - 1]) < 0; at--) {
            grid->rows[at] = grid->rows[at - 1];
        }
        grid->rows[at] = i;
    }
}

/* ---- notes ---- */

static int note_number(const tp_bench_grid_t *grid, const char *text)
{
    for (int i = 0; i < grid->nnotes; i++) {
        if (strncmp(grid->notes[i], text, sizeof grid->notes[i] - 1) == 0) {
            return i + 1;
        }
    }
    return 0;
}

static unsigned rounds_of(const tp_bench_row_t *row)
{
    unsigned rounds = 0;
    for (unsigned i = 0; i < row->nsamples && i < TP_BENCH_MAX_ROUNDS; i++) {
        bool has_any = false;
        for (int f = 0; f < TP_BENCH_FIGURES; f++) {
            has_any |= isfinite(row->samples[i].figures[f]) != 0;
        }
        rounds += has_any;
    }
    return rounds;
}

enum { NOTE_OF_ROW, NOTE_OF_ROUNDS, NOTE_KINDS };

/* What there is to say about a row; "" if nothing. */
static void note_text(const tp_bench_results_t *results, const tp_bench_row_t *row, int kind,
                      char *out, size_t cap)
{
    const unsigned rounds = rounds_of(row);
    out[0] = '\0';
    if (kind == NOTE_OF_ROW) {
        snprintf(out, cap, "%s", row->note != NULL ? row->note : "");
    } else if (rounds == 0) {
        snprintf(out, cap, "not measured%s%s", row->failure[0] != '\0' ? ": " : "", row->failure);
    } else if (rounds < results->rounds || row->failure[0] != '\0') {
        snprintf(out, cap, "measured in %u of %u rounds%s%s", rounds, results->rounds,
                 row->failure[0] != '\0' ? ": " : "", row->failure);
    }
}

static void collect_notes(tp_bench_grid_t *grid)
{
    char text[sizeof grid->notes[0]];
    for (int i = 0; i < grid->nrows; i++) {
        for (int kind = 0; kind < NOTE_KINDS; kind++) {
            note_text(grid->results, &grid->results->rows[grid->rows[i]], kind, text, sizeof text);
            if (text[0] == '\0' || note_number(grid, text) != 0) {
                continue;
            }
            if (grid->nnotes == TP_BENCH_GRID_NOTES) {
                snprintf(grid->notes[grid->nnotes - 1], sizeof grid->notes[0],
                         "further notes are left out here; --json has all of them");
                return;
            }
            memcpy(grid->notes[grid->nnotes++], text, sizeof text);
        }
    }
}

/* ---- cells ---- */

bool tp_bench_column_is_text(tp_bench_column_t column)
{
    return column == TP_BENCH_COLUMN_SUBJECT || column == TP_BENCH_COLUMN_DETAIL ||
           column == TP_BENCH_COLUMN_RANGE || column == TP_BENCH_COLUMN_FLOOR ||
           column == TP_BENCH_COLUMN_NOTES;
}

const char *tp_bench_column_title(tp_bench_column_t column)
{
    switch (column) {
    case TP_BENCH_COLUMN_SUBJECT:
        return "subject";
    case TP_BENCH_COLUMN_DETAIL:
        return "detail";
    case TP_BENCH_COLUMN_SIZE:
        return "size";
    case TP_BENCH_COLUMN_CONSUMERS:
        return "consumers";
    case TP_BENCH_COLUMN_STREAMS:
        return "streams";
    case TP_BENCH_COLUMN_RATE:
        return "rate";
    case TP_BENCH_COLUMN_RATIO:
        return "ratio";
    case TP_BENCH_COLUMN_RANGE:
        return "min..max";
    case TP_BENCH_COLUMN_FLOOR:
        return "to";
    case TP_BENCH_COLUMN_LOST:
        return "lost";
    case TP_BENCH_COLUMN_TORN:
        return "torn";
    case TP_BENCH_COLUMN_NOTES:
        return "";
    default:
        return tp_bench_figure_title((tp_bench_figure_t)(column - TP_BENCH_COLUMN_FIGURE));
    }
}

static const tp_bench_row_t *floor_of(const tp_bench_grid_t *grid, const tp_bench_row_t *row)
{
    return row->floor >= 0 && row->floor < grid->results->nrows ? &grid->results->rows[row->floor]
                                                                : NULL;
}

static void counted(char *out, size_t cap, unsigned count)
{
    if (count == 0) {
        snprintf(out, cap, "-");
    } else {
        snprintf(out, cap, "%u", count);
    }
}

static void marks(const tp_bench_grid_t *grid, const tp_bench_row_t *row, char *out, size_t cap)
{
    char text[sizeof grid->notes[0]];
    out[0] = '\0';
    for (int kind = 0; kind < NOTE_KINDS; kind++) {
        note_text(grid->results, row, kind, text, sizeof text);
        const int number = text[0] != '\0' ? note_number(grid, text) : 0;
        const size_t len = strlen(out);
        if (number != 0) {
            snprintf(out + len, cap - len, "%s(%d)", len > 0 ? " " : "", number);
        }
    }
}

static void lost_or_torn(const tp_bench_row_t *row, bool lost, char *out, size_t cap)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < row->nsamples && i < TP_BENCH_MAX_ROUNDS; i++) {
        sum += lost ? row->samples[i].lost : row->samples[i].torn;
    }
    snprintf(out, cap, "%llu", (unsigned long long)sum);
}

const char *tp_bench_grid_cell(const tp_bench_grid_t *grid, int at, tp_bench_column_t column,
                               char *out, size_t cap)
{
    const tp_bench_row_t *row = &grid->results->rows[grid->rows[at]];
    const tp_bench_row_t *floor = floor_of(grid, row);
    switch (column) {
    case TP_BENCH_COLUMN_SUBJECT:
        snprintf(out, cap, "%s", row->subject);
        break;
    case TP_BENCH_COLUMN_DETAIL:
        snprintf(out, cap, "%s", row->detail);
        break;
    case TP_BENCH_COLUMN_SIZE:
        if (row->size == 0) {
            snprintf(out, cap, "-");
        } else {
            tp_bench_size_text(out, cap, row->size);
        }
        break;
    case TP_BENCH_COLUMN_CONSUMERS:
        counted(out, cap, row->consumers);
        break;
    case TP_BENCH_COLUMN_STREAMS:
        counted(out, cap, row->streams);
        break;
    case TP_BENCH_COLUMN_RATE:
        tp_bench_rate_text(out, cap, row->rate_hz);
        break;
    case TP_BENCH_COLUMN_RATIO:
        if (floor == NULL) {
            snprintf(out, cap, "%s",
                     tp_bench_is_floor(grid->results, grid->rows[at]) ? "floor" : "-");
        } else {
            tp_bench_ratio_text(out, cap, tp_bench_floor_ratio(grid->results, row).median);
        }
        break;
    case TP_BENCH_COLUMN_RANGE:
        tp_bench_ratio_range_text(out, cap, tp_bench_floor_ratio(grid->results, row));
        break;
    case TP_BENCH_COLUMN_FLOOR:
        if (floor == NULL) {
            snprintf(out, cap, "%s", "");
        } else {
            tp_bench_row_text(out, cap, floor, row);
        }
        break;
    case TP_BENCH_COLUMN_LOST:
    case TP_BENCH_COLUMN_TORN:
        lost_or_torn(row, column == TP_BENCH_COLUMN_LOST, out, cap);
        break;
    case TP_BENCH_COLUMN_NOTES:
        marks(grid, row, out, cap);
        break;
    default: {
        const tp_bench_figure_t figure = (tp_bench_figure_t)(column - TP_BENCH_COLUMN_FIGURE);
        tp_bench_figure_text(out, cap, row, figure, tp_bench_figure(row, figure).median);
        break;
    }
    }
    return out;
}

/* ---- columns ---- */

typedef enum { ALL_EMPTY, ALL_ALIKE, VARIED } variety_t;

/* How much the cells of a column differ; `out` gets the text of the first that says something. */
static variety_t variety(const tp_bench_grid_t *grid, tp_bench_column_t column, char *out,
                         size_t cap)
{
    char text[TP_BENCH_GRID_CELL];
    variety_t found = ALL_EMPTY;
    bool has_empty = false;
    out[0] = '\0';
    for (int i = 0; i < grid->nrows; i++) {
        tp_bench_grid_cell(grid, i, column, text, sizeof text);
        if (text[0] == '\0' || strcmp(text, "-") == 0 || strcmp(text, "0") == 0) {
            has_empty = true;
        } else if (found == ALL_EMPTY) {
            snprintf(out, cap, "%s", text);
            found = ALL_ALIKE;
        } else if (strcmp(text, out) != 0) {
            return VARIED;
        }
    }
    return found == ALL_ALIKE && has_empty ? VARIED : found;
}

static void add_intro(tp_bench_grid_t *grid, tp_bench_column_t column, const char *value)
{
    const size_t len = strlen(grid->intro);
    char *out = grid->intro + len;
    const size_t cap = sizeof grid->intro - len;
    const char *separator = len > 0 ? "; " : "";
    switch (column) {
    case TP_BENCH_COLUMN_CONSUMERS:
    case TP_BENCH_COLUMN_STREAMS:
        /* Their titles are plurals. */
        snprintf(out, cap, "%s%s %.*s", separator, value,
                 (int)strlen(tp_bench_column_title(column)) - (strcmp(value, "1") == 0),
                 tp_bench_column_title(column));
        break;
    case TP_BENCH_COLUMN_FLOOR:
        snprintf(out, cap, "%sratios are to %s", separator, value);
        break;
    default:
        snprintf(out, cap, "%s%s: %s", separator, tp_bench_column_title(column), value);
        break;
    }
}

/* Has any row of the group this figure? A fault count of 0 is a figure worth its column. */
static bool has_figure(const tp_bench_grid_t *grid, tp_bench_figure_t figure)
{
    for (int i = 0; i < grid->nrows; i++) {
        if (tp_bench_figure(&grid->results->rows[grid->rows[i]], figure).count > 0) {
            return true;
        }
    }
    return false;
}

/* The floor of every row that has one, if they all have the same. */
static bool one_floor(const tp_bench_grid_t *grid, char *out, size_t cap)
{
    char text[TP_BENCH_GRID_CELL];
    bool has_any = false;
    for (int i = 0; i < grid->nrows; i++) {
        tp_bench_grid_cell(grid, i, TP_BENCH_COLUMN_FLOOR, text, sizeof text);
        if (text[0] != '\0' && !has_any) {
            snprintf(out, cap, "%s", text);
            has_any = true;
        } else if (text[0] != '\0' && strcmp(text, out) != 0) {
            return false;
        }
    }
    return has_any;
}

static bool is_wanted(tp_bench_grid_t *grid, tp_bench_column_t column)
{
    char text[TP_BENCH_GRID_CELL];
    switch (column) {
    case TP_BENCH_COLUMN_SUBJECT:
        return true;
    case TP_BENCH_COLUMN_FLOOR:
        if (one_floor(grid, text, sizeof text)) {
            add_intro(grid, column, text);
            return false;
        }
        return variety(grid, column, text, sizeof text) != ALL_EMPTY;
    case TP_BENCH_COLUMN_DETAIL:
    case TP_BENCH_COLUMN_SIZE:
    case TP_BENCH_COLUMN_CONSUMERS:
    case TP_BENCH_COLUMN_STREAMS:
    case TP_BENCH_COLUMN_RATE: {
        const variety_t found = variety(grid, column, text, sizeof text);
        if (found == ALL_ALIKE) {
            add_intro(grid, column, text);
        }
        return found == VARIED;
    }
    case TP_BENCH_COLUMN_RATIO:
    case TP_BENCH_COLUMN_RANGE:
    case TP_BENCH_COLUMN_LOST:
    case TP_BENCH_COLUMN_TORN:
    case TP_BENCH_COLUMN_NOTES:
        return variety(grid, column, text, sizeof text) != ALL_EMPTY;
    default:
        return has_figure(grid, (tp_bench_figure_t)(column - TP_BENCH_COLUMN_FIGURE));
    }
}

void tp_bench_grid_fill(tp_bench_grid_t *grid, const tp_bench_results_t *results,
                        tp_bench_group_t group)
{
    memset(grid, 0, sizeof *grid);
    grid->results = results;
    order_rows(grid, group);
    collect_notes(grid);
    for (int column = 0; column < TP_BENCH_COLUMNS && grid->nrows > 0; column++) {
        if (is_wanted(grid, (tp_bench_column_t)column)) {
            grid->columns[grid->ncolumns++] = (tp_bench_column_t)column;
        }
    }
}

void tp_bench_grid_drop(tp_bench_grid_t *grid, tp_bench_column_t column)
{
    for (int i = 0; i < grid->ncolumns; i++) {
        if (grid->columns[i] == column) {
            memmove(&grid->columns[i], &grid->columns[i + 1],
                    sizeof grid->columns[0] * (size_t)(grid->ncolumns - i - 1));
            grid->ncolumns--;
            return;
        }
    }
}
