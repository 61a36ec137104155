#include "bench/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "bench/cells.h"
#include "bench/drivers.h"
#include "bench/targets.h"

#define KIB (UINT32_C(1) << 10)
#define MIB (UINT32_C(1) << 20)
#define BATCH 32u
/* Longer than two periods of the announces, which come each second. */
#define LONG_NS 2.5e9
#define LONG_DETAIL "for 2.5 s"
#define WINDOW 2u /* of transfers: one frame is written while another is read */

/* What rows point to; a benchmark has one plan, for the life of the process. */
static tp_bench_cell_plan_t cell_plans[TP_BENCH_MAX_ROWS];

typedef struct planning {
    tp_bench_results_t *results;
    const tp_bench_plan_options_t *options;
} planning_t;

/* Is `name` one of a comma-separated list? */
static bool is_listed(const char *list, const char *name)
{
    const size_t len = strlen(name);
    for (const char *at = list; at != NULL;
         at = strchr(at, ',') != NULL ? strchr(at, ',') + 1 : NULL) {
        if (strncmp(at, name, len) == 0 && (at[len] == ',' || at[len] == '\0')) {
            return true;
        }
    }
    return false;
}

static bool is_floor(const char *subject)
{
    return strcmp(subject, "cacheline") == 0 || strcmp(subject, "shm-flag") == 0 ||
           strcmp(subject, "memcpy-ring") == 0 || strcmp(subject, "aeron") == 0 ||
           strcmp(subject, "futex") == 0 || strcmp(subject, "memcpy") == 0 ||
           strcmp(subject, "touch") == 0;
}

bool tp_bench_plan_wants(const tp_bench_plan_options_t *options, tp_bench_group_t group,
                         const char *subject)
{
    if (options->groups != 0 && (options->groups & UINT32_C(1) << group) == 0) {
        return false;
    }
    return options->subjects == NULL || is_floor(subject) || is_listed(options->subjects, subject);
}

typedef struct row_spec {
    tp_bench_group_t group;
    tp_bench_mode_t mode;
    const char *subject;
    const char *detail;
    size_t size;
    unsigned consumers, streams, window, idle_streams;
    bool never_wake;
    double rate_hz;
    bool side_store;
    double measure_ns; /* 0: the run's */
    const char *note;
} row_spec_t;

/* A row for a cell, unless it is not wanted or this build or the subject cannot do it. */
static void add(planning_t *p, const row_spec_t *spec)
{
    const tp_bench_subject_t *subject = tp_bench_subject(spec->subject);
    const size_t max_size = p->options->max_size > 0 ? p->options->max_size : 64u * MIB;
    if (subject == NULL || spec->size > max_size ||
        (subject->max_size > 0 && spec->size > subject->max_size) ||
        (subject->max_consumers > 0 && spec->consumers > subject->max_consumers) ||
        !tp_bench_plan_wants(p->options, spec->group, spec->subject)) {
        return;
    }
    tp_bench_row_t *row = tp_bench_add_row(p->results);
    if (row == NULL) {
        return;
    }
    tp_bench_cell_plan_t *plan = &cell_plans[p->results->nrows - 1];
    *plan = (tp_bench_cell_plan_t){ .subject = subject,
                                    .mode = spec->mode,
                                    .window = spec->window,
                                    .idle_streams = spec->idle_streams,
                                    .never_wake = spec->never_wake,
                                    .side_store = spec->side_store,
                                    .measure_ns = spec->measure_ns };
    row->group = spec->group;
    (void)snprintf(row->subject, sizeof row->subject, "%s", spec->subject);
    (void)snprintf(row->detail, sizeof row->detail, "%s", spec->detail != NULL ? spec->detail : "");
    row->size = spec->size;
    row->consumers = spec->consumers;
    row->streams = spec->streams;
    row->rate_hz = spec->rate_hz;
    row->unit = "ns";
    row->note = spec->note;
    row->measure = tp_bench_measure_cell;
    row->plan = plan;
}

/* Names of all subjects, of those too that this build is without. */
static const char *const everybody[] = {
    "cacheline",        "shm-flag",    "memcpy-ring", "aeron", "tensorpool", "tensorpool-desc",
    "tensorpool-offer", "unix-socket", "zeromq",      "nng",   "iceoryx"
};
enum { EVERYBODY = sizeof everybody / sizeof everybody[0], FIRST_RIVAL = 7 };

typedef struct sizes {
    const size_t *list;
    unsigned count;
} sizes_t;

static const size_t target_sizes[] = { 64, 4 * KIB, 64 * KIB, MIB, 8 * MIB, 32 * MIB };
static const size_t all_sizes[] = { 64,  KIB,     4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, 640 * KIB,
                                    MIB, 4 * MIB, 8 * MIB, 16 * MIB, 32 * MIB, 64 * MIB };

