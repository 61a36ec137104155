/*
 * tp/bench/report_text.c - figures, ratios, targets and the machine in words.
 */
#include "bench/report/report_text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void append(char *out, size_t cap, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void append(char *out, size_t cap, const char *format, ...)
{
    const size_t len = strlen(out);
    if (len + 1 < cap) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(out + len, cap - len, format, arguments);
        va_end(arguments);
    }
}

const char *tp_bench_figure_title(tp_bench_figure_t figure)
{
    return figure == TP_BENCH_FIGURE_BYTES_PER_S ? "GB/s"
           : figure == TP_BENCH_FIGURE_CPU_NS    ? "cpu/frame"
                                                 : tp_bench_figure_name(figure);
}

const char *tp_bench_figure_text(char *out, size_t cap, const tp_bench_row_t *row,
                                 tp_bench_figure_t figure, double value)
{
    switch (figure) {
    case TP_BENCH_FIGURE_FRAMES_PER_S:
        if (isfinite(value) && value >= 1e6) {
            snprintf(out, cap, "%.2fM", value / 1e6);
        } else if (isfinite(value) && value >= 1e4) {
            snprintf(out, cap, "%.1fk", value / 1e3);
        } else {
            tp_bench_value_text(out, cap, value, "");
        }
        return out;
    case TP_BENCH_FIGURE_BYTES_PER_S:
        return tp_bench_value_text(out, cap, value / 1e9, "");
    case TP_BENCH_FIGURE_CPU_NS:
        return tp_bench_value_text(out, cap, value, "ns");
    case TP_BENCH_FIGURE_FAULTS:
        return tp_bench_value_text(out, cap, value, "");
    default:
        return tp_bench_value_text(out, cap, value, row != NULL ? row->unit : NULL);
    }
}

const char *tp_bench_ratio_text(char *out, size_t cap, double ratio)
{
    if (!isfinite(ratio)) {
        snprintf(out, cap, "-");
    } else if (fabs(ratio) >= 99.95) {
        snprintf(out, cap, "%.0fx", ratio);
    } else if (fabs(ratio) >= 9.995) {
        snprintf(out, cap, "%.1fx", ratio);
    } else if (fabs(ratio) >= 0.1 || ratio == 0) {
        snprintf(out, cap, "%.2fx", ratio);
    } else {
        snprintf(out, cap, "%.2gx", ratio);
    }
    return out;
}

const char *tp_bench_ratio_range_text(char *out, size_t cap, tp_bench_spread_t ratio)
{
    if (cap > 0) {
        out[0] = '\0';
    }
    if (ratio.count > 1) {
        char min[32], max[32];
        tp_bench_ratio_text(min, sizeof min, ratio.min);
        tp_bench_ratio_text(max, sizeof max, ratio.max);
        append(out, cap, "%.*s..%.*s", (int)strcspn(min, "x"), min, (int)strcspn(max, "x"), max);
    }
    return out;
}

const char *tp_bench_rate_text(char *out, size_t cap, double rate_hz)
{
    if (!(rate_hz > 0)) {
        snprintf(out, cap, "-");
    } else if (rate_hz >= 1e6) {
        snprintf(out, cap, "%.3g MHz", rate_hz / 1e6);
    } else if (rate_hz >= 1e3) {
        snprintf(out, cap, "%.3g kHz", rate_hz / 1e3);
    } else {
        snprintf(out, cap, "%.3g Hz", rate_hz);
    }
    return out;
}

const char *tp_bench_row_text(char *out, size_t cap, const tp_bench_row_t *row,
                              const tp_bench_row_t *beside)
{
    char text[32];
    snprintf(out, cap, "%s", row->subject);
    if (row->detail[0] != '\0' && (beside == NULL || strcmp(row->detail, beside->detail) != 0)) {
        append(out, cap, ", %s", row->detail);
    }
    if (row->size != 0 && (beside == NULL || row->size != beside->size)) {
        append(out, cap, " %s", tp_bench_size_text(text, sizeof text, row->size));
    }
    if (beside != NULL ? row->consumers != beside->consumers : row->consumers > 1) {
        append(out, cap, ", %u consumer%s", row->consumers, row->consumers == 1 ? "" : "s");
    }
    if (beside != NULL ? row->streams != beside->streams : row->streams > 1) {
        append(out, cap, ", %u stream%s", row->streams, row->streams == 1 ? "" : "s");
    }
    if (row->rate_hz > 0 && (beside == NULL || row->rate_hz != beside->rate_hz)) {
        append(out, cap, ", %s", tp_bench_rate_text(text, sizeof text, row->rate_hz));
    }
    if (beside != NULL && row->group != beside->group) {
        append(out, cap, " (%s)", tp_bench_group_name(row->group));
    }
    return out;
}

