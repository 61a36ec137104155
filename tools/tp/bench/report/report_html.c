/*
 * tp/bench/report_html.c - the page around the plots: summary, tables, machine, method, warnings.
 */
#include "bench/report/report_html.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/html_text.h"
#include "bench/report/report_grid.h"
#include "bench/report/report_plots.h"
#include "bench/report/report_text.h"
#include "base/fail.h"

/*
 * Colours are those of Okabe and Ito, which people with any kind of colour vision can tell apart; shapes and dashes
 * say the same again. No colour is written anywhere but here.
 */
static const char style_sheet[] =
    ":root{color-scheme:light "
    "dark;--paper:#fff;--ink:#1b1f24;--quiet:#5c6670;--rule:#d5dae0;--faint:#eceff2;"
    "--good:#00704f;--bad:#b3261e;--box:#f6f8fa;--c0:#0072b2;--c1:#6b7280;--c2:#009e73;--c3:#"
    "d55e00;--c4:#b0568c;"
    "--c5:#c98a00;--c6:#1b1f24;--c7:#8a7a00}\n"
    "@media "
    "(prefers-color-scheme:dark){:root{--paper:#14171b;--ink:#e4e8ec;--quiet:#9aa5b1;--rule:#"
    "363d46;"
    "--faint:#232930;--good:#4fd1a5;--bad:#ff8a80;--box:#1b2026;--c0:#56b4e9;--c1:#9aa5b1;--c2:#"
    "2cc295;--c3:#f0843c;"
    "--c4:#e39cc6;--c5:#e69f00;--c6:#e4e8ec;--c7:#f0e442}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;padding:1.2rem;max-width:84rem;background:var(--paper);color:var(--ink);"
    "font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}\n"
    "h1{font-size:1.7rem;margin:0}h2{font-size:1.25rem;margin:2.6rem 0 .2rem;border-bottom:2px "
    "solid var(--rule)}\n"
    "p{margin:.4rem 0;max-width:46rem}header "
    "p{max-width:none}.quiet{color:var(--quiet)}a{color:var(--c0)}\n"
    "nav{display:flex;flex-wrap:wrap;gap:.2rem 1rem;margin:.8rem 0}\n"
    ".plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,25rem),1fr));gap:"
    "1rem;margin:.8rem 0}\n"
    ".plots>svg{width:100%;height:auto;background:var(--box);border-radius:6px}\n"
    ".legend-list{display:flex;flex-wrap:wrap;gap:.1rem "
    "1.2rem;list-style:none;padding:0;margin:.6rem 0;font-size:.9rem}\n"
    ".legend-list .is-main{font-weight:700}.swatch{width:28px;height:12px;margin-right:.4rem}\n"
    ".scroll{overflow-x:auto}\n"
    "table{border-collapse:collapse;font-size:.85rem;font-variant-numeric:tabular-nums;min-width:"
    "60%}\n"
    "th,td{padding:.2rem .6rem;text-align:right;border-bottom:1px solid "
    "var(--faint);white-space:nowrap}\n"
    "th{color:var(--quiet);font-weight:600;border-bottom:1px solid var(--rule)}\n"
    ".t{text-align:left}.wrap{white-space:normal;min-width:14rem}tr.is-main "
    "td{font-weight:650;background:var(--box)}\n"
    "tr.cut td{border-top:1px solid var(--rule)}\n"
    ".met{color:var(--good);font-weight:650}.missed{color:var(--bad);font-weight:700}.unknown{"
    "color:var(--quiet)}\n"
    ".notes{font-size:.85rem;color:var(--quiet);padding-left:1.6rem;margin:.4rem 0}\n"
    ".warnings{border-left:4px solid var(--c5);background:var(--box);padding:.5rem "
    "1rem;margin:.8rem 0}\n"
    ".warnings ul{margin:.2rem 0;padding-left:1.2rem}\n"
    ".gauge{width:120px;height:14px;vertical-align:middle}.gauge .room{fill:var(--faint)}\n"
    ".gauge .met{fill:var(--good)}.gauge .missed{fill:var(--bad)}.gauge "
    ".limit{stroke:var(--ink);stroke-width:2}\n"
    "svg text{font:12px system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;fill:var(--ink)}\n"
    "svg text.title{font-weight:650;font-size:13px}svg text.quiet{fill:var(--quiet)}svg .strong "
    "text{font-weight:700}\n"
    "svg .end{text-anchor:end}svg .middle{text-anchor:middle}\n"
    "svg .grid{stroke:var(--rule);stroke-width:.7}svg .axis{stroke:var(--quiet)}\n"
    ".c0{--c:var(--c0)}.c1{--c:var(--c1)}.c2{--c:var(--c2)}.c3{--c:var(--c3)}.c4{--c:var(--c4)}.c5{"
    "--c:var(--c5)}"
    ".c6{--c:var(--c6)}.c7{--c:var(--c7)}.legend{--c:var(--quiet)}\n"
    "svg .line{fill:none;stroke:var(--c);stroke-width:1.7;stroke-linejoin:round}svg .main "
    ".line{stroke-width:3.4}\n"
    "svg .d1 .line{stroke-dasharray:6 3}svg .d2 .line{stroke-dasharray:2 3}svg .d3 "
    ".line{stroke-dasharray:8 3 2 3}\n"
    "svg .line.reference{stroke-dasharray:2 5;opacity:.8}\n"
    "svg .band{fill:var(--c);opacity:.16;stroke:none}svg .main .band{opacity:.26}\n"
    "svg .mark{fill:var(--c);stroke:var(--paper);stroke-width:1}svg "
    ".bar{fill:var(--c);opacity:.55}\n"
    "svg .main .bar{opacity:1}svg .whisker{stroke:var(--ink);stroke-width:1.4;opacity:.75}\n"
    "svg .link{stroke:var(--c);stroke-width:1.5;opacity:.5}svg .main .link{stroke-width:3}\n"
    "@media print{body{max-width:none}.plots>svg,section{break-inside:avoid}}\n";