static sizes_t sizes_of(const planning_t *p)
{
    return p->options->level == TP_BENCH_FULL
               ? (sizes_t){ all_sizes, sizeof all_sizes / sizeof all_sizes[0] }
               : (sizes_t){ target_sizes, sizeof target_sizes / sizeof target_sizes[0] };
}

static void plan_handoff(planning_t *p)
{
    const sizes_t sizes = sizes_of(p);
    const unsigned subjects = p->options->level == TP_BENCH_QUICK ? FIRST_RIVAL : EVERYBODY;
    row_spec_t spec = { .group = TP_BENCH_HANDOFF,
                        .mode = TP_BENCH_MODE_HANDOFF,
                        .consumers = 1,
                        .streams = 1,
                        .window = 1 };
    for (unsigned i = 0; i < sizes.count; i++) {
        for (unsigned k = 0; k < subjects; k++) {
            spec.size = sizes.list[i];
            spec.subject = everybody[k];
            if (strcmp(spec.subject, "cacheline") == 0 && spec.size != 64) {
                continue;
            }
            spec.note = strcmp(spec.subject, "aeron") == 0 && spec.size == 64
                            ? "timed from before try_claim; the others write their payload before"
                            : NULL;
            add(p, &spec);
        }
    }
    spec.note = NULL;
    if (p->options->level == TP_BENCH_QUICK) {
        return;
    }
    static const char *const fan_out[] = { "shm-flag", "aeron", "tensorpool" };
    static const unsigned consumers[] = { 2, 8, 64 };
    static const size_t fan_sizes[] = { 64, MIB };
    for (unsigned i = 0; i < 3 * 3 * 2; i++) {
        spec.subject = fan_out[i % 3];
        spec.consumers = consumers[i / 3 % 3];
        spec.size = fan_sizes[i / 9];
        add(p, &spec);
    }
    spec.consumers = 1;
    spec.streams = 16;
    spec.size = 64;
    for (unsigned i = 0; i < 3; i++) {
        spec.subject = fan_out[i];
        add(p, &spec);
    }
}

static void plan_rate(planning_t *p)
{
    static const struct {
        double rate_hz;
        size_t size;
    } rates[] = { { 1000, 64 }, { 200, MIB }, { 5, 32 * MIB } };
    static const char *const subjects[] = { "shm-flag", "aeron", "tensorpool", "tensorpool-desc" };
    for (unsigned i = 0; i < 3; i++) {
        for (unsigned k = 0; k < 4; k++) {
            const bool is_aeron = strcmp(subjects[k], "aeron") == 0;
            const row_spec_t spec = {
                .group = TP_BENCH_RATE,
                .mode = TP_BENCH_MODE_RATE,
                .subject = subjects[k],
                .size = is_aeron ? 64 : rates[i].size,
                .consumers = 1,
                .streams = 1,
                /* Nobody waits for the consumer: as many slots as ours has. */
                .window = tp_bench_nslots(tp_bench_stride(rates[i].size)) / 2,
                .rate_hz = rates[i].rate_hz,
                .note = is_aeron ? "a 64-byte message at that rate, claimed, written and committed "
                                   "when it was due: what Aeron alone would make of it"
                        : rates[i].rate_hz < 100
                            ? "25 frames a round: p90 and above are the latest few"
                            : NULL,
            };
            add(p, &spec);
        }
    }
}

static void plan_transfer(planning_t *p)
{
    const sizes_t sizes = sizes_of(p);
    const unsigned subjects = p->options->level == TP_BENCH_QUICK ? FIRST_RIVAL : EVERYBODY;
    row_spec_t spec = { .group = TP_BENCH_TRANSFER,
                        .mode = TP_BENCH_MODE_TRANSFER,
                        .consumers = 1,
                        .streams = 1,
                        .window = WINDOW };
    for (unsigned i = 0; i < sizes.count; i++) {
        for (unsigned k = 1; k < subjects; k++) {
            spec.size = sizes.list[i];
            spec.subject = everybody[k];
            if (strcmp(spec.subject, "tensorpool-desc") == 0) {
                continue; /* descriptors say when, not how much: nothing new about throughput */
            }
            add(p, &spec);
        }
    }
    spec.subject = "tensorpool";
    spec.size = MIB;
    spec.detail = LONG_DETAIL;
    spec.measure_ns = LONG_NS;
    add(p, &spec);
    spec.detail = NULL;
    spec.measure_ns = 0;
    if (p->options->level == TP_BENCH_QUICK) {
        return;
    }
    spec.streams = 16;
    add(p, &spec);
    spec.streams = 1;
    static const char *const fan_out[] = { "shm-flag", "tensorpool" };
    static const unsigned consumers[] = { 2, 8, 64 };
    for (unsigned i = 0; i < 6; i++) {
        spec.subject = fan_out[i % 2];
        spec.consumers = consumers[i / 2];
        add(p, &spec);
    }
}

