/*
 * The SHM driver with thousands of leases: driver and client take turns on one thread, over the run's media
 * driver, and what a duty cycle of the driver takes is its CPU time, so that nobody else's work counts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/fail.h"
#include "bench/special/attach_steps.h"
#include "bench/clock.h"
#include "bench/special/special.h"
#include "bench/subjects/tensorpool.h"
#include "tensorpool/control.h"
#include "tensorpool/driver.h"

#define TIMEOUT_NS 1.2e11
#define CONTROL_STREAM 3100
#define STREAM 77u
#define KEEPALIVE_MS 500u /* a lease lives for 4 of them */
#define KEEPALIVE_ROUNDS 3u
#define NOTEWORTHY_NS 20000u

typedef struct tenancy {
    tp_driver_t *driver;
    tp_client_t *client;
    tp_control_adapter_t *adapter;
    uint64_t *leases;
    size_t granted, refused;
    tp_bench_report_t *report; /* duty cycles; NULL: none is kept */
    uint64_t cpu_ns;           /* of all of them */
    uint64_t give_up_at;
} tenancy_t;

static uint64_t thread_cpu_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void on_response(void *clientd, const tp_attach_result_t *result)
{
    tenancy_t *t = clientd;
    if (result->code != TP_RESPONSE_OK) {
        t->refused++;
    } else {
        /* The low half of a correlation id of ours is the lease's place. */
        t->leases[(uint64_t)result->correlation_id & UINT32_MAX] = result->lease_id;
        t->granted++;
    }
}

/* One duty cycle, timed, and one of the client's, not timed. */
static int turn(tenancy_t *t)
{
    const uint64_t from = thread_cpu_ns();
    const int work = tp_driver_do_work(t->driver);
    const uint64_t took = thread_cpu_ns() - from;
    /* Of those in which nothing came and nothing went only what is long: there are too many of them. */
    if (work > 0 || took > NOTEWORTHY_NS) {
        t->cpu_ns += took;
        if (t->report != NULL) {
            tp_bench_report_add(t->report, tp_bench_ticks((double)took));
        }
    }
    (void)tp_client_do_work(t->client);
    return tp_bench_now() < t->give_up_at
               ? TP_OK
               : tpi_fail(TP_ETIMEDOUT, "%zu leases granted, %zu refused", t->granted, t->refused);
}

static int open_tenancy(tenancy_t *t, const tp_bench_run_t *run, size_t count)
{
    const char *dir = run->shm_dir;
    const tp_driver_pool_t pool = { .pool_id = 1, .stride_bytes = 4096 };
    const tp_driver_profile_t profile = {
        .name = "small", .header_nslots = 8, .pools = &pool, .npools = 1
    };
    const tp_driver_stream_t stream = { .name = "s", .stream_id = STREAM, .profile = "small" };
    tp_driver_options_t options = TP_DRIVER_OPTIONS_INIT;
    options.instance_id = "leases";
    options.aeron_dir = run->aeron_dir;
    options.control_stream_id = options.announce_stream_id = CONTROL_STREAM;
    options.base_dir = dir;
    options.allowed_base_dirs = &dir;
    options.allowed_base_dirs_count = 1;
    options.lease_keepalive_interval_ms = KEEPALIVE_MS;
    options.lease_expiry_grace_intervals = 4;
    options.profiles = &profile;
    options.nprofiles = 1;
    options.streams = &stream;
    options.nstreams = 1;
    options.cleanup_shm_on_exit = true;
    tp_client_options_t client_options = tp_bench_client_options(run->aeron_dir, &dir);
    client_options.control_stream_id = client_options.announce_stream_id = CONTROL_STREAM;
    const tp_control_handlers_t handlers = { .attach_response = on_response };
    t->leases = calloc(count, sizeof *t->leases);
    int rc = t->leases == NULL ? tpi_fail(TP_ENOMEM, "%zu leases", count) : TP_OK;
    rc = rc != TP_OK ? rc : tp_driver_create(&t->driver, &options);
    rc = rc != TP_OK ? rc : tp_client_create(&t->client, &client_options);
    rc = rc != TP_OK ? rc : tp_control_adapter_create(&t->adapter, t->client, &handlers, t);
    while (rc == TP_OK && (tp_driver_state(t->driver) != TP_DRIVER_RUNNING ||
                           tp_client_reason(t->client)[0] != '\0')) {
        rc = turn(t);
    }
    return rc;
}

