#include "bench/report/report_fixture.h"

#include <math.h>
#include <stdio.h>

#include "tensorpool/error.h"
#include "tp_test.h"

/* Rounds differ by up to +- 10 %, the same for each row: a slow round is slow for all. */
static const double round_factor[TP_FIXTURE_ROUNDS] = { 1.0, 1.1, 0.9, 1.05, 0.95 };

/* And a little of their own: 0.98 .. 1.02, 1 in one round of five. */
static double jitter(int row, unsigned round)
{
    return 1 + 0.01 * ((3 * row + 2 * (int)round) % 5 - 2);
}

static tp_bench_row_t *add(tp_bench_results_t *results, tp_bench_group_t group, const char *subject,
                           size_t size, double p50)
{
    tp_bench_row_t *row = tp_bench_add_row(results);
    TP_CHECK(row != NULL);
    row->group = group;
    snprintf(row->subject, sizeof row->subject, "%s", subject);
    row->size = size;
    row->consumers = row->streams = 1;
    row->unit = "ns";
    row->nsamples = TP_FIXTURE_ROUNDS;
    for (unsigned i = 0; i < TP_FIXTURE_ROUNDS; i++) {
        tp_bench_sample_t *sample = &row->samples[i];
        for (int f = 0; f < TP_BENCH_FIGURES; f++) {
            sample->figures[f] = NAN;
        }
        sample->frames = 10000;
        const double at = p50 * round_factor[i] * jitter(results->nrows, i);
        sample->figures[TP_BENCH_FIGURE_P50] = at;
        sample->figures[TP_BENCH_FIGURE_P90] = at * 1.2;
        sample->figures[TP_BENCH_FIGURE_P99] = at * (2 + i % 3);
        sample->figures[TP_BENCH_FIGURE_P999] = at * (8 + i);
        sample->figures[TP_BENCH_FIGURE_MAX] = at * (40 + 10 * i);
        sample->figures[TP_BENCH_FIGURE_MEAN] = at * 1.3;
    }
    return row;
}

static void set(tp_bench_row_t *row, tp_bench_figure_t figure, double value)
{
    for (unsigned i = 0; i < row->nsamples; i++) {
        row->samples[i].figures[figure] = value * round_factor[i];
    }
}

static void clear(tp_bench_row_t *row, unsigned round)
{
    for (int f = 0; f < TP_BENCH_FIGURES; f++) {
        row->samples[round].figures[f] = NAN;
    }
}

static const char *const subjects[] = { "cache-line", "aeron",  "tensorpool",      "zeromq",
                                        "nng",        "socket", TP_FIXTURE_AWKWARD };
#define SUBJECTS ((int)(sizeof subjects / sizeof subjects[0]))

static void add_handoff(tp_bench_results_t *results)
{
    static const size_t sizes[] = { 64, 4096, 65536, 1 << 20, 8 << 20, 32 << 20 };
    static const double bases[SUBJECTS] = { 90, 220, 236, 5200, 8100, 3900, 450 };
    static const double per_byte[SUBJECTS] = { 0, 0, 1e-7, 0.12, 0.16, 0.25, 1e-6 };
    int aeron = TP_BENCH_NONE;
    for (int s = 0; s < SUBJECTS; s++) {
        for (int z = 0; z < (s < 2 ? 1 : 6); z++) {
            const double p50 = bases[s] + per_byte[s] * (double)sizes[z];
            tp_bench_row_t *row = add(results, TP_BENCH_HANDOFF, subjects[s], sizes[z], p50);
            set(row, TP_BENCH_FIGURE_CPU_NS, p50 * 2);
            set(row, TP_BENCH_FIGURE_FRAMES_PER_S, 0.8e9 / p50);
            set(row, TP_BENCH_FIGURE_FAULTS, 0);
            if (s == 1) {
                aeron = results->nrows - 1;
            }
            row->floor = s > 1 ? aeron : s == 1 ? 0 : TP_BENCH_NONE;
            if (s == 5 && z == 2) {
                row->nsamples = 0;
                snprintf(row->failure, sizeof row->failure, "connect: no such file & more");
            }
            if (s == 3 && z == 1) {
                clear(row, 2);
                row->note = "two copies in its own buffers";
            }
            if (s == 6) {
                snprintf(row->detail, sizeof row->detail, "ring <only>");
            }
        }
    }
    static const unsigned many[] = { 2, 8, 64 };
    for (int c = 0; c < 3; c++) {
        for (int s = 1; s < 3; s++) {
            tp_bench_row_t *row =
                add(results, TP_BENCH_HANDOFF, subjects[s], 64, bases[s] * (1 + 0.3 * many[c]));
            row->consumers = many[c];
            row->floor = s == 2 ? results->nrows - 2 : TP_BENCH_NONE;
            row->samples[1].lost = c == 2 ? 3 : 0;
        }
    }
}