/* ---- head and targets ---- */

static void put_head(FILE *to, const tp_bench_results_t *results)
{
    fputs("<!DOCTYPE html>\n<html lang=\"en\" "
          "xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n<meta charset=\"utf-8\"/>\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>tp "
          "bench, ",
          to);
    tp_html_text(to, results->started);
    fputs("</title>\n<style>\n", to);
    /* Neither `<` nor `&` is in it: what it says is the same in HTML and in XML. */
    fputs(style_sheet, to);
    fputs("</style>\n</head>\n<body>\n<header>\n<h1>tp bench</h1>\n<p class=\"quiet\">", to);
    tp_html_printf(to, "tensorpool %s, started %s, %u rounds in %.0f s, on %s", results->version,
                   results->started, results->rounds, results->seconds, results->machine.cpu);
    fputs("</p>\n</header>\n", to);
}

/*
 * The value beside its limit, which is in the middle: the bar ends left of it when the limit is kept. On a log scale,
 * from a quarter of the limit to four times it.
 */
static void put_gauge(FILE *to, const tp_bench_target_t *target, tp_bench_verdict_t verdict,
                      double value)
{
    double ratio = target->is_minimum ? target->limit / value : value / target->limit;
    if (verdict == TP_BENCH_UNKNOWN || !isfinite(ratio)) {
        return;
    }
    ratio = fmin(fmax(ratio, 0.25), 4);
    const double end = 60 + 29 * log2(ratio);
    fprintf(to,
            "<svg class=\"gauge\" viewBox=\"0 0 120 14\" xmlns=\"http://www.w3.org/2000/svg\" "
            "aria-hidden=\"true\">"
            "<rect class=\"room\" x=\"0\" y=\"3\" width=\"120\" height=\"8\"/>"
            "<rect class=\"%s\" x=\"0\" y=\"3\" width=\"%.1f\" height=\"8\"/>"
            "<line class=\"limit\" x1=\"60\" y1=\"0\" x2=\"60\" y2=\"14\"/></svg>",
            verdict == TP_BENCH_MET ? "met" : "missed", end);
}

static void put_cell(FILE *to, const char *class, const char *text)
{
    if (class[0] != '\0') {
        fprintf(to, "<td class=\"%s\">", class);
    } else {
        fputs("<td>", to);
    }
    tp_html_text(to, text);
    fputs("</td>", to);
}

static void put_target(FILE *to, const tp_bench_results_t *results, const tp_bench_target_t *target)
{
    char text[160], high[64];
    tp_bench_spread_t value;
    const tp_bench_verdict_t verdict = tp_bench_judge(results, target, &value);
    fputs("<tr>", to);
    fprintf(to, "<td class=\"t %s\">%s",
            verdict == TP_BENCH_MET      ? "met"
            : verdict == TP_BENCH_MISSED ? "missed"
                                         : "unknown",
            verdict == TP_BENCH_MET      ? "&#x2713; "
            : verdict == TP_BENCH_MISSED ? "&#x2717; "
                                         : "");
    tp_html_text(to, tp_bench_verdict_name(verdict));
    fputs("</td>", to);
    put_cell(to, "t wrap", target->text);
    put_cell(to, "", tp_bench_target_value_text(text, sizeof text, results, target, value.median));
    text[0] = '\0';
    if (value.count > 1) {
        tp_bench_target_value_text(text, 64, results, target, value.min);
        const size_t len = strlen(text);
        snprintf(text + len, sizeof text - len, " .. %s",
                 tp_bench_target_value_text(high, sizeof high, results, target, value.max));
    }
    put_cell(to, "t", text);
    put_cell(to, "", tp_bench_target_limit_text(text, sizeof text, results, target));
    fputs("<td class=\"t\">", to);
    put_gauge(to, target, verdict, value.median);
    fputs("</td>", to);
    put_cell(to, "t", tp_bench_target_base_text(text, sizeof text, results, target));
    fputs("</tr>\n", to);
}

