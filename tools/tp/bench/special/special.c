#include "bench/special/special.h"

#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "bench/clock.h"
#include "bench/drivers.h"
#include "bench/targets.h"

#define KIB (UINT32_C(1) << 10)
#define MIB (UINT32_C(1) << 20)
#define SAMPLES 65536

/* ---- in a child ---- */

typedef struct solo_job {
    tp_bench_solo_t solo;
    int (*fn)(tp_bench_solo_t *solo);
} solo_job_t;

static int run_solo(void *clientd, int fd)
{
    solo_job_t *job = clientd;
    tp_bench_report_t *report = &job->solo.board->sender;
    (void)fd;
    tp_bench_pin(job->solo.run->cores.sender);
    report->code = job->fn(&job->solo);
    if (report->code != TP_OK) {
        (void)snprintf(report->text, sizeof report->text, "%.*s", (int)sizeof report->text - 1,
                       tp_errmsg());
    }
    return report->code == TP_OK ? 0 : 1;
}

int tp_bench_solo_run(tp_bench_run_t *run, const tp_bench_row_t *row,
                      int (*fn)(tp_bench_solo_t *solo), double timeout_ns,
                      tp_bench_sample_t *out_sample)
{
    tp_bench_board_t *board = tp_bench_board_create(1, SAMPLES);
    if (board == NULL) {
        return TP_ENOMEM;
    }
    solo_job_t job = { .solo = { .run = run, .row = row, .board = board }, .fn = fn };
    int rc = tp_bench_child_run(run_solo, &job, timeout_ns);
    const tp_bench_report_t *report = &board->sender;
    if (report->code != TP_OK) {
        rc = tpi_fail(report->code, "%s: %s", row->subject, report->text);
    } else if (rc == TP_OK && report->nsamples == 0) {
        rc = tpi_fail(TP_EIO, "%s: nothing was measured", row->subject);
    }
    if (rc == TP_OK) {
        tp_bench_sample_distribution(out_sample, report->samples, report->nsamples,
                                     tp_bench_clock.ns_per_tick);
        out_sample->frames = report->nsamples;
    }
    tp_bench_board_destroy(board);
    return rc;
}

/* ---- rows ---- */

static tp_bench_attach_kind_t attach_kinds[] = { TP_BENCH_ATTACH_AERON, TP_BENCH_ATTACH_CONSUMER,
                                                 TP_BENCH_ATTACH_PRODUCER };
static tp_bench_provision_kind_t provision_kinds[] = { TP_BENCH_PROVISION_TOUCH,
                                                       TP_BENCH_PROVISION_ATTACH,
                                                       TP_BENCH_PROVISION_OTHER };

static tp_bench_leases_plan_t leases_plans[] = { { 10000, false },
                                                 { 5000, true },
                                                 { 10000, true } };

typedef struct special {
    tp_bench_group_t group;
    const char *subject, *detail;
    size_t size;
    const char *unit, *note;
    tp_bench_row_fn_t measure;
    const void *plan;
} special_t;

/* The row's index, NONE if it is not wanted. */
static int add(tp_bench_results_t *results, const tp_bench_plan_options_t *options,
               const special_t *special, int floor)
{
    if ((options->max_size > 0 && special->size > options->max_size) ||
        !tp_bench_plan_wants(options, special->group, special->subject)) {
        return TP_BENCH_NONE;
    }
    tp_bench_row_t *row = tp_bench_add_row(results);
    if (row == NULL) {
        return TP_BENCH_NONE;
    }
    row->group = special->group;
    (void)snprintf(row->subject, sizeof row->subject, "%s", special->subject);
    (void)snprintf(row->detail, sizeof row->detail, "%s", special->detail);
    row->size = special->size;
    row->streams = 1;
    row->unit = special->unit != NULL ? special->unit : "ns";
    row->note = special->note;
    row->measure = special->measure;
    row->plan = special->plan;
    row->floor = floor;
    const bool is_throughput = special->group == TP_BENCH_COPY || special->group == TP_BENCH_BRIDGE;
    row->floor_figure = is_throughput ? TP_BENCH_FIGURE_BYTES_PER_S : TP_BENCH_FIGURE_P50;
    return results->nrows - 1;
}

static void plan_copy(tp_bench_results_t *results, const tp_bench_plan_options_t *options)
{
    static const size_t sizes[] = { 64 * KIB, 640 * KIB, 4 * MIB };
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        special_t special = { .group = TP_BENCH_COPY,
                              .subject = "memcpy",
                              .detail = "",
                              .size = sizes[i],
                              .measure = tp_bench_measure_copy };
        const int floor = add(results, options, &special, TP_BENCH_NONE);
        special.subject = "tensorpool-offer";
        (void)add(results, options, &special, floor);
    }
}

