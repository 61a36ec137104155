/*
 * tp/bench/report_json.c - the results as JSON.
 */
#include "bench/report/report_json.h"

#include <math.h>
#include <stdio.h>

#include "tp_common.h"

/* Not tp_bench_figure_name: keys without dots, slashes and blanks need no quoting in jq or in Python. */
static const char *const figure_keys[TP_BENCH_FIGURES] = {
    [TP_BENCH_FIGURE_P50] = "p50",
    [TP_BENCH_FIGURE_P90] = "p90",
    [TP_BENCH_FIGURE_P99] = "p99",
    [TP_BENCH_FIGURE_P999] = "p999",
    [TP_BENCH_FIGURE_MAX] = "max",
    [TP_BENCH_FIGURE_MEAN] = "mean",
    [TP_BENCH_FIGURE_FRAMES_PER_S] = "frames_per_s",
    [TP_BENCH_FIGURE_BYTES_PER_S] = "bytes_per_s",
    [TP_BENCH_FIGURE_CPU_NS] = "cpu_ns_per_frame",
    [TP_BENCH_FIGURE_FAULTS] = "faults_per_frame",
};

static void add_number(json_object *object, const char *key, double value)
{
    if (!isfinite(value)) {
        tp_json_add_null(object, key); /* JSON has no NaN */
        return;
    }
    char text[40];
    snprintf(text, sizeof text, "%.9g", value);
    json_object_object_add(object, key, json_object_new_double_s(value, text));
}

/* A string of its own, cleaned as tp_json_add_string cleans: JSON must be UTF-8. */
static json_object *text_to_json(const char *text)
{
    json_object *holder = json_object_new_object();
    tp_json_add_string(holder, "text", text);
    json_object *string = json_object_get(json_object_object_get(holder, "text"));
    json_object_put(holder);
    return string;
}

static void add_index(json_object *object, const char *key, int row)
{
    if (row == TP_BENCH_NONE) {
        tp_json_add_null(object, key);
    } else {
        tp_json_add_i64(object, key, row);
    }
}

static json_object *spread_to_json(tp_bench_spread_t spread)
{
    json_object *object = json_object_new_object();
    add_number(object, "median", spread.median);
    add_number(object, "min", spread.min);
    add_number(object, "max", spread.max);
    return object;
}

static json_object *machine_to_json(const tp_bench_machine_t *machine)
{
    json_object *object = json_object_new_object();
    tp_json_add_string(object, "cpu", machine->cpu);
    tp_json_add_string(object, "kernel", machine->kernel);
    tp_json_add_u64(object, "cpus", machine->cpus);
    tp_json_add_i64(object, "sender_cpu", machine->sender_cpu);
    tp_json_add_i64(object, "receiver_cpu", machine->receiver_cpu);
    tp_json_add_string(object, "clock", machine->clock);
    add_number(object, "clock_cost_ns", machine->clock_cost_ns);
    tp_json_add_string(object, "thp", machine->thp);
    tp_json_add_string(object, "memory", machine->memory);
    tp_json_add_string(object, "page_policy", machine->page_policy);
    add_number(object, "idle_stalls_per_s", machine->idle_stalls_per_s);
    add_number(object, "idle_stall_ns", machine->idle_stall_ns);
    add_number(object, "foreign_cpu", machine->foreign_cpu);
    return object;
}

static json_object *sample_to_json(const tp_bench_sample_t *sample)
{
    json_object *object = json_object_new_object();
    for (int f = 0; f < TP_BENCH_FIGURES; f++) {
        add_number(object, figure_keys[f], sample->figures[f]);
    }
    tp_json_add_u64(object, "frames", sample->frames);
    tp_json_add_u64(object, "lost", sample->lost);
    tp_json_add_u64(object, "torn", sample->torn);
    add_number(object, "distance_ns", sample->distance_ns > 0 ? sample->distance_ns : NAN);
    return object;
}

