#include "bench/targets.h"

#include "bench/drivers.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define KIB (UINT32_C(1) << 10)
#define MIB (UINT32_C(1) << 20)

static tp_bench_target_t *add(tp_bench_results_t *results, int row, int base, double limit,
                              const char *format, va_list args)
{
    static tp_bench_target_t spare; /* beyond the capacity: written and forgotten */
    tp_bench_target_t *target =
        results->ntargets < TP_BENCH_MAX_TARGETS ? &results->targets[results->ntargets++] : &spare;
    *target = (tp_bench_target_t){ .row = row,
                                   .base = base,
                                   .figure = TP_BENCH_FIGURE_P50,
                                   .base_figure = TP_BENCH_FIGURE_P50,
                                   .limit = limit };
    (void)vsnprintf(target->text, sizeof target->text, format, args);
    return target;
}

/* In the row's own unit. */
static tp_bench_target_t *promise(tp_bench_results_t *results, int row, double limit,
                                  const char *format, ...) __attribute__((format(printf, 4, 5)));

static tp_bench_target_t *promise(tp_bench_results_t *results, int row, double limit,
                                  const char *format, ...)
{
    va_list args;
    va_start(args, format);
    tp_bench_target_t *target = add(results, row, TP_BENCH_NONE, limit, format, args);
    va_end(args);
    return target;
}

/* As a multiple of another row. Without that row there is nothing to judge. */
static tp_bench_target_t *promise_ratio(tp_bench_results_t *results, int row, int base,
                                        double limit, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

static tp_bench_target_t *promise_ratio(tp_bench_results_t *results, int row, int base,
                                        double limit, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    tp_bench_target_t *target =
        add(results, base == TP_BENCH_NONE ? TP_BENCH_NONE : row, base, limit, format, args);
    va_end(args);
    return target;
}

static int find(const tp_bench_results_t *results, tp_bench_group_t group, const char *subject,
                const char *detail, size_t size, unsigned consumers)
{
    return tp_bench_find_row(results, group, subject, detail, size, consumers, 1);
}

static void handoff(tp_bench_results_t *r)
{
    static const size_t sizes[] = { 64, 4 * KIB, 64 * KIB, MIB, 8 * MIB, 32 * MIB };
    static const char *const subjects[] = { "tensorpool-desc", "tensorpool" };
    char size[32];
    const int aeron = find(r, TP_BENCH_HANDOFF, "aeron", NULL, 64, 1);
    for (unsigned k = 0; k < 2; k++) {
        const char *how = k == 0 ? "by descriptor" : "following the ring";
        const int small = find(r, TP_BENCH_HANDOFF, subjects[k], NULL, 64, 1);
        for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            (void)tp_bench_size_text(size, sizeof size, sizes[i]);
            const int row = find(r, TP_BENCH_HANDOFF, subjects[k], NULL, sizes[i], 1);
            promise_ratio(r, row, aeron, 1.15,
                          "publish -> readable %s, %s / Aeron's hand-off of 64 B, p50", how, size);
        }
        const int large = find(r, TP_BENCH_HANDOFF, subjects[k], NULL, 32 * MIB, 1);
        promise_ratio(r, large, small, 1.05, "publish -> readable %s, 32 MiB / 64 B, p50", how);
    }
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        (void)tp_bench_size_text(size, sizeof size, sizes[i]);
        promise_ratio(r, find(r, TP_BENCH_HANDOFF, "tensorpool", NULL, sizes[i], 1),
                      find(r, TP_BENCH_HANDOFF, "shm-flag", NULL, sizes[i], 1), 1.5,
                      "publish -> readable following the ring, %s / raw shared-memory flag, p50",
                      size);
    }
}

