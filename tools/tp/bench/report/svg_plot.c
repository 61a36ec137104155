/*
 * tp/bench/svg_plot.c - axes, lines with bands, bars, dots.
 */
#include "bench/report/svg_plot.h"

#include <math.h>
#include <string.h>

#include "bench/report/html_text.h"
#include "bench/rows.h"

#define WIDTH 480.0
#define MAX_TICKS 32

/* ---- scales ---- */

typedef struct scale {
    double low, high; /* of the values */
    double from, to;  /* where they are drawn */
    bool is_log;
    double ticks[MAX_TICKS];
    int nticks;
    double labelled_apart; /* least distance of two labels */
} scale_t;

/* A value beyond the scale (a negative difference, on one that starts at 0) is drawn at its end. */
static double place(const scale_t *scale, double value)
{
    value = fmin(fmax(value, scale->low), scale->high);
    const double low = scale->is_log ? log10(scale->low) : scale->low;
    const double high = scale->is_log ? log10(scale->high) : scale->high;
    const double at = scale->is_log ? log10(value) : value;
    return scale->from + (high > low ? (at - low) / (high - low) : 0.5) * (scale->to - scale->from);
}

static bool is_drawable(double value, bool is_log)
{
    return isfinite(value) && (!is_log || value > 0);
}

static void include(scale_t *scale, double value)
{
    if (is_drawable(value, scale->is_log)) {
        scale->low = value < scale->low ? value : scale->low;
        scale->high = value > scale->high ? value : scale->high;
    }
}

static void include_value(scale_t *scale, const tp_svg_value_t *value)
{
    include(scale, value->value);
    include(scale, value->low);
    include(scale, value->high);
}

static scale_t empty_scale(bool is_log, double from, double to)
{
    return (
        scale_t){ .low = INFINITY, .high = -INFINITY, .is_log = is_log, .from = from, .to = to };
}

/* The powers of ten around the values, and, where they are few, 2 and 5 between. */
static void finish_log(scale_t *scale)
{
    const double decades = log10(scale->high / scale->low);
    static const double all[] = { 1, 2, 5 };
    const int per_decade = decades < 3 ? 3 : 1;
    const int first = (int)floor(log10(scale->low)), last = (int)ceil(log10(scale->high));
    double below = pow(10, first), above = pow(10, last);
    for (int decade = first; decade <= last && scale->nticks < MAX_TICKS; decade++) {
        for (int i = 0; i < per_decade && scale->nticks < MAX_TICKS; i++) {
            const double tick = all[i] * pow(10, decade);
            below = tick <= scale->low * 0.999 && tick > below ? tick : below;
            if (tick >= scale->high * 1.001 && tick < above) {
                above = tick;
            }
        }
    }
    if (above <= below) {
        above = below * 10;
    }
    scale->low = below;
    scale->high = above;
    for (int decade = first; decade <= last; decade++) {
        for (int i = 0; i < per_decade && scale->nticks < MAX_TICKS; i++) {
            const double tick = all[i] * pow(10, decade);
            if (tick >= below * 0.999 && tick <= above * 1.001) {
                scale->ticks[scale->nticks++] = tick;
            }
        }
    }
}

/* From 0 to a round number above the highest value; of bytes, powers of two are round. */
static void finish_linear(scale_t *scale, bool is_bytes)
{
    scale->low = 0;
    if (!(scale->high > 0)) {
        scale->high = 1;
    }
    const double rough = scale->high / 4;
    double step;
    if (is_bytes) {
        step = exp2(ceil(log2(rough)));
    } else {
        const double power = pow(10, floor(log10(rough)));
        const double times = rough / power;
        step = power * (times <= 1 ? 1 : times <= 2 ? 2 : times <= 5 ? 5 : 10);
    }
    const int steps = (int)ceil(scale->high / step - 1e-9);
    scale->high = steps * step;
    for (int i = 0; i <= steps && scale->nticks < MAX_TICKS; i++) {
        scale->ticks[scale->nticks++] = i * step;
    }
}

/* ---- ticks ---- */

void tp_svg_tick_number(char *out, size_t cap, double value)
{
    snprintf(out, cap, "%.4g", value);
}