static void add_rates(tp_bench_results_t *results)
{
    static const struct {
        double rate_hz;
        size_t size;
    } rates[] = { { 1000, 64 }, { 200, 1 << 20 }, { 5, 32 << 20 } };
    for (int r = 0; r < 3; r++) {
        for (int s = 1; s < 4; s++) {
            tp_bench_row_t *row =
                add(results, TP_BENCH_RATE, subjects[s], rates[r].size, 300.0 * s * s * (1 + r));
            row->rate_hz = rates[r].rate_hz;
            row->floor = s > 1 ? results->nrows - s : TP_BENCH_NONE;
            row->floor_figure = TP_BENCH_FIGURE_P99;
        }
    }
}

static void add_transfers(tp_bench_results_t *results, tp_bench_group_t group)
{
    static const char *const names[] = { "shm-ring", "tensorpool", "zeromq" };
    for (int z = 0; z < 4; z++) {
        for (int s = 0; s < 3; s++) {
            const size_t size = (size_t)64 << (6 * z);
            const double rate =
                (s == 2 ? 1.5e9 : 5e9 + s * 1e8) * (double)size / ((double)size + 3000);
            tp_bench_row_t *row = add(results, group, names[s], size, 1);
            for (unsigned i = 0; i < row->nsamples; i++) {
                clear(row, i);
            }
            set(row, TP_BENCH_FIGURE_BYTES_PER_S, rate);
            set(row, TP_BENCH_FIGURE_FRAMES_PER_S, rate / (double)size);
            set(row, TP_BENCH_FIGURE_CPU_NS, 2e9 * (double)size / rate);
            row->floor = s > 0 ? results->nrows - 1 - s : TP_BENCH_NONE;
            row->floor_figure = TP_BENCH_FIGURE_BYTES_PER_S;
        }
    }
}

static void add_costs(tp_bench_results_t *results)
{
    static const tp_bench_group_t groups[] = { TP_BENCH_SEND_COST, TP_BENCH_RECV_COST,
                                               TP_BENCH_ATTACH, TP_BENCH_SLEEP };
    for (int g = 0; g < 4; g++) {
        tp_bench_row_t *row = add(results, groups[g], "aeron", 0, 25 + 4000 * (g == 2));
        row = add(results, groups[g], "tensorpool", 0, 60 + 9000 * (g == 2));
        row->floor = results->nrows - 2;
        row = add(results, groups[g], "tensorpool", 0, 64 + 900000 * (g == 2));
        snprintf(row->detail, sizeof row->detail, "1000 idle streams");
        row->floor = results->nrows - 3;
    }
    tp_bench_row_t *row = add(results, TP_BENCH_DRIVER, "tensorpool", 0, 41000);
    snprintf(row->detail, sizeof row->detail, "duty cycle, 10000 leases");
    row = add(results, TP_BENCH_DRIVER, "tensorpool", 0, 11 << 20);
    snprintf(row->detail, sizeof row->detail, "resident memory");
    row->unit = "bytes";
}

