#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fail.h"
#include "bench/special/attach_steps.h"
#include "bench/clock.h"
#include "bench/drivers.h"
#include "bench/special/special.h"
#include "bench/subjects/tensorpool.h"
#include "link/link.h"
#include "tensorpool/tensorpool.h"

#define TIMEOUT_NS 6e10
#define TRIES 100
#define WARM_TRIES 5
#define SIZE 64u

/* ---- the floor ---- */

/* Map and touch what a consumer of the stream maps: its ring and its pool. */
static int map_as_much(const char *path, size_t len, uint64_t *out_mapped_at)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return tpi_fail_errno("open %s", path);
    }
    const uint8_t *base = mmap(NULL, len, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
    (void)close(fd);
    if (base == MAP_FAILED) {
        return tpi_fail_errno("map %zu bytes", len);
    }
    *out_mapped_at = tp_bench_now();
    (void)munmap((void *)(uintptr_t)base, len);
    return TP_OK;
}

/* *out: ticks it took, without the end of it. */
static int add_publication_once(tpi_link_t *link, int32_t stream_id, const char *path, size_t len,
                                uint64_t *out)
{
    const uint64_t from = tp_bench_now();
    tpi_publication_t *publication = NULL;
    int rc =
        tpi_link_add_publication(link, &publication, TP_BENCH_DESCRIPTOR_CHANNEL, stream_id, true);
    const uint64_t until = tp_bench_now() + tp_bench_ticks(TP_BENCH_STEP_NS);
    while (rc == TP_OK && !tpi_publication_is_ready(publication)) {
        (void)tpi_link_do_work(link, tpi_monotonic_ns());
        if (tp_bench_now() >= until) {
            rc = tp_bench_too_late("publication", tpi_publication_error(publication));
        }
    }
    if (rc == TP_OK) {
        uint64_t mapped_at = from;
        rc = map_as_much(path, len, &mapped_at);
        *out = mapped_at - from;
    }
    tpi_publication_close(publication);
    return rc;
}

static int measure_aeron(tp_bench_solo_t *solo)
{
    const tp_bench_run_t *run = solo->run;
    tp_bench_report_t *report = &solo->board->sender;
    const tpi_link_options_t options = { .aeron_dir = run->aeron_dir, .client_name = "tp-bench" };
    const uint32_t stride = tp_bench_stride(SIZE);
    const size_t len = (size_t)tp_bench_nslots(stride) * (256 + stride) + 128;
    char path[sizeof run->shm_dir + 32];
    tpi_link_t *link = NULL;
    (void)snprintf(path, sizeof path, "%s/as-much-%u", run->shm_dir, run->next_id);
    const int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        return tpi_fail_errno("create %s", path);
    }
    const int err = posix_fallocate(fd, 0, (off_t)len);
    (void)close(fd);
    if (err != 0) {
        (void)unlink(path);
        return tpi_fail(TP_ENOSPC, "create %s: %s", path, strerror(err));
    }
    int rc = tpi_link_create_aeron(&link, &options);
    const uint64_t until = tp_bench_now() + tp_bench_ticks(TP_BENCH_STEP_NS);
    while (rc == TP_OK && tpi_link_state(link) != TPI_LINK_UP) {
        (void)tpi_link_do_work(link, tpi_monotonic_ns());
        if (tp_bench_now() >= until) {
            rc = tp_bench_too_late("media driver", tpi_link_error(link));
        }
    }
    for (int32_t i = 0; rc == TP_OK && i < WARM_TRIES + TRIES; i++) {
        uint64_t took = 0;
        rc = add_publication_once(link, 7000 + i, path, len, &took);
        if (i >= WARM_TRIES) {
            tp_bench_report_add(report, took);
        }
    }
    tpi_link_destroy(link);
    (void)unlink(path);
    return rc;
}

/* ---- ours ---- */

/* One attach, timed, and its end, which is not. */
static int attach_once(tp_client_t *client, uint32_t stream_id, bool is_producer, uint64_t *out)
{
    tp_producer_options_t options = TP_PRODUCER_OPTIONS_INIT;
    tp_producer_t *producer = NULL;
    tp_consumer_t *consumer = NULL;
    options.stream_id = stream_id;
    const uint64_t from = tp_bench_now();
    const int rc = is_producer ? tp_bench_attach_producer(client, &options, false, &producer)
                               : tp_bench_attach_consumer(client, stream_id, false, &consumer);
    *out = tp_bench_now() - from;
    tp_consumer_destroy(consumer);
    tp_producer_destroy(producer);
    return rc;
}

static int measure_attaches(tp_bench_solo_t *solo)
{
    const tp_bench_attach_kind_t kind = *(const tp_bench_attach_kind_t *)solo->row->plan;
    const uint32_t stream_id = tp_bench_small_stream(solo->run);
    tp_client_t *client = NULL;
    int rc = tp_bench_connect(solo->run, &client);
    for (int i = 0; rc == TP_OK && i < WARM_TRIES + TRIES; i++) {
        uint64_t took = 0;
        rc = attach_once(client, stream_id, kind == TP_BENCH_ATTACH_PRODUCER, &took);
        if (i >= WARM_TRIES) {
            tp_bench_report_add(&solo->board->sender, took);
        }
    }
    tp_client_destroy(client);
    return rc;
}

int tp_bench_measure_attach(tp_bench_run_t *run, const tp_bench_row_t *row, tp_bench_sample_t *out)
{
    const tp_bench_attach_kind_t kind = *(const tp_bench_attach_kind_t *)row->plan;
    run->next_id++;
    if (kind == TP_BENCH_ATTACH_AERON) {
        return tp_bench_solo_run(run, row, measure_aeron, TIMEOUT_NS, out);
    }
    if (kind == TP_BENCH_ATTACH_PRODUCER) {
        return tp_bench_solo_run(run, row, measure_attaches, TIMEOUT_NS, out);
    }
    tp_bench_child_t producer;
    int rc = tp_bench_standing_start(run, &producer);
    if (rc == TP_OK) {
        rc = tp_bench_solo_run(run, row, measure_attaches, TIMEOUT_NS, out);
    }
    (void)tp_bench_child_end(&producer, SIGTERM, TP_BENCH_STEP_NS);
    return rc;
}