void tp_svg_tick_ns(char *out, size_t cap, double value)
{
    static const char *const units[] = { "ns", "us", "ms", "s" };
    int unit = 0;
    while (unit < 3 && value >= 999.5) {
        value /= 1000;
        unit++;
    }
    snprintf(out, cap, "%.4g %s", value, units[unit]);
}

void tp_svg_tick_bytes(char *out, size_t cap, double value)
{
    tp_bench_size_text(out, cap, value > 0 ? (size_t)(value + 0.5) : 0);
}

/* ---- pieces ---- */

static void open_svg(FILE *to, double height, const char *title)
{
    fprintf(to,
            "<svg viewBox=\"0 0 %.0f %.0f\" xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" "
            "aria-label=\"",
            WIDTH, height);
    tp_html_text(to, title);
    fputs("\">\n<text class=\"title\" x=\"8\" y=\"18\">", to);
    tp_html_text(to, title);
    fputs("</text>\n", to);
}

static void text_at(FILE *to, double x, double y, const char *class, const char *text)
{
    fprintf(to, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">", class, x, y);
    tp_html_text(to, text);
    fputs("</text>\n", to);
}

static void line_at(FILE *to, const char *class, double x1, double y1, double x2, double y2)
{
    fprintf(to, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", class, x1,
            y1, x2, y2);
}

/* Shapes differ as well as colours: the plot can be read without either. */
static void marker(FILE *to, int shape, double x, double y, double r, const char *tip)
{
    fputs("<path class=\"mark\" d=\"", to);
    switch (shape % 5) {
    case 0:
        fprintf(to, "M%.1f %.1fa%.1f %.1f 0 1 0 %.1f 0a%.1f %.1f 0 1 0 %.1f 0", x - r, y, r, r,
                2 * r, r, r, -2 * r);
        break;
    case 1:
        fprintf(to, "M%.1f %.1fh%.1fv%.1fh%.1fz", x - r, y - r, 2 * r, 2 * r, -2 * r);
        break;
    case 2:
        fprintf(to, "M%.1f %.1fl%.1f %.1fh%.1fz", x, y - 1.2 * r, 1.2 * r, 2.1 * r, -2.4 * r);
        break;
    case 3:
        fprintf(to, "M%.1f %.1fl%.1f %.1fl%.1f %.1fl%.1f %.1fz", x, y - 1.4 * r, 1.4 * r, 1.4 * r,
                -1.4 * r, 1.4 * r, -1.4 * r, -1.4 * r);
        break;
    default:
        fprintf(to, "M%.1f %.1fl%.1f %.1fh%.1fz", x, y + 1.2 * r, 1.2 * r, -2.1 * r, -2.4 * r);
        break;
    }
    if (tip == NULL) {
        fputs("\"/>\n", to);
        return;
    }
    fputs("\"><title>", to);
    tp_html_text(to, tip);
    fputs("</title></path>\n", to);
}

static void open_style(FILE *to, tp_svg_style_t style)
{
    fprintf(to, "<g class=\"c%d d%d%s\">\n", style.color % TP_SVG_COLORS, style.dash % 4,
            style.is_main ? " main" : "");
}

void tp_svg_swatch(FILE *to, tp_svg_style_t style)
{
    fputs("<svg class=\"swatch\" viewBox=\"0 0 28 12\" xmlns=\"http://www.w3.org/2000/svg\" "
          "aria-hidden=\"true\">",
          to);
    open_style(to, style);
    fputs("<path class=\"line\" d=\"M1 6H27\"/>", to);
    marker(to, style.color, 14, 6, style.is_main ? 4.5 : 3.6, NULL);
    fputs("</g></svg>", to);
}

/* ---- lines ---- */

#define LINES_HEIGHT 310.0
#define LEFT 62.0
#define RIGHT 14.0
#define TOP 34.0
#define BOTTOM 46.0

