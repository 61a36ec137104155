#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/fail.h"
#include "bench/special/attach_steps.h"
#include "bench/clock.h"
#include "bench/drivers.h"
#include "bench/special/special.h"
#include "bench/subjects/shared_file.h"
#include "tp_common.h"

#define TIMEOUT_NS 2e11
#define PERIOD_NS 3e6
#define PAUSE_NS 300000
#define LEAST_TRIES 20 /* of the other client, also when the attach is over sooner */

/* ---- the floor ---- */

/* *out: ticks it took. */
static int touch_once(const tp_bench_solo_t *solo, uint64_t *out)
{
    char path[sizeof solo->run->shm_dir + 32];
    const size_t len = solo->row->size;
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    (void)snprintf(path, sizeof path, "%s/touched-%u", solo->run->shm_dir, solo->run->next_id);
    const uint64_t from = tp_bench_now();
    const int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        return tpi_fail_errno("create %s", path);
    }
    (void)unlink(path); /* whatever happens, nothing stays */
    if (ftruncate(fd, (off_t)len) != 0) {
        return tpi_fail_errno("%s: %zu bytes", path, len);
    }
    volatile uint8_t *base = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (base == MAP_FAILED) {
        return tpi_fail_errno("map %zu bytes", len);
    }
    for (size_t at = 0; at < len; at += page) {
        base[at] = 1;
    }
    *out = tp_bench_now() - from;
    (void)munmap((void *)(uintptr_t)base, len);
    (void)close(fd);
    return TP_OK;
}

/* A virtual machine gives free memory back to its host, and gets it again page by page, many times slower
 * than it is filled. So every measurement here begins by having had as much memory a moment ago. */
static int fetch_memory(const tp_bench_solo_t *solo)
{
    uint64_t took;
    return touch_once(solo, &took);
}

static int touch(tp_bench_solo_t *solo)
{
    uint64_t took = 0;
    int rc = fetch_memory(solo);
    rc = rc != TP_OK ? rc : touch_once(solo, &took);
    tp_bench_report_add(&solo->board->sender, took);
    return rc;
}

/* ---- ours ---- */

static uint32_t stream_of(const tp_bench_row_t *row)
{
    uint32_t class = 0;
    while (tp_bench_large_bytes(class) < row->size) {
        class ++;
    }
    return TP_BENCH_LARGE_FIRST + class;
}

static tp_producer_options_t large_options(const tp_bench_row_t *row)
{
    tp_producer_options_t options = TP_PRODUCER_OPTIONS_INIT;
    options.stream_id = stream_of(row);
    options.prefault = true;
    return options;
}

static int attach_large(tp_bench_solo_t *solo)
{
    tp_client_t *client = NULL;
    tp_producer_t *producer = NULL;
    int rc = tp_bench_connect(solo->run, &client);
    rc = rc != TP_OK ? rc : fetch_memory(solo);
    if (rc == TP_OK) {
        const tp_producer_options_t options = large_options(solo->row);
        const uint64_t from = tp_bench_now();
        rc = tp_bench_attach_producer(client, &options, true, &producer);
        tp_bench_report_add(&solo->board->sender, tp_bench_now() - from);
    }
    tp_producer_destroy(producer);
    tp_client_destroy(client);
    return rc;
}

/* ---- what others wait meanwhile ---- */

typedef struct large_job {
    const tp_bench_run_t *run;
    const tp_bench_row_t *row;
} large_job_t;

/* Says 'R' when it is about to attach, and 'D' when it has. */
static int attach_beside(void *clientd, int fd)
{
    const large_job_t *job = clientd;
    tp_client_t *client = NULL;
    tp_producer_t *producer = NULL;
    int rc = tp_bench_connect(job->run, &client);
    if (rc == TP_OK && write(fd, "R", 1) == 1) {
        const tp_producer_options_t options = large_options(job->row);
        rc = tp_bench_attach_producer(client, &options, true, &producer);
    }
    if (rc != TP_OK) {
        fprintf(stderr, "tp bench: large pool: %s\n", tp_errmsg());
    }
    tp_producer_destroy(producer);
    tp_client_destroy(client);
    return rc == TP_OK ? 0 : 1;
}

/* Until it is time for the next attach: one after the other without a pause would use up the media driver's
 * counters, of which each attach takes a few for a second and more. */
static void await_turn(tp_client_t *client, uint64_t until)
{
    const struct timespec pause = { .tv_nsec = PAUSE_NS };
    while (tp_bench_now() < until) {
        (void)tp_client_do_work(client);
        (void)nanosleep(&pause, NULL);
    }
}

/* Attach a consumer to a small stream again and again while the large one is being made. */
static int attach_others(tp_bench_solo_t *solo)
{
    large_job_t job = { solo->run, solo->row };
    const uint32_t stream_id = tp_bench_small_stream(solo->run);
    tp_bench_child_t standing, large;
    tp_client_t *client = NULL;
    int rc = tp_bench_standing_start(solo->run, &standing);
    if (rc != TP_OK) {
        return rc;
    }
    rc = tp_bench_connect(solo->run, &client);
    rc = rc != TP_OK ? rc : fetch_memory(solo);
    rc = rc != TP_OK ? rc : tp_bench_child_start(&large, attach_beside, &job);
    tp_short_slices(); /* what is timed is the answer, not how long this process waits for a core */
    if (rc == TP_OK) {
        rc = tp_bench_child_await(&large, TP_BENCH_STEP_NS);
        for (int i = 0; rc == TP_OK && (i < LEAST_TRIES || !tp_bench_child_has_ended(&large));
             i++) {
            tp_consumer_t *consumer = NULL;
            const uint64_t from = tp_bench_now();
            rc = tp_bench_attach_consumer(client, stream_id, true, &consumer);
            tp_bench_report_add(&solo->board->sender, tp_bench_now() - from);
            tp_consumer_destroy(consumer);
            await_turn(client, from + tp_bench_ticks(PERIOD_NS));
        }
        if (!tp_bench_child_end(&large, rc == TP_OK ? 0 : SIGKILL, TP_BENCH_STEP_NS) &&
            rc == TP_OK) {
            rc = tpi_fail(TP_EIO, "the large pool could not be attached");
        }
    }
    tp_client_destroy(client);
    (void)tp_bench_child_end(&standing, SIGTERM, TP_BENCH_STEP_NS);
    return rc;
}

int tp_bench_measure_provision(tp_bench_run_t *run, const tp_bench_row_t *row,
                               tp_bench_sample_t *out)
{
    int (*const measure[])(tp_bench_solo_t *) = { touch, attach_large, attach_others };
    run->next_id++;
    /* Room for the file that is touched and for the pool; pages that are not there would be a SIGBUS. */
    const int rc = tp_bench_check_room(run->shm_dir, 2 * row->size, "a pool of that size");
    if (rc != TP_OK) {
        return rc;
    }
    return tp_bench_solo_run(run, row, measure[*(const tp_bench_provision_kind_t *)row->plan],
                             TIMEOUT_NS, out);
}