static void put_targets(FILE *to, const tp_bench_results_t *results)
{
    unsigned counts[TP_BENCH_UNKNOWN + 1] = { 0 };
    for (int i = 0; i < results->ntargets; i++) {
        counts[tp_bench_judge(results, &results->targets[i], NULL)]++;
    }
    fprintf(to,
            "<section id=\"targets\">\n<h2>Targets</h2>\n<p><span class=\"met\">%u met</span>, "
            "<span class=\"missed\">%u "
            "missed</span>, <span class=\"unknown\">%u not measured</span> in this run.</p>\n",
            counts[TP_BENCH_MET], counts[TP_BENCH_MISSED], counts[TP_BENCH_UNKNOWN]);
    fputs("<div class=\"scroll\"><table>\n<tr><th class=\"t\">verdict</th><th "
          "class=\"t\">target</th><th>median</th>"
          "<th class=\"t\">lowest .. highest round</th><th>limit</th><th class=\"t\">to the "
          "limit</th><th "
          "class=\"t\">relative to</th></tr>\n",
          to);
    for (int i = 0; i < results->ntargets; i++) {
        put_target(to, results, &results->targets[i]);
    }
    fputs("</table></div>\n</section>\n", to);
}

/* ---- groups ---- */

static void put_legend(FILE *to, const tp_bench_grid_t *grid)
{
    char text[128];
    fputs("<ul class=\"legend-list\">", to);
    for (int i = 0; i < grid->nrows; i++) {
        const tp_bench_row_t *row = &grid->results->rows[grid->rows[i]];
        bool is_new = true;
        for (int k = 0; k < i && is_new; k++) {
            const tp_bench_row_t *earlier = &grid->results->rows[grid->rows[k]];
            is_new = strcmp(earlier->subject, row->subject) != 0 ||
                     strcmp(earlier->detail, row->detail) != 0;
        }
        if (!is_new) {
            continue;
        }
        const tp_svg_style_t style = tp_bench_style(grid->results, row);
        fputs(style.is_main ? "<li class=\"is-main\">" : "<li>", to);
        tp_svg_swatch(to, style);
        snprintf(text, sizeof text, "%s%s%s", row->subject, row->detail[0] != '\0' ? ", " : "",
                 row->detail);
        tp_html_text(to, text);
        fputs("</li>\n", to);
    }
    fputs("</ul>\n", to);
}

static void put_table(FILE *to, const tp_bench_grid_t *grid)
{
    char text[TP_BENCH_GRID_CELL];
    fputs("<div class=\"scroll\"><table>\n<tr>", to);
    for (int c = 0; c < grid->ncolumns; c++) {
        fputs(tp_bench_column_is_text(grid->columns[c]) ? "<th class=\"t\">" : "<th>", to);
        tp_html_text(to, tp_bench_column_title(grid->columns[c]));
        fputs("</th>", to);
    }
    fputs("</tr>\n", to);
    for (int i = 0; i < grid->nrows; i++) {
        const tp_bench_row_t *row = &grid->results->rows[grid->rows[i]];
        const bool is_cut = i > 0 && row->size != grid->results->rows[grid->rows[i - 1]].size;
        const bool is_main = tp_bench_style(grid->results, row).is_main;
        fprintf(to, "<tr class=\"%s%s\">", is_main ? "is-main" : "", is_cut ? " cut" : "");
        for (int c = 0; c < grid->ncolumns; c++) {
            put_cell(to, tp_bench_column_is_text(grid->columns[c]) ? "t" : "",
                     tp_bench_grid_cell(grid, i, grid->columns[c], text, sizeof text));
        }
        fputs("</tr>\n", to);
    }
    fputs("</table></div>\n", to);
    if (grid->nnotes == 0) {
        return;
    }
    fputs("<ol class=\"notes\">", to);
    for (int i = 0; i < grid->nnotes; i++) {
        fputs("<li>", to);
        tp_html_text(to, grid->notes[i]);
        fputs("</li>\n", to);
    }
    fputs("</ol>\n", to);
}