static void lines_x_scale(const tp_svg_lines_t *plot, scale_t *x)
{
    if (plot->x_names != NULL) {
        x->low = -0.25;
        x->high = plot->nx_names - 0.75;
        for (int i = 0; i < plot->nx_names && i < MAX_TICKS; i++) {
            x->ticks[x->nticks++] = i;
        }
        return;
    }
    /* A tick at each x that was measured: sizes are few, and no others are of interest. */
    for (int s = 0; s < plot->nseries; s++) {
        for (int i = 0; i < plot->series[s].npoints; i++) {
            const double value = plot->series[s].x[i];
            include(x, value);
            int at = 0;
            while (at < x->nticks && x->ticks[at] < value) {
                at++;
            }
            if (x->nticks < MAX_TICKS && (at == x->nticks || x->ticks[at] != value)) {
                memmove(&x->ticks[at + 1], &x->ticks[at],
                        sizeof x->ticks[0] * (size_t)(x->nticks - at));
                x->ticks[at] = value;
                x->nticks++;
            }
        }
    }
}

static void lines_axes(FILE *to, const tp_svg_lines_t *plot, const scale_t *x, const scale_t *y)
{
    char text[48];
    double last = INFINITY;
    for (int i = 0; i < y->nticks; i++) {
        const double at = place(y, y->ticks[i]);
        line_at(to, "grid", LEFT, at, WIDTH - RIGHT, at);
        if (last - at >= 15) {
            plot->y_tick(text, sizeof text, y->ticks[i]);
            text_at(to, LEFT - 6, at + 4, "end", text);
            last = at;
        }
    }
    last = -INFINITY;
    for (int i = 0; i < x->nticks; i++) {
        const double at = place(x, x->ticks[i]);
        line_at(to, "axis", at, LINES_HEIGHT - BOTTOM, at, LINES_HEIGHT - BOTTOM + 4);
        if (plot->x_names != NULL) {
            snprintf(text, sizeof text, "%s", plot->x_names[i]);
        } else {
            plot->x_tick(text, sizeof text, x->ticks[i]);
        }
        const double width = 6.8 * (double)strlen(text);
        /* The last label leans into the margin: it is the one that the others must not push out. */
        const double lean = i == x->nticks - 1 ? fmin(WIDTH - 3 - at - width / 2, 6) : 0;
        if (at + lean - width / 2 >= last + 3) {
            text_at(to, at + lean, LINES_HEIGHT - BOTTOM + 17, "middle", text);
            last = at + width / 2;
        }
    }
    line_at(to, "axis", LEFT, LINES_HEIGHT - BOTTOM, WIDTH - RIGHT, LINES_HEIGHT - BOTTOM);
    text_at(to, (LEFT + WIDTH - RIGHT) / 2, LINES_HEIGHT - 10, "middle quiet", plot->x_label);
    if (plot->y_label[0] != '\0') {
        text_at(to, WIDTH - RIGHT, 18, "end quiet", plot->y_label);
    }
}

static void point_tip(const tp_svg_lines_t *plot, const tp_svg_series_t *series, int i, char *out,
                      size_t cap)
{
    char x[48], y[48], low[48], high[48];
    if (plot->x_names != NULL) {
        snprintf(x, sizeof x, "%s", plot->x_names[(int)series->x[i]]);
    } else {
        plot->x_tick(x, sizeof x, series->x[i]);
    }
    plot->y_tick(y, sizeof y, series->y[i].value);
    if (isfinite(series->y[i].low) && isfinite(series->y[i].high)) {
        plot->y_tick(low, sizeof low, series->y[i].low);
        plot->y_tick(high, sizeof high, series->y[i].high);
        snprintf(out, cap, "%s, %s: %s (rounds: %s to %s)", series->name, x, y, low, high);
    } else {
        snprintf(out, cap, "%s, %s: %s", series->name, x, y);
    }
}

/* A range that an axis cannot show is drawn as the value itself. */
static double or_value(double bound, const tp_svg_value_t *value, bool is_log)
{
    return is_drawable(bound, is_log) ? bound : value->value;
}