static void plan_costs(planning_t *p)
{
    const row_spec_t specs[] = {
        { .subject = "aeron", .detail = "+ 256-byte store", .side_store = true, .consumers = 1 },
        { .subject = "aeron", .consumers = 1 },
        { .subject = "shm-flag", .consumers = 1 },
        { .subject = "tensorpool", .consumers = 1, .note = "nobody subscribes to descriptors" },
        { .subject = "tensorpool-desc",
          .consumers = 1,
          .note = "the consumer subscribes to descriptors, as foreign ones do" },
        { .subject = "tensorpool", .detail = "wakes nobody", .consumers = 1, .never_wake = true },
        { .subject = "tensorpool", .consumers = 64 },
        { .subject = "tensorpool",
          .consumers = 1,
          .idle_streams = 1000,
          .detail = "1000 idle streams" },
    };
    for (unsigned i = 0; i < sizeof specs / sizeof specs[0]; i++) {
        row_spec_t spec = specs[i];
        spec.group = TP_BENCH_SEND_COST;
        spec.mode = TP_BENCH_MODE_SEND_COST;
        spec.size = 64;
        spec.streams = 1;
        spec.window = BATCH;
        add(p, &spec);
    }
    static const char *const readers[] = { "shm-flag", "aeron", "tensorpool" };
    for (unsigned i = 0; i < 3; i++) {
        const row_spec_t spec = { .group = TP_BENCH_RECV_COST,
                                  .mode = TP_BENCH_MODE_RECV_COST,
                                  .subject = readers[i],
                                  .size = 64,
                                  .consumers = 1,
                                  .streams = 1,
                                  .window = BATCH };
        add(p, &spec);
    }
}

static void plan_sleep(planning_t *p)
{
    static const char *const subjects[] = { "futex", "tensorpool-sleep" };
    for (unsigned i = 0; i < 2; i++) {
        const row_spec_t spec = { .group = TP_BENCH_SLEEP,
                                  .mode = TP_BENCH_MODE_RATE,
                                  .subject = subjects[i],
                                  .size = 64,
                                  .consumers = 1,
                                  .streams = 1,
                                  .window = 1,
                                  .rate_hz = 1000 };
        add(p, &spec);
    }
}

/* Every row as a ratio to the floor that does the same: the flag ring, and the flag ring to a cache line. */
static void set_floors(tp_bench_results_t *results)
{
    for (int i = 0; i < results->nrows; i++) {
        tp_bench_row_t *row = &results->rows[i];
        if (row->floor != TP_BENCH_NONE || row->measure != tp_bench_measure_cell) {
            continue;
        }
        row->floor_figure =
            row->group == TP_BENCH_TRANSFER ? TP_BENCH_FIGURE_BYTES_PER_S : TP_BENCH_FIGURE_P50;
        const char *floor = row->group == TP_BENCH_SLEEP            ? "futex"
                            : strcmp(row->subject, "shm-flag") == 0 ? "cacheline"
                                                                    : "shm-flag";
        const size_t size = strcmp(floor, "cacheline") == 0 ? 64 : row->size;
        for (int k = 0; k < results->nrows && row->floor == TP_BENCH_NONE; k++) {
            const tp_bench_row_t *other = &results->rows[k];
            if (k != i && other->group == row->group && strcmp(other->subject, floor) == 0 &&
                other->size == size && other->rate_hz == row->rate_hz &&
                (other->consumers == row->consumers || row->group == TP_BENCH_SEND_COST) &&
                other->streams == row->streams) {
                row->floor = k;
            }
        }
    }
}

static int check_subjects(const char *list)
{
    char name[64];
    for (const char *at = list; at != NULL && *at != '\0';) {
        const size_t len = strcspn(at, ",");
        (void)snprintf(name, sizeof name, "%.*s", (int)len, at);
        if (tp_bench_subject(name) == NULL) {
            int known = 0;
            while (known < EVERYBODY && strcmp(name, everybody[known]) != 0) {
                known++;
            }
            return tpi_fail(TP_EINVAL, "--subjects: '%s' is %s", name,
                            known < EVERYBODY ? "not in this build; make bench-rivals has it"
                                              : "no subject; tp bench --list shows them");
        }
        at += len + (at[len] == ',');
    }
    return TP_OK;
}

int tp_bench_plan(tp_bench_results_t *results, const tp_bench_plan_options_t *options)
{
    planning_t p = { results, options };
    const int rc = check_subjects(options->subjects);
    if (rc != TP_OK) {
        return rc;
    }
    plan_handoff(&p);
    plan_rate(&p);
    plan_transfer(&p);
    plan_costs(&p);
    plan_sleep(&p);
    tp_bench_plan_special(results, options);
    if (results->nrows == 0) {
        return tpi_fail(TP_EINVAL, "no row is left to measure");
    }
    set_floors(results);
    tp_bench_set_targets(results);
    return TP_OK;
}