static json_object *row_to_json(const tp_bench_results_t *results, const tp_bench_row_t *row)
{
    json_object *object = json_object_new_object();
    tp_json_add_string(object, "group", tp_bench_group_name(row->group));
    tp_json_add_string(object, "subject", row->subject);
    tp_json_add_string(object, "detail", row->detail);
    tp_json_add_u64(object, "size", row->size);
    tp_json_add_u64(object, "consumers", row->consumers);
    tp_json_add_u64(object, "streams", row->streams);
    add_number(object, "rate_hz", row->rate_hz);
    tp_json_add_string(object, "unit", row->unit);
    tp_json_add_string(object, "note", row->note);
    tp_json_add_string(object, "failure", row->failure[0] != '\0' ? row->failure : NULL);
    add_index(object, "floor", row->floor);
    if (row->floor == TP_BENCH_NONE) {
        tp_json_add_null(object, "floor_figure");
        tp_json_add_null(object, "ratio");
    } else {
        tp_json_add_string(object, "floor_figure", figure_keys[row->floor_figure]);
        json_object_object_add(object, "ratio", spread_to_json(tp_bench_floor_ratio(results, row)));
    }

    json_object *figures = json_object_new_object();
    for (int f = 0; f < TP_BENCH_FIGURES; f++) {
        const tp_bench_spread_t spread = tp_bench_figure(row, (tp_bench_figure_t)f);
        json_object_object_add(figures, figure_keys[f],
                               spread.count > 0 ? spread_to_json(spread) : NULL);
    }
    json_object_object_add(object, "figures", figures);

    json_object *samples = json_object_new_array();
    uint64_t frames = 0, lost = 0, torn = 0;
    for (unsigned i = 0; i < row->nsamples && i < TP_BENCH_MAX_ROUNDS; i++) {
        json_object_array_add(samples, sample_to_json(&row->samples[i]));
        frames += row->samples[i].frames;
        lost += row->samples[i].lost;
        torn += row->samples[i].torn;
    }
    tp_json_add_u64(object, "frames", frames);
    tp_json_add_u64(object, "lost", lost);
    tp_json_add_u64(object, "torn", torn);
    json_object_object_add(object, "samples", samples);
    return object;
}

static json_object *target_to_json(const tp_bench_results_t *results,
                                   const tp_bench_target_t *target)
{
    static const char *const verdicts[] = {
        [TP_BENCH_MET] = "met",
        [TP_BENCH_MISSED] = "missed",
        [TP_BENCH_UNKNOWN] = "not_measured",
    };
    tp_bench_spread_t value;
    const tp_bench_verdict_t verdict = tp_bench_judge(results, target, &value);
    json_object *object = json_object_new_object();
    tp_json_add_string(object, "text", target->text);
    tp_json_add_string(object, "verdict", verdicts[verdict]);
    add_number(object, "value", value.median);
    add_number(object, "min", value.min);
    add_number(object, "max", value.max);
    add_number(object, "limit", target->limit);
    tp_json_add_bool(object, "is_difference", target->is_difference);
    tp_json_add_bool(object, "is_minimum", target->is_minimum);
    add_index(object, "row", target->row);
    tp_json_add_string(object, "figure", figure_keys[target->figure]);
    add_index(object, "base", target->base);
    if (target->base == TP_BENCH_NONE) {
        tp_json_add_null(object, "base_figure");
        tp_json_add_null(object, "factor");
    } else {
        tp_json_add_string(object, "base_figure", figure_keys[target->base_figure]);
        add_number(object, "factor", target->factor == 0 ? 1 : target->factor);
    }
    return object;
}

json_object *tp_bench_to_json(const tp_bench_results_t *results)
{
    json_object *object = json_object_new_object();
    if (object == NULL) {
        return NULL;
    }
    tp_json_add_string(object, "version", results->version);
    tp_json_add_string(object, "started", results->started);
    add_number(object, "seconds", results->seconds);
    add_number(object, "warm_ns", results->warm_ns);
    add_number(object, "measure_ns", results->measure_ns);
    tp_json_add_u64(object, "rounds", results->rounds);
    json_object_object_add(object, "machine", machine_to_json(&results->machine));

    json_object *warnings = json_object_new_array();
    for (int i = 0; i < results->nwarnings; i++) {
        json_object_array_add(warnings, text_to_json(results->warnings[i]));
    }
    json_object_object_add(object, "warnings", warnings);

    json_object *rows = json_object_new_array();
    for (int i = 0; i < results->nrows; i++) {
        json_object_array_add(rows, row_to_json(results, &results->rows[i]));
    }
    json_object_object_add(object, "rows", rows);

    json_object *targets = json_object_new_array();
    for (int i = 0; i < results->ntargets; i++) {
        json_object_array_add(targets, target_to_json(results, &results->targets[i]));
    }
    json_object_object_add(object, "targets", targets);
    return object;
}