static void draw_series(FILE *to, const tp_svg_lines_t *plot, const tp_svg_series_t *series,
                        const scale_t *x, const scale_t *y)
{
    int drawn[TP_SVG_MAX_POINTS], n = 0;
    for (int i = 0; i < series->npoints; i++) {
        if (is_drawable(series->y[i].value, plot->y_is_log)) {
            drawn[n++] = i;
        }
    }
    if (n == 0) {
        return;
    }
    open_style(to, series->style);
    if (n > 1) {
        fputs("<path class=\"band\" d=\"", to);
        for (int k = 0; k < n; k++) {
            const tp_svg_value_t *value = &series->y[drawn[k]];
            fprintf(to, "%c%.1f %.1f", k == 0 ? 'M' : 'L', place(x, series->x[drawn[k]]),
                    place(y, or_value(value->high, value, plot->y_is_log)));
        }
        for (int k = n - 1; k >= 0; k--) {
            const tp_svg_value_t *value = &series->y[drawn[k]];
            fprintf(to, "L%.1f %.1f", place(x, series->x[drawn[k]]),
                    place(y, or_value(value->low, value, plot->y_is_log)));
        }
        fputs("z\"/>\n<path class=\"line\" d=\"", to);
        for (int k = 0; k < n; k++) {
            fprintf(to, "%c%.1f %.1f", k == 0 ? 'M' : 'L', place(x, series->x[drawn[k]]),
                    place(y, series->y[drawn[k]].value));
        }
        fputs("\"/>\n", to);
    } else {
        const tp_svg_value_t *value = &series->y[drawn[0]];
        const double at = place(x, series->x[drawn[0]]);
        if (series->is_reference) {
            fprintf(to, "<path class=\"line reference\" d=\"M%.1f %.1fH%.1f\"/>\n", LEFT,
                    place(y, value->value), WIDTH - RIGHT);
        }
        line_at(to, "whisker", at, place(y, or_value(value->low, value, plot->y_is_log)), at,
                place(y, or_value(value->high, value, plot->y_is_log)));
    }
    for (int k = 0; k < n; k++) {
        char tip[400];
        point_tip(plot, series, drawn[k], tip, sizeof tip);
        marker(to, series->style.color, place(x, series->x[drawn[k]]),
               place(y, series->y[drawn[k]].value), series->style.is_main ? 4.5 : 3.6, tip);
    }
    fputs("</g>\n", to);
}

void tp_svg_lines(FILE *to, const tp_svg_lines_t *plot)
{
    scale_t x = empty_scale(plot->x_is_log, LEFT + 10, WIDTH - RIGHT - 14);
    scale_t y = empty_scale(plot->y_is_log, LINES_HEIGHT - BOTTOM, TOP);
    for (int s = 0; s < plot->nseries; s++) {
        for (int i = 0; i < plot->series[s].npoints; i++) {
            include_value(&y, &plot->series[s].y[i]);
        }
    }
    if (y.high < y.low) {
        return;
    }
    if (plot->y_is_log) {
        finish_log(&y);
    } else {
        finish_linear(&y, plot->y_tick == tp_svg_tick_bytes);
    }
    lines_x_scale(plot, &x);
    open_svg(to, LINES_HEIGHT, plot->title);
    lines_axes(to, plot, &x, &y);
    /* The main ones above the others, and what they are held against above all, or a main one at its floor hides it. */
    for (int layer = 0; layer < 3; layer++) {
        for (int s = 0; s < plot->nseries; s++) {
            const tp_svg_series_t *series = &plot->series[s];
            if ((series->is_reference ? 2 : series->style.is_main ? 1 : 0) == layer) {
                draw_series(to, plot, series, &x, &y);
            }
        }
    }
    fputs("</svg>\n", to);
}

/* ---- rows ---- */

#define ROWS_LEFT 10.0
#define ROWS_TOP 32.0
#define ROW_STEP 36.0
#define ROWS_BOTTOM 44.0

static void rows_axis(FILE *to, const tp_svg_rows_t *plot, const scale_t *x, double bottom)
{
    char text[48];
    double last = -INFINITY;
    for (int i = 0; i < x->nticks; i++) {
        const double at = place(x, x->ticks[i]);
        line_at(to, "grid", at, ROWS_TOP, at, bottom);
        plot->tick(text, sizeof text, x->ticks[i]);
        const double width = 6.8 * (double)strlen(text);
        /* The outermost labels stay inside. */
        const bool is_first = at - width / 2 < 2, is_last = at + width / 2 > WIDTH - 2;
        const double begin = is_first ? at : is_last ? at - width : at - width / 2;
        if (begin >= last + 8) {
            text_at(to, at, bottom + 16, is_first ? "start" : is_last ? "end" : "middle", text);
            last = begin + width;
        }
    }
    if (plot->x_label[0] != '\0') {
        text_at(to, WIDTH / 2, bottom + 34, "middle quiet", plot->x_label);
    }
}