static int attach_all(tenancy_t *t, size_t count)
{
    int rc = TP_OK;
    for (size_t i = 0; rc == TP_OK && i < count;) {
        const tp_attach_params_t params = { .correlation_id = (INT64_C(1) << 32) | (int64_t)i,
                                            .stream_id = STREAM,
                                            .client_id = 1000u + (uint32_t)i,
                                            .role = TP_ROLE_CONSUMER,
                                            .publish_mode = TP_EXISTING_OR_CREATE,
                                            .desired_node_id = UINT32_MAX };
        int64_t correlation_id;
        const int sent = tp_control_send_attach(t->client, &params, &correlation_id);
        i += sent == TP_OK;
        rc = sent == TP_OK ? TP_OK : sent == TP_EAGAIN ? turn(t) : sent;
    }
    while (rc == TP_OK && t->granted + t->refused < count) {
        rc = turn(t);
    }
    return rc == TP_OK && t->refused > 0
               ? tpi_fail(TP_EREJECTED, "%zu of %zu attaches were refused", t->refused, count)
               : rc;
}

static int keep_all(tenancy_t *t, size_t count)
{
    tp_driver_stats_t stats;
    tp_driver_stats(t->driver, &stats);
    const uint64_t wanted = stats.keepalives + count;
    int rc = TP_OK;
    for (size_t i = 0; rc == TP_OK && i < count;) {
        const int sent = tp_control_send_keepalive(t->client, t->leases[i], STREAM,
                                                   1000u + (uint32_t)i, TP_ROLE_CONSUMER);
        i += sent == TP_OK;
        rc = sent == TP_OK ? TP_OK : sent == TP_EAGAIN ? turn(t) : sent;
    }
    while (rc == TP_OK && stats.keepalives < wanted) {
        rc = turn(t);
        tp_driver_stats(t->driver, &stats);
    }
    return rc;
}

static int expire_all(tenancy_t *t)
{
    tp_driver_stats_t stats;
    int rc = TP_OK;
    tp_driver_stats(t->driver, &stats);
    while (rc == TP_OK && stats.leases_live > 0) {
        rc = turn(t);
        tp_driver_stats(t->driver, &stats);
    }
    return rc;
}

static int live_and_die(tp_bench_solo_t *solo)
{
    const tp_bench_leases_plan_t *plan = solo->row->plan;
    tenancy_t t = { .give_up_at = tp_bench_now() + tp_bench_ticks(TIMEOUT_NS / 2) };
    int rc = open_tenancy(&t, solo->run, plan->leases);
    t.report = plan->is_per_lease ? NULL : &solo->board->sender;
    rc = rc != TP_OK ? rc : attach_all(&t, plan->leases);
    t.cpu_ns = 0;
    for (unsigned i = 0; rc == TP_OK && i < KEEPALIVE_ROUNDS; i++) {
        rc = keep_all(&t, plan->leases);
    }
    rc = rc != TP_OK ? rc : expire_all(&t);
    if (rc == TP_OK && plan->is_per_lease) {
        tp_bench_report_add(&solo->board->sender,
                            tp_bench_ticks((double)t.cpu_ns / (double)plan->leases));
    }
    tp_control_adapter_destroy(t.adapter);
    tp_client_destroy(t.client);
    tp_driver_destroy(t.driver);
    free(t.leases);
    return rc;
}

int tp_bench_measure_leases(tp_bench_run_t *run, const tp_bench_row_t *row, tp_bench_sample_t *out)
{
    return tp_bench_solo_run(run, row, live_and_die, TIMEOUT_NS, out);
}