static void plan_attach(tp_bench_results_t *results, const tp_bench_plan_options_t *options)
{
    special_t special = { .group = TP_BENCH_ATTACH,
                          .subject = "aeron",
                          .detail = "add publication, and map",
                          .measure = tp_bench_measure_attach,
                          .plan = &attach_kinds[0] };
    const int floor = add(results, options, &special, TP_BENCH_NONE);
    special.subject = "tensorpool";
    special.detail = "consumer, to first frame";
    special.plan = &attach_kinds[1];
    (void)add(results, options, &special, floor);
    special.detail = "producer, to first commit";
    special.plan = &attach_kinds[2];
    (void)add(results, options, &special, floor);
}

static void plan_provision(tp_bench_results_t *results, const tp_bench_plan_options_t *options)
{
    for (unsigned i = 0; i < TP_BENCH_LARGE_CLASSES; i++) {
        const uint64_t bytes = tp_bench_large_bytes(i);
        /* 64 MiB; 1 GiB as well; all of them. */
        if ((options->level == TP_BENCH_QUICK && i > 0) ||
            (options->level == TP_BENCH_STANDARD && i != 0 && i != 2)) {
            continue;
        }
        special_t special = { .group = TP_BENCH_ATTACH,
                              .subject = "touch",
                              .detail = "a new file, each page once",
                              .size = bytes,
                              .measure = tp_bench_measure_provision,
                              .plan = &provision_kinds[0] };
        const int floor = add(results, options, &special, TP_BENCH_NONE);
        special.subject = "tensorpool";
        special.detail = "producer with a pool of that size";
        special.plan = &provision_kinds[1];
        (void)add(results, options, &special, floor);
        special.note = "both programs, driver and client, with time slices of 0.1 ms";
        special.detail = "another client meanwhile";
        special.plan = &provision_kinds[2];
        (void)add(results, options, &special, TP_BENCH_NONE);
    }
}

static void plan_memory(tp_bench_results_t *results, const tp_bench_plan_options_t *options)
{
    const special_t special = { .group = TP_BENCH_DRIVER,
                                .subject = "tensorpool",
                                .detail = "resident, embedded media driver",
                                .unit = "bytes",
                                .measure = tp_bench_measure_memory };
    (void)add(results, options, &special, TP_BENCH_NONE);
}

static void plan_leases(tp_bench_results_t *results, const tp_bench_plan_options_t *options)
{
    special_t special = { .group = TP_BENCH_DRIVER,
                          .subject = "tensorpool",
                          .detail = "duty cycle with 10 000 leases",
                          .note = "CPU time; 3 keepalives for each lease, then all expire",
                          .measure = tp_bench_measure_leases,
                          .plan = &leases_plans[0] };
    (void)add(results, options, &special, TP_BENCH_NONE);
    special.detail = "per lease, of 5 000";
    special.plan = &leases_plans[1];
    const int few = add(results, options, &special, TP_BENCH_NONE);
    special.detail = "per lease, of 10 000";
    special.plan = &leases_plans[2];
    (void)add(results, options, &special, few);
}

static void plan_bridge(tp_bench_results_t *results, const tp_bench_plan_options_t *options)
{
    static const struct {
        size_t size;
        uint32_t mtu;
        const char *detail;
    } kinds[] = { { 4 * KIB, 1408, "mtu 1408" },
                  { 640 * KIB, 1408, "mtu 1408" },
                  { 640 * KIB, 8192, "mtu 8k" } };
    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        special_t special = { .group = TP_BENCH_BRIDGE,
                              .subject = "aeron",
                              .detail = kinds[i].detail,
                              .size = kinds[i].size,
                              .note = "one process and thread beside the media driver",
                              .measure = tp_bench_measure_bridge,
                              .plan = &kinds[i].mtu };
        const int floor = add(results, options, &special, TP_BENCH_NONE);
        special.subject = "tensorpool";
        (void)add(results, options, &special, floor);
    }
}

void tp_bench_plan_special(tp_bench_results_t *results, const tp_bench_plan_options_t *options)
{
    plan_copy(results, options);
    plan_attach(results, options);
    plan_provision(results, options);
    plan_memory(results, options);
    plan_leases(results, options);
    plan_bridge(results, options);
}
