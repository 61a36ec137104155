/*
 * tp/bench/report/report_grid.h - one group of results as a grid: which rows in which order, which columns, what is in the cells.
 *
 * The table on the terminal and those in the HTML file show the same grid. A column that would say the same in every
 * row is not there: it is part of `intro`, one line for all rows.
 */
#ifndef TP_BENCH_REPORT_GRID_H
#define TP_BENCH_REPORT_GRID_H

#include "bench/rows.h"

#define TP_BENCH_GRID_NOTES 100
#define TP_BENCH_GRID_CELL 96

typedef enum tp_bench_column {
    TP_BENCH_COLUMN_SUBJECT,
    TP_BENCH_COLUMN_DETAIL,
    TP_BENCH_COLUMN_SIZE,
    TP_BENCH_COLUMN_CONSUMERS,
    TP_BENCH_COLUMN_STREAMS,
    TP_BENCH_COLUMN_RATE,
    TP_BENCH_COLUMN_FIGURE, /* + tp_bench_figure_t */
    TP_BENCH_COLUMN_RATIO = TP_BENCH_COLUMN_FIGURE + TP_BENCH_FIGURES,
    TP_BENCH_COLUMN_RANGE, /* of the ratio, over the rounds */
    TP_BENCH_COLUMN_FLOOR, /* what the ratio is to */
    TP_BENCH_COLUMN_LOST,
    TP_BENCH_COLUMN_TORN,
    TP_BENCH_COLUMN_NOTES,
    TP_BENCH_COLUMNS
} tp_bench_column_t;

typedef struct tp_bench_grid {
    const tp_bench_results_t *results;
    tp_bench_column_t columns[TP_BENCH_COLUMNS];
    int ncolumns;
    int rows[TP_BENCH_MAX_ROWS]; /* indices into results->rows */
    int nrows;
    char intro[400];                      /* what all rows have in common; may be "" */
    char notes[TP_BENCH_GRID_NOTES][300]; /* note 1 is notes[0]; each text once */
    int nnotes;
} tp_bench_grid_t;

/** Is some row shown as a ratio to this one? */
bool tp_bench_is_floor(const tp_bench_results_t *results, int row);

/** nrows is 0 for a group of which nothing was measured. */
void tp_bench_grid_fill(tp_bench_grid_t *grid, const tp_bench_results_t *results,
                        tp_bench_group_t group);
/** Numbers stand to the right, words to the left. */
bool tp_bench_column_is_text(tp_bench_column_t column);
const char *tp_bench_column_title(tp_bench_column_t column); /* static */
/** Text of a cell into a caller's buffer, which is returned; may be "". */
const char *tp_bench_grid_cell(const tp_bench_grid_t *grid, int row, tp_bench_column_t column,
                               char *out, size_t cap);
/** Leave a column out. */
void tp_bench_grid_drop(tp_bench_grid_t *grid, tp_bench_column_t column);

#endif