static void costs(tp_bench_results_t *r)
{
    const int own = find(r, TP_BENCH_SEND_COST, "tensorpool", "", 64, 1);
    promise(r, own, 100, "producer's own cost per frame, one consumer, p50");
    promise_ratio(r, own, find(r, TP_BENCH_SEND_COST, "aeron", "+ 256-byte store", 64, 1), 3,
                  "producer's own cost / Aeron claim + commit + a 256-byte store");
    promise_ratio(r, find(r, TP_BENCH_SEND_COST, "tensorpool-desc", "", 64, 1),
                  find(r, TP_BENCH_SEND_COST, "aeron", "+ 256-byte store", 64, 1), 3,
                  "the same with a subscriber to descriptors");
    promise_ratio(r, find(r, TP_BENCH_SEND_COST, "tensorpool", "", 64, 64), own, 1.1,
                  "producer's own cost, 64 consumers / one");
    promise_ratio(r, find(r, TP_BENCH_SEND_COST, "tensorpool", "1000 idle streams", 64, 1), own,
                  1.1, "producer's own cost, 1 000 idle streams / none");
    promise(r, find(r, TP_BENCH_RECV_COST, "tensorpool", "", 64, 1), 60,
            "consumer's own cost per accepted frame, p50");
}

static void throughput(tp_bench_results_t *r)
{
    static const size_t copies[] = { 640 * KIB, 4 * MIB };
    static const size_t transfers[] = { MIB, 8 * MIB };
    char size[32];
    for (unsigned i = 0; i < 2; i++) {
        (void)tp_bench_size_text(size, sizeof size, copies[i]);
        tp_bench_target_t *target =
            promise_ratio(r, find(r, TP_BENCH_COPY, "tensorpool-offer", NULL, copies[i], 0),
                          find(r, TP_BENCH_COPY, "memcpy", NULL, copies[i], 0), 0.95,
                          "offer, %s / memcpy into the same ring, GB/s", size);
        target->figure = target->base_figure = TP_BENCH_FIGURE_BYTES_PER_S;
        target->is_minimum = true;
    }
    for (unsigned i = 0; i < 2; i++) {
        (void)tp_bench_size_text(size, sizeof size, transfers[i]);
        const int row = find(r, TP_BENCH_TRANSFER, "tensorpool", "", transfers[i], 1);
        tp_bench_target_t *target = promise_ratio(
            r, row, find(r, TP_BENCH_TRANSFER, "shm-flag", NULL, transfers[i], 1), 0.95,
            "every byte written and read, %s / raw shared-memory ring, GB/s", size);
        target->figure = target->base_figure = TP_BENCH_FIGURE_BYTES_PER_S;
        target->is_minimum = true;
    }
}

static void faults(tp_bench_results_t *r)
{
    static const size_t sizes[] = { 64, MIB, 8 * MIB, 32 * MIB };
    char size[32];
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        (void)tp_bench_size_text(size, sizeof size, sizes[i]);
        tp_bench_target_t *target =
            promise(r, find(r, TP_BENCH_TRANSFER, "tensorpool", "", sizes[i], 1), 0,
                    "page faults per frame after warm-up, %s", size);
        target->figure = TP_BENCH_FIGURE_FAULTS;
        target->is_every_round = true;
    }
    tp_bench_target_t *target =
        promise(r, find(r, TP_BENCH_TRANSFER, "tensorpool", "for 2.5 s", MIB, 1), 0,
                "page faults per frame, across announces of the same epoch");
    target->figure = TP_BENCH_FIGURE_FAULTS;
    target->is_every_round = true;
}

static bool is_named(const tp_bench_row_t *row, const char *prefix)
{
    return strncmp(row->subject, prefix, strlen(prefix)) == 0;
}

static void rates(tp_bench_results_t *r)
{
    char size[32];
    for (int i = 0; i < r->nrows; i++) {
        const tp_bench_row_t *row = &r->rows[i];
        if (row->group != TP_BENCH_RATE || !is_named(row, "tensorpool")) {
            continue;
        }
        int base = TP_BENCH_NONE;
        for (int k = 0; k < r->nrows; k++) {
            const tp_bench_row_t *other = &r->rows[k];
            if (other->group == TP_BENCH_RATE && is_named(other, "aeron") &&
                other->rate_hz == row->rate_hz) {
                base = k;
            }
        }
        (void)tp_bench_size_text(size, sizeof size, row->size);
        tp_bench_target_t *target =
            promise_ratio(r, i, base, 3, "%s at %.0f Hz, %s / Aeron at that rate, p99",
                          row->subject, row->rate_hz, size);
        target->figure = target->base_figure = TP_BENCH_FIGURE_P99;
    }
}