static int put_group(FILE *to, const tp_bench_grid_t *grid, tp_bench_group_t group)
{
    fprintf(to, "<section id=\"group-%d\">\n<h2>", (int)group);
    tp_html_text(to, tp_bench_group_name(group));
    fputs("</h2>\n<p>", to);
    tp_html_text(to, tp_bench_group_help(group));
    fputs(".</p>\n", to);
    if (grid->intro[0] != '\0') {
        fputs("<p class=\"quiet\">All rows: ", to);
        tp_html_text(to, grid->intro);
        fputs(".</p>\n", to);
    }
    if (group == TP_BENCH_HANDOFF || group == TP_BENCH_TRANSFER || group == TP_BENCH_COPY) {
        put_legend(to, grid); /* the other plots have names in them */
    }
    fputs("<div class=\"plots\">\n", to);
    const int rc = tp_bench_print_plots(to, grid, group);
    fputs("</div>\n", to);
    put_table(to, grid);
    fputs("</section>\n", to);
    return rc;
}

static int put_groups(FILE *to, const tp_bench_results_t *results)
{
    tp_bench_grid_t *grid = malloc(sizeof *grid);
    if (grid == NULL) {
        return -1;
    }
    int rc = 0;
    for (int group = 0; group < TP_BENCH_GROUPS && rc == 0; group++) {
        tp_bench_grid_fill(grid, results, (tp_bench_group_t)group);
        if (grid->nrows > 0) {
            rc = put_group(to, grid, (tp_bench_group_t)group);
        }
    }
    free(grid);
    return rc;
}

static void put_navigation(FILE *to, const tp_bench_results_t *results)
{
    fputs("<nav>", to);
    if (results->ntargets > 0) {
        fputs("<a href=\"#targets\">targets</a>\n", to);
    }
    for (int group = 0; group < TP_BENCH_GROUPS; group++) {
        for (int i = 0; i < results->nrows; i++) {
            if ((int)results->rows[i].group == group) {
                fprintf(to, "<a href=\"#group-%d\">", group);
                tp_html_text(to, tp_bench_group_name((tp_bench_group_t)group));
                fputs("</a>\n", to);
                break;
            }
        }
    }
    fputs("<a href=\"#machine\">machine</a>\n<a href=\"#method\">method</a></nav>\n", to);
}

/* ---- machine, method, warnings ---- */

static void put_warnings(FILE *to, const tp_bench_results_t *results)
{
    if (results->nwarnings == 0) {
        return;
    }
    fputs("<div class=\"warnings\" id=\"warnings\"><strong>What this machine, or this run, cannot "
          "show</strong>\n<ul>\n",
          to);
    for (int i = 0; i < results->nwarnings; i++) {
        fputs("<li>", to);
        tp_html_text(to, results->warnings[i]);
        fputs("</li>\n", to);
    }
    fputs("</ul></div>\n", to);
}

static void put_machine(FILE *to, const tp_bench_results_t *results)
{
    const char *name;
    char text[300];
    fputs("<section id=\"machine\">\n<h2>Machine</h2>\n<div class=\"scroll\"><table>\n", to);
    for (int i = 0; tp_bench_machine_line(&results->machine, i, &name, text, sizeof text); i++) {
        fputs("<tr><th class=\"t\">", to);
        tp_html_text(to, name);
        fputs("</th>", to);
        put_cell(to, "t wrap", text);
        fputs("</tr>\n", to);
    }
    fputs("</table></div>\n</section>\n", to);
}

static void put_method(FILE *to, const tp_bench_results_t *results)
{
    fputs("<section id=\"method\">\n<h2>Method</h2>\n<p>", to);
    tp_html_printf(to, "The run had %u complete round%s. ", results->rounds,
                   results->rounds == 1 ? "" : "s");
    fputs("A round runs every row once. A figure is the median over the rounds; bands and whiskers "
          "reach from the lowest "
          "to the highest round. A percentile is that of the frames of one round, before the "
          "median is taken.</p>\n"
          "<p>Each round draws the order of its rows anew, so that whatever else the machine does "
          "hits all subjects alike, "
          "and none always comes first.</p>\n"
          "<p>Every measurement starts with frames that are not counted, until memory is touched, "
          "connections are made and "
          "caches are warm.</p>\n"
          "<p>A ratio divides a row by its floor within the same round, and is the median of "
          "those: a round in which the "
          "machine was slow was slow for both. A round in which one of the two has no figure does "
          "not count. A floor is "
          "the least that the machine needs for the same work, measured in the same run. For "
          "times, less than 1 is better "
          "than the floor; for GB/s and frames/s, more than 1 is.</p>\n</section>\n",
          to);
}

int tp_bench_write_html(FILE *to, const tp_bench_results_t *results)
{
    put_head(to, results);
    put_navigation(to, results);
    put_warnings(to, results);
    if (results->ntargets > 0) {
        put_targets(to, results);
    }
    const int rc = put_groups(to, results);
    put_machine(to, results);
    put_method(to, results);
    fputs("</body>\n</html>\n", to);
    if (rc != 0) {
        return tpi_fail(TP_ENOMEM, "HTML report");
    }
    if (fflush(to) != 0 || ferror(to)) {
        return tpi_fail_errno("HTML report");
    }
    return TP_OK;
}
