#define _XOPEN_SOURCE 700
#include "bench/run.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fail.h"
#include "bench/clock.h"
#include "bench/drivers.h"
#include "bench/machine.h"
#include "tensorpool/version.h"

#define STOP_NS 1e10
#define SHM_ROOT "/dev/shm"
#define PREFIX "tp-bench-"

/* splitmix64 */
static uint64_t draw(tp_bench_run_t *run)
{
    uint64_t z = run->random += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static void shuffle(tp_bench_run_t *run, int *order, int count)
{
    for (int i = 0; i < count; i++) {
        order[i] = i;
    }
    for (int i = count - 1; i > 0; i--) {
        const int k = (int)(draw(run) % (uint64_t)(i + 1));
        const int kept = order[i];
        order[i] = order[k];
        order[k] = kept;
    }
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info;
    (void)kind;
    (void)where;
    return remove(path) != 0 && errno != ENOENT ? -1 : 0;
}

/* Directories of runs that were killed: nobody else will ever remove them, and they may hold gigabytes. */
static void remove_orphans(void)
{
    char path[128];
    DIR *listing = opendir(SHM_ROOT);
    const struct dirent *entry;
    while (listing != NULL && (entry = readdir(listing)) != NULL) {
        char *end = NULL;
        if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) != 0) {
            continue;
        }
        const long pid = strtol(entry->d_name + strlen(PREFIX), &end, 10);
        if (pid > 0 && *end == '\0' && kill((pid_t)pid, 0) != 0 && errno == ESRCH) {
            (void)snprintf(path, sizeof path, SHM_ROOT "/%.64s", entry->d_name);
            (void)nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
        }
    }
    if (listing != NULL) {
        (void)closedir(listing);
    }
}

int tp_bench_run_open(tp_bench_run_t *run, tp_bench_results_t *results,
                      const tp_bench_run_options_t *options)
{
    memset(run, 0, sizeof *run);
    run->results = results;
    run->warm_ns = options->warm_ns;
    run->measure_ns = options->measure_ns;
    results->warm_ns = options->warm_ns;
    results->measure_ns = options->measure_ns;
    run->random = options->seed;
    if (run->random == 0 && getrandom(&run->random, sizeof run->random, GRND_NONBLOCK) < 0) {
        run->random = (uint64_t)time(NULL);
    }
    remove_orphans();
    (void)snprintf(run->shm_dir, sizeof run->shm_dir, SHM_ROOT "/" PREFIX "%d", (int)getpid());
    (void)snprintf(run->aeron_dir, sizeof run->aeron_dir, "%s/aeron", run->shm_dir);
    if (mkdir(run->shm_dir, 0700) != 0) {
        return tpi_fail_errno("create %s", run->shm_dir);
    }
    (void)snprintf(results->version, sizeof results->version, "%s", tp_version());
    const time_t now = time(NULL);
    struct tm utc;
    if (gmtime_r(&now, &utc) != NULL) {
        (void)strftime(results->started, sizeof results->started, "%Y-%m-%dT%H:%M:%SZ", &utc);
    }
    tp_bench_clock_init();
    tp_bench_cores_find(&run->cores);
    tp_bench_machine_look(run);
    return TP_OK;
}

void tp_bench_run_close(tp_bench_run_t *run)
{
    if (run->shm_dir[0] != '\0') {
        (void)nftw(run->shm_dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
        run->shm_dir[0] = '\0';
    }
}

static void measure(tp_bench_run_t *run, tp_bench_row_t *row, unsigned round)
{
    tp_bench_sample_t sample;
    tp_bench_sample_init(&sample);
    if (row->measure(run, row, &sample) != TP_OK) {
        tp_bench_sample_init(&sample); /* it keeps its place: samples are told apart by round */
        (void)snprintf(row->failure, sizeof row->failure, "%.*s", (int)sizeof row->failure - 1,
                       tp_errmsg());
    }
    row->samples[round] = sample;
    row->nsamples = round + 1;
}

static bool is_stopped(const tp_bench_run_options_t *options)
{
    return options->stop_requested != NULL && options->stop_requested() != 0;
}

int tp_bench_run_rounds(tp_bench_run_t *run, const tp_bench_run_options_t *options)
{
    tp_bench_results_t *results = run->results;
    tp_bench_child_t drivers = { .out_fd = -1 };
    tp_bench_load_t before, after;
    int order[TP_BENCH_MAX_ROWS];
    const unsigned rounds =
        options->rounds < TP_BENCH_MAX_ROUNDS ? options->rounds : TP_BENCH_MAX_ROUNDS;
    int rc = tp_bench_drivers_start(&drivers, run->aeron_dir, run->shm_dir);
    if (rc != TP_OK) {
        return rc;
    }
    tp_bench_load_read(&before);
    for (unsigned round = 0; round < rounds && !is_stopped(options); round++) {
        shuffle(run, order, results->nrows);
        int done = 0;
        for (; done < results->nrows && !is_stopped(options); done++) {
            tp_bench_row_t *row = &results->rows[order[done]];
            if (tp_bench_child_has_ended(&drivers)) {
                char fate[64];
                (void)tp_bench_child_end(&drivers, 0, STOP_NS);
                return tpi_fail(TP_EIO, "the process with media driver and SHM driver %s",
                                tp_bench_child_fate(fate, sizeof fate, &drivers));
            }
            if (options->on_row != NULL) {
                options->on_row(options->clientd, round, done, results->nrows, row);
            }
            measure(run, row, round);
        }
        results->rounds += done == results->nrows;
    }
    /* The drivers are part of the run: reaped before its CPU time is read. */
    const bool was_orderly = tp_bench_child_end(&drivers, SIGTERM, STOP_NS);
    tp_bench_load_read(&after);
    results->machine.foreign_cpu = tp_bench_load_foreign(&before, &after);
    results->seconds = tp_bench_ns(after.at - before.at) / 1e9;
    if (results->rounds < 5) {
        tp_bench_warn(results,
                      "%u complete rounds: verdicts are preliminary, medians want at least 5",
                      results->rounds);
    }
    if (!was_orderly) {
        tp_bench_warn(results, "the drivers did not end in order");
    }
    tp_bench_machine_warn(run);
    return TP_OK;
}