const char *tp_bench_verdict_name(tp_bench_verdict_t verdict)
{
    return verdict == TP_BENCH_MET ? "met" : verdict == TP_BENCH_MISSED ? "missed" : "not measured";
}

static const tp_bench_row_t *row_at(const tp_bench_results_t *results, int row)
{
    return row >= 0 && row < results->nrows ? &results->rows[row] : NULL;
}

const char *tp_bench_target_value_text(char *out, size_t cap, const tp_bench_results_t *results,
                                       const tp_bench_target_t *target, double value)
{
    if (target->base != TP_BENCH_NONE && !target->is_difference) {
        return tp_bench_ratio_text(out, cap, value);
    }
    const tp_bench_row_t *row = row_at(results, target->row);
    tp_bench_figure_text(out, cap, row, target->figure, value);
    if (isfinite(value) && (target->figure == TP_BENCH_FIGURE_FRAMES_PER_S ||
                            target->figure == TP_BENCH_FIGURE_BYTES_PER_S)) {
        append(out, cap, " %s", tp_bench_figure_title(target->figure));
    }
    return out;
}

const char *tp_bench_target_limit_text(char *out, size_t cap, const tp_bench_results_t *results,
                                       const tp_bench_target_t *target)
{
    char value[48];
    if (target->base == TP_BENCH_NONE && row_at(results, target->row) == NULL) {
        /* Neither its unit nor whether it is a ratio is known without its row. */
        snprintf(value, sizeof value, "%.10g", target->limit);
    } else {
        tp_bench_target_value_text(value, sizeof value, results, target, target->limit);
    }
    snprintf(out, cap, "%s %s", target->is_minimum ? ">=" : "<=", value);
    return out;
}

const char *tp_bench_target_base_text(char *out, size_t cap, const tp_bench_results_t *results,
                                      const tp_bench_target_t *target)
{
    const tp_bench_row_t *base = row_at(results, target->base);
    if (cap > 0) {
        out[0] = '\0';
    }
    if (base != NULL) {
        char text[160];
        if (target->factor != 0 && target->factor != 1) {
            append(out, cap, "%g x ", target->factor);
        }
        append(out, cap, "%s", tp_bench_row_text(text, sizeof text, base, NULL));
    }
    return out;
}

bool tp_bench_machine_line(const tp_bench_machine_t *machine, int line, const char **out_name,
                           char *out, size_t cap)
{
    enum { CPU, KERNEL, CPUS, CLOCK, STALLS, FOREIGN, THP, MEMORY, POLICY, LINES };
    static const char *const names[LINES] = {
        [CPU] = "processor",  [KERNEL] = "kernel",      [CPUS] = "processors to run on",
        [CLOCK] = "clock",    [STALLS] = "idle stalls", [FOREIGN] = "used by others",
        [THP] = "huge pages", [MEMORY] = "pools",       [POLICY] = "page policy",
    };
    char cost[32];
    if (line < 0 || line >= LINES) {
        return false;
    }
    *out_name = names[line];
    switch (line) {
    case CPU:
        snprintf(out, cap, "%s", machine->cpu);
        break;
    case KERNEL:
        snprintf(out, cap, "%s", machine->kernel);
        break;
    case CPUS:
        snprintf(out, cap, "%u", machine->cpus);
        if (machine->sender_cpu >= 0 && machine->receiver_cpu >= 0) {
            append(out, cap, "; sender on %d, first receiver on %d", machine->sender_cpu,
                   machine->receiver_cpu);
        } else {
            append(out, cap, "; not pinned");
        }
        break;
    case CLOCK:
        snprintf(out, cap, "%s, %s for a reading", machine->clock,
                 tp_bench_value_text(cost, sizeof cost, machine->clock_cost_ns, "ns"));
        break;
    case STALLS:
        snprintf(out, cap, "%.3g per second, %s each: a spinning process was off its processor",
                 machine->idle_stalls_per_s,
                 tp_bench_value_text(cost, sizeof cost, machine->idle_stall_ns, "ns"));
        break;
    case FOREIGN:
        snprintf(out, cap, "%.1f %% of all processors, during the run", machine->foreign_cpu * 100);
        break;
    case THP:
        snprintf(out, cap, "%s", machine->thp);
        break;
    case MEMORY:
        snprintf(out, cap, "%s", machine->memory);
        break;
    default:
        snprintf(out, cap, "%s", machine->page_policy);
        break;
    }
    if (out[0] == '\0') {
        snprintf(out, cap, "unknown");
    }
    return true;
}
