#include "bench/cells.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "bench/clock.h"
#include "bench/drivers.h"

#define DEADLINE_NS 3e10
#define SAMPLES_MAX (UINT32_C(1) << 18)
#define SAMPLES_ALL_MAX (UINT32_C(1) << 21) /* of all consumers together */

void tp_bench_sample_init(tp_bench_sample_t *sample)
{
    memset(sample, 0, sizeof *sample);
    for (int i = 0; i < TP_BENCH_FIGURES; i++) {
        sample->figures[i] = NAN;
    }
}

static int compare(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static double at_rank(const uint64_t *sorted, size_t count, double quantile)
{
    const double rank = ceil(quantile * (double)count);
    const size_t index = rank < 1 ? 0 : (size_t)rank - 1;
    return (double)sorted[index < count ? index : count - 1];
}

void tp_bench_sample_distribution(tp_bench_sample_t *sample, uint64_t *ticks, size_t count,
                                  double scale)
{
    if (count == 0) {
        return;
    }
    qsort(ticks, count, sizeof ticks[0], compare);
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += (double)ticks[i];
    }
    double *figures = sample->figures;
    figures[TP_BENCH_FIGURE_P50] = at_rank(ticks, count, 0.5) * scale;
    figures[TP_BENCH_FIGURE_P90] = at_rank(ticks, count, 0.9) * scale;
    figures[TP_BENCH_FIGURE_P99] = at_rank(ticks, count, 0.99) * scale;
    figures[TP_BENCH_FIGURE_P999] = at_rank(ticks, count, 0.999) * scale;
    figures[TP_BENCH_FIGURE_MAX] = (double)ticks[count - 1] * scale;
    figures[TP_BENCH_FIGURE_MEAN] = sum / (double)count * scale;
}

/* ---- from what the participants measured ---- */

static int gather(const tp_bench_board_t *board, const tp_bench_row_t *row, tp_bench_mode_t mode,
                  tp_bench_sample_t *out)
{
    size_t count = mode == TP_BENCH_MODE_SEND_COST ? board->sender.nsamples : 0;
    for (unsigned i = 0; i < row->consumers && mode != TP_BENCH_MODE_SEND_COST; i++) {
        count += board->receivers[i].nsamples;
    }
    uint64_t *all = malloc((count > 0 ? count : 1) * sizeof *all);
    if (all == NULL) {
        return tpi_fail(TP_ENOMEM, "%zu samples", count);
    }
    size_t at = 0;
    uint64_t last = board->sender.begin;
    double cpu_ns = (double)board->sender.cpu_ns;
    double faults = (double)board->sender.faults;
    for (unsigned i = 0; i < row->consumers; i++) {
        const tp_bench_report_t *report = &board->receivers[i];
        if (mode != TP_BENCH_MODE_SEND_COST) {
            memcpy(all + at, report->samples, report->nsamples * sizeof *all);
            at += report->nsamples;
        }
        out->frames += report->frames;
        out->lost += report->lost;
        out->torn += report->torn;
        cpu_ns += (double)report->cpu_ns;
        faults += (double)report->faults;
        last = report->last > last ? report->last : last;
    }
    if (mode == TP_BENCH_MODE_SEND_COST) {
        memcpy(all, board->sender.samples, count * sizeof *all);
        last = board->sender.end;
    }
    tp_bench_sample_distribution(out, all, count, tp_bench_clock.ns_per_tick);
    free(all);

    /* What arrived whole, at the average consumer: a subject that loses frames does not get faster by it. */
    const double whole = (double)(out->frames - out->torn) / row->consumers;
    const double published = (double)board->sender.frames;
    const double seconds = tp_bench_ns(last - board->sender.begin) / 1e9;
    if (published > 0 && seconds > 0) {
        out->figures[TP_BENCH_FIGURE_FAULTS] = faults / published;
        if (mode == TP_BENCH_MODE_TRANSFER || mode == TP_BENCH_MODE_HANDOFF ||
            mode == TP_BENCH_MODE_RATE) {
            out->figures[TP_BENCH_FIGURE_CPU_NS] = cpu_ns / published;
            out->figures[TP_BENCH_FIGURE_FRAMES_PER_S] = whole / seconds;
        }
        if (mode == TP_BENCH_MODE_TRANSFER) {
            out->figures[TP_BENCH_FIGURE_BYTES_PER_S] = whole * (double)row->size / seconds;
        }
    }
    const double before = board->distance_before, after = board->distance_after;
    out->distance_ns = tp_bench_is_as_far(before, after) ? (before + after) / 2 : NAN;
    return count > 0 ? TP_OK : tpi_fail(TP_EIO, "%s: no frame was measured", row->subject);
}

int tp_bench_measure_cell(tp_bench_run_t *run, const tp_bench_row_t *row,
                          tp_bench_sample_t *out_sample)
{
    const tp_bench_cell_plan_t *plan = row->plan;
    const unsigned cpus = run->results->machine.cpus;
    const bool has_threads = plan->subject->has_threads;
    const bool can_spin = 1 + row->consumers <= cpus && !has_threads;
    const tp_bench_cell_t cell = {
        .dir = run->shm_dir,
        .aeron_dir = run->aeron_dir,
        .id = run->next_id++,
        .size = row->size,
        .consumers = row->consumers,
        .streams = row->streams,
        .window = plan->window,
        .slots = tp_bench_nslots(tp_bench_stride(row->size)),
        .idle_streams = plan->idle_streams,
        .never_wake = plan->never_wake,
        .can_spin = can_spin,
    };
    const uint32_t laps = 2 * tp_bench_nslots(tp_bench_stride(row->size));
    tp_bench_task_t task = {
        .mode = plan->mode,
        .size = row->size,
        .consumers = row->consumers,
        .streams = row->streams,
        .window = plan->window,
        .rate_hz = row->rate_hz,
        .can_spin = can_spin,
        .sender_can_spin = cpus > 1 && !has_threads,
        .blocks = plan->subject->blocks,
        .is_message = row->size <= plan->subject->message_size,
        .side_store = plan->side_store,
        .warm_frames = row->rate_hz > 0 ? 0 : (uint64_t)laps * row->streams,
        .warm_ns = run->warm_ns,
        .measure_ns = plan->measure_ns > 0 ? plan->measure_ns : run->measure_ns,
    };
    if (plan->mode == TP_BENCH_MODE_RATE) {
        /* Two laps at their rate can take half a minute: pages were touched by prefaulting, and the
         * first frames warm the rest. */
        const double period_ns = 1e9 / row->rate_hz;
        task.warm_ns = 3 * period_ns > run->warm_ns ? 3 * period_ns : run->warm_ns;
        task.measure_ns = 25 * period_ns > task.measure_ns ? 25 * period_ns : task.measure_ns;
    }
    uint32_t capacity = SAMPLES_MAX;
    while (capacity * row->consumers > SAMPLES_ALL_MAX) {
        capacity /= 2;
    }
    task.max_frames = capacity;
    tp_bench_board_t *board = tp_bench_board_create(row->consumers, capacity);
    if (board == NULL) {
        return TP_ENOMEM;
    }
    int rc = tp_bench_crew_run(plan->subject, &cell, &task, &run->cores, board, DEADLINE_NS);
    if (rc == TP_OK) {
        rc = gather(board, row, plan->mode, out_sample);
    }
    tp_bench_board_destroy(board);
    return rc;
}