static void attaching(tp_bench_results_t *r)
{
    const int aeron = tp_bench_find_row(r, TP_BENCH_ATTACH, "aeron", NULL, 0, 0, 1);
    static const char *const details[] = { "consumer, to first frame",
                                           "producer, to first commit" };
    for (unsigned i = 0; i < 2; i++) {
        tp_bench_target_t *target = promise_ratio(
            r, tp_bench_find_row(r, TP_BENCH_ATTACH, "tensorpool", details[i], 0, 0, 1), aeron, 3,
            "attach, %s / Aeron's add publication and mapping, p99", details[i]);
        target->figure = target->base_figure = TP_BENCH_FIGURE_P99;
    }
    for (unsigned i = 0; i < TP_BENCH_LARGE_CLASSES; i++) {
        const uint64_t bytes = tp_bench_large_bytes(i);
        const int row = tp_bench_find_row(r, TP_BENCH_ATTACH, "tensorpool",
                                          "producer with a pool of that size", bytes, 0, 1);
        char size[32];
        (void)tp_bench_size_text(size, sizeof size, bytes);
        if (row != TP_BENCH_NONE) {
            promise_ratio(r, row, r->rows[row].floor, 1.2,
                          "producer attach with a pool of %s, prefaulted / touching it once", size);
        }
        const int other = tp_bench_find_row(r, TP_BENCH_ATTACH, "tensorpool",
                                            "another client meanwhile", bytes, 0, 1);
        if (other != TP_BENCH_NONE) {
            promise(r, other, 5e6, "another client's attach while %s are made, max", size)->figure =
                TP_BENCH_FIGURE_MAX;
        }
    }
}

static void sleeping(tp_bench_results_t *r)
{
    promise(r, find(r, TP_BENCH_SLEEP, "tensorpool-sleep", NULL, 64, 1), 20000,
            "publish -> readable by a sleeping consumer, p50");
    promise_ratio(r, find(r, TP_BENCH_SEND_COST, "tensorpool", "", 64, 1),
                  find(r, TP_BENCH_SEND_COST, "tensorpool", "wakes nobody", 64, 1), 2,
                  "added to the producer while nobody sleeps, p50")
        ->is_difference = true;
}

static int find_driver(const tp_bench_results_t *r, const char *detail)
{
    return tp_bench_find_row(r, TP_BENCH_DRIVER, "tensorpool", detail, 0, 0, 1);
}

static void driver(tp_bench_results_t *r)
{
    promise(r, find_driver(r, "duty cycle with 10 000 leases"), 1e6,
            "driver with 10 000 leases: the longest duty cycle of each round, CPU time")
        ->figure = TP_BENCH_FIGURE_MAX;
    r->targets[r->ntargets - 1].is_every_round = true;
    promise_ratio(r, find_driver(r, "per lease, of 10 000"), find_driver(r, "per lease, of 5 000"),
                  1.2, "driver: keepalives and expiry per lease, 10 000 / 5 000 leases (linear)");
    promise(r,
            tp_bench_find_row(r, TP_BENCH_DRIVER, "tensorpool", "resident, embedded media driver",
                              0, 0, 1),
            16.0 * MIB, "resident memory of driver and media driver, no stream");
}

static void bridging(tp_bench_results_t *r)
{
    const char *detail = "mtu 1408";
    const int row = tp_bench_find_row(r, TP_BENCH_BRIDGE, "tensorpool", detail, 640 * KIB, 0, 1);
    const int floor = tp_bench_find_row(r, TP_BENCH_BRIDGE, "aeron", detail, 640 * KIB, 0, 1);
    tp_bench_target_t *target =
        promise_ratio(r, row, floor, 0.9, "bridge over loopback UDP, 640 KiB, bytes/s / raw Aeron");
    target->figure = TP_BENCH_FIGURE_BYTES_PER_S;
    target->base_figure = TP_BENCH_FIGURE_BYTES_PER_S;
    target->is_minimum = true;
}

void tp_bench_set_targets(tp_bench_results_t *results)
{
    handoff(results);
    costs(results);
    throughput(results);
    faults(results);
    rates(results);
    attaching(results);
    sleeping(results);
    driver(results);
    bridging(results);
}