static void draw_row(FILE *to, const tp_svg_rows_t *plot, const tp_svg_row_t *row, const scale_t *x,
                     double top)
{
    const double middle = top + 25;
    char tip[360];
    fputs(row->style.is_main ? "<g class=\"strong\">" : "<g>", to);
    text_at(to, ROWS_LEFT, top + 13, "start", row->label);
    text_at(to, WIDTH - RIGHT, top + 13, "end", row->text);
    fputs("</g>\n", to);
    snprintf(tip, sizeof tip, "%s: %s", row->label, row->text);
    open_style(to, row->style);
    double leftmost = INFINITY, rightmost = -INFINITY;
    for (int v = 0; v < plot->nvalues; v++) {
        const tp_svg_value_t *value = &row->values[v];
        if (is_drawable(value->value, plot->is_log)) {
            const double at = place(x, value->value);
            leftmost = at < leftmost ? at : leftmost;
            rightmost = at > rightmost ? at : rightmost;
        }
    }
    if (!plot->is_log && rightmost >= leftmost) {
        fprintf(to,
                "<rect class=\"bar\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"12\"><title>",
                ROWS_LEFT, middle - 6, fmax(rightmost - ROWS_LEFT, 0.5));
        tp_html_text(to, tip);
        fputs("</title></rect>\n", to);
    } else if (rightmost > leftmost) {
        line_at(to, "link", leftmost, middle, rightmost, middle);
    }
    for (int v = 0; v < plot->nvalues; v++) {
        const tp_svg_value_t *value = &row->values[v];
        if (!is_drawable(value->value, plot->is_log)) {
            continue;
        }
        const double low = place(x, or_value(value->low, value, plot->is_log));
        const double high = place(x, or_value(value->high, value, plot->is_log));
        if (high - low > 1) {
            line_at(to, "whisker", low, middle, high, middle);
            line_at(to, "whisker", low, middle - 3, low, middle + 3);
            line_at(to, "whisker", high, middle - 3, high, middle + 3);
        }
        if (plot->is_log) {
            marker(to, v, place(x, value->value), middle, row->style.is_main ? 5 : 4, tip);
        }
    }
    fputs("</g>\n", to);
}

void tp_svg_rows(FILE *to, const tp_svg_rows_t *plot)
{
    scale_t x = empty_scale(plot->is_log, ROWS_LEFT, WIDTH - RIGHT);
    for (int r = 0; r < plot->nrows; r++) {
        for (int v = 0; v < plot->nvalues; v++) {
            include_value(&x, &plot->rows[r].values[v]);
        }
    }
    if (x.high < x.low) {
        return;
    }
    if (plot->is_log) {
        finish_log(&x);
    } else {
        finish_linear(&x, plot->tick == tp_svg_tick_bytes);
    }
    const double bottom = ROWS_TOP + ROW_STEP * plot->nrows + 4;
    open_svg(to, bottom + (plot->x_label[0] != '\0' ? ROWS_BOTTOM : ROWS_BOTTOM - 18), plot->title);
    rows_axis(to, plot, &x, bottom);
    for (int r = 0; r < plot->nrows; r++) {
        draw_row(to, plot, &plot->rows[r], &x, ROWS_TOP + ROW_STEP * r);
    }
    if (plot->value_names != NULL) {
        double at = WIDTH - RIGHT;
        for (int v = plot->nvalues - 1; v >= 0; v--) {
            text_at(to, at, 18, "end quiet", plot->value_names[v]);
            at -= 6.8 * (double)strlen(plot->value_names[v]) + 10;
            fputs("<g class=\"legend\">", to);
            marker(to, v, at, 14, 4, NULL);
            fputs("</g>\n", to);
            at -= 14;
        }
    }
    fputs("</svg>\n", to);
}
