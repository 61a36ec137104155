/*
 * tp/bench/report/svg_plot.h - plots as inline SVG: lines over a size or a percentile, and rows of bars or dots.
 *
 * Colours are CSS classes (c0 .. c7, of the page that the plot stands in), so that one plot serves light and dark.
 * A plot is small (480 units wide, text of 12) and scales with its box: side by side on a screen, one below the other
 * on a phone, and readable on both.
 */
#ifndef TP_BENCH_SVG_PLOT_H
#define TP_BENCH_SVG_PLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define TP_SVG_COLORS 8
#define TP_SVG_MAX_POINTS 32
#define TP_SVG_MAX_VALUES 3

/* Text of a tick, into `out`. */
typedef void (*tp_svg_tick_fn_t)(char *out, size_t cap, double value);
void tp_svg_tick_number(char *out, size_t cap, double value);
void tp_svg_tick_ns(char *out, size_t cap, double value);    /* "200 ns", "1 us" */
void tp_svg_tick_bytes(char *out, size_t cap, double value); /* "4 KiB" */

typedef struct tp_svg_style {
    int color;    /* 0 .. TP_SVG_COLORS - 1; also decides the shape of markers */
    int dash;     /* 0: solid; 1 .. 3: patterns */
    bool is_main; /* drawn thick and on top */
} tp_svg_style_t;

/* Low and high: the range over the rounds, NaN for none. */
typedef struct tp_svg_value {
    double value, low, high;
} tp_svg_value_t;

typedef struct tp_svg_series {
    char name[128];
    tp_svg_style_t style;
    double x[TP_SVG_MAX_POINTS]; /* ascending */
    tp_svg_value_t y[TP_SVG_MAX_POINTS];
    int npoints;
    bool is_reference; /* its one point is drawn as a line across the plot */
} tp_svg_series_t;

typedef struct tp_svg_lines {
    const char *title;
    const char *x_label, *y_label; /* may be "" */
    bool x_is_log, y_is_log;       /* a linear y axis starts at 0 */
    tp_svg_tick_fn_t x_tick, y_tick;
    const char *const *x_names; /* instead of x_tick: name of x = 0, 1, 2 ...; else NULL */
    int nx_names;
    const tp_svg_series_t *series;
    int nseries;
} tp_svg_lines_t;

/** Nothing is printed when no series has a point that can be drawn. */
void tp_svg_lines(FILE *to, const tp_svg_lines_t *plot);

typedef struct tp_svg_row {
    char label[160];
    char text[160]; /* the value in words, at the row's right end */
    tp_svg_style_t style;
    tp_svg_value_t values[TP_SVG_MAX_VALUES];
} tp_svg_row_t;

typedef struct tp_svg_rows {
    const char *title;
    const char *x_label; /* may be "" */
    bool is_log;         /* dots; else bars that start at 0 (one value each) */
    tp_svg_tick_fn_t tick;
    const char *const *value_names; /* of the dots; NULL when there is one value */
    int nvalues;
    const tp_svg_row_t *rows;
    int nrows;
} tp_svg_rows_t;

void tp_svg_rows(FILE *to, const tp_svg_rows_t *plot);

/** What stands for a series in a legend: a bit of line with its marker. */
void tp_svg_swatch(FILE *to, tp_svg_style_t style);

#endif