static void add_target(tp_bench_results_t *results, const char *text, int row, int base,
                       double factor, double limit, bool is_minimum, tp_bench_figure_t figure)
{
    tp_bench_target_t *target = &results->targets[results->ntargets++];
    snprintf(target->text, sizeof target->text, "%s", text);
    target->row = row;
    target->base = base;
    target->factor = factor;
    target->limit = limit;
    target->is_minimum = is_minimum;
    target->figure = target->base_figure = figure;
}

static int find(const tp_bench_results_t *results, tp_bench_group_t group, const char *subject,
                size_t size)
{
    const int row = tp_bench_find_row(results, group, subject, NULL, size, 1, 1);
    TP_CHECK(row != TP_BENCH_NONE);
    return row;
}

static void add_targets(tp_bench_results_t *results)
{
    const int aeron = find(results, TP_BENCH_HANDOFF, "aeron", 64);
    add_target(results, "publish -> readable, 64 B, p50",
               find(results, TP_BENCH_HANDOFF, "tensorpool", 64), aeron, 0, 1.15, false,
               TP_BENCH_FIGURE_P50);
    add_target(results, "publish -> readable, 32 MiB, p50",
               find(results, TP_BENCH_HANDOFF, "tensorpool", 32 << 20), aeron, 0, 1.05, false,
               TP_BENCH_FIGURE_P50);
    add_target(results, "every byte written and read, <1 MiB>",
               find(results, TP_BENCH_TRANSFER, "tensorpool", 1 << 18),
               find(results, TP_BENCH_TRANSFER, "shm-ring", 1 << 18), 0, 0.95, true,
               TP_BENCH_FIGURE_BYTES_PER_S);
    add_target(results, "producer's own cost per frame",
               find(results, TP_BENCH_SEND_COST, "tensorpool", 0), TP_BENCH_NONE, 0, 100, false,
               TP_BENCH_FIGURE_P50);
    add_target(results, "producer's own cost per frame",
               find(results, TP_BENCH_SEND_COST, "tensorpool", 0),
               find(results, TP_BENCH_SEND_COST, "aeron", 0), 3, 1, false, TP_BENCH_FIGURE_P50);
    add_target(results, "p99 at 1 kHz, 64 B", TP_BENCH_NONE, TP_BENCH_NONE, 0, 3, false,
               TP_BENCH_FIGURE_P99);
    add_target(results, "page faults per frame", find(results, TP_BENCH_HANDOFF, "tensorpool", 64),
               TP_BENCH_NONE, 0, 0, false, TP_BENCH_FIGURE_FAULTS);
}

void tp_fixture_fill(tp_bench_results_t *results)
{
    TP_CHECK_EQ_I64(tp_bench_results_init(results), TP_OK);
    add_handoff(results);
    add_rates(results);
    add_transfers(results, TP_BENCH_TRANSFER);
    add_transfers(results, TP_BENCH_COPY);
    add_costs(results);
    add_targets(results);
    results->rounds = TP_FIXTURE_ROUNDS;
    results->seconds = 61.5;
    snprintf(results->version, sizeof results->version, "0.1.0");
    snprintf(results->started, sizeof results->started, "2026-01-02T03:04:05Z");
    results->machine = (tp_bench_machine_t){
        .cpu = "Processor (R) <64> & more",
        .kernel = "Linux 6.1",
        .cpus = 2,
        .sender_cpu = 0,
        .receiver_cpu = 1,
        .clock = "TSC, 2.600 GHz",
        .clock_cost_ns = 18.2,
        .thp = "advise",
        .memory = "prefaulted, 4 KiB pages",
        .page_policy = "none",
        .idle_stalls_per_s = 42.5,
        .idle_stall_ns = 31000,
        .foreign_cpu = 0.034,
    };
    tp_bench_warn(results,
                  "2 processors: rows with more than one consumer measure the <scheduler>");
    tp_bench_warn(results, "idle stalls: max and p99.9 are the machine's");
}
