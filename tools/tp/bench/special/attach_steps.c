#include "bench/special/attach_steps.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fail.h"
#include "bench/clock.h"
#include "bench/drivers.h"
#include "bench/subjects/tensorpool.h"

#define SIZE 64u

int tp_bench_too_late(const char *what, const char *why)
{
    return tpi_fail(TP_ETIMEDOUT, "%s: not there after %.0f s: %s", what, TP_BENCH_STEP_NS / 1e9,
                    why);
}

int tp_bench_connect(const tp_bench_run_t *run, tp_client_t **out)
{
    const char *dir = run->shm_dir;
    const tp_client_options_t options = tp_bench_client_options(run->aeron_dir, &dir);
    const int rc = tp_client_create(out, &options);
    if (rc != TP_OK) {
        return rc;
    }
    const uint64_t until = tp_bench_now() + tp_bench_ticks(TP_BENCH_STEP_NS);
    while (tp_client_state(*out) != TP_CLIENT_CONNECTED || tp_client_reason(*out)[0] != '\0') {
        (void)tp_client_do_work(*out);
        if (tp_bench_now() >= until) {
            return tp_bench_too_late("client", tp_client_reason(*out));
        }
    }
    return TP_OK;
}

int tp_bench_attach_consumer(tp_client_t *client, uint32_t stream_id, bool pauses,
                             tp_consumer_t **out)
{
    uint32_t idle = 0;
    tp_consumer_options_t options = TP_CONSUMER_OPTIONS_INIT;
    tp_frame_t frame;
    options.stream_id = stream_id;
    options.start_at = TP_START_OLDEST; /* a frame is there at once */
    const int rc = tp_consumer_create(out, client, &options);
    const uint64_t until = tp_bench_now() + tp_bench_ticks(TP_BENCH_STEP_NS);
    while (rc == TP_OK && tp_consumer_try_next(*out, &frame) != 1) {
        const int work = tp_client_do_work(client);
        if (pauses) {
            tp_idle(&idle, work);
        }
        if (tp_bench_now() >= until) {
            tp_attach_status_t status;
            tp_consumer_status(*out, &status);
            return tp_bench_too_late("consumer", status.text);
        }
    }
    return rc;
}

int tp_bench_attach_producer(tp_client_t *client, const tp_producer_options_t *options, bool pauses,
                             tp_producer_t **out)
{
    tp_frame_info_t info;
    tp_claim_t claim;
    uint32_t idle = 0;
    int rc = tp_bench_frame_info(&info, SIZE);
    rc = rc != TP_OK ? rc : tp_producer_create(out, client, options);
    const uint64_t until = tp_bench_now() + tp_bench_ticks(TP_BENCH_STEP_NS);
    while (rc == TP_OK && tp_producer_claim(*out, SIZE, &claim) != TP_OK) {
        const int work = tp_client_do_work(client);
        if (pauses) {
            tp_idle(&idle, work);
        }
        if (tp_bench_now() >= until) {
            tp_attach_status_t status;
            tp_producer_status(*out, &status);
            rc = tp_bench_too_late("producer", status.text);
        }
    }
    return rc != TP_OK ? rc : tp_producer_commit(*out, &claim, SIZE, &info);
}

uint32_t tp_bench_small_stream(const tp_bench_run_t *run)
{
    const tp_bench_cell_t cell = { .id = run->next_id, .size = SIZE, .streams = 1 };
    return tp_bench_stream_id(&cell, 0);
}

/* ---- a producer that stays ---- */

static volatile sig_atomic_t is_told_to_end;

static void on_term(int number)
{
    (void)number;
    is_told_to_end = 1;
}

static int publish_until_told(void *clientd, int fd)
{
    const tp_bench_run_t *run = clientd;
    tp_client_t *client = NULL;
    tp_producer_t *producer = NULL;
    tp_producer_options_t options = TP_PRODUCER_OPTIONS_INIT;
    (void)signal(SIGTERM, on_term);
    int rc = tp_bench_connect(run, &client);
    options.stream_id = tp_bench_small_stream(run);
    rc = rc != TP_OK ? rc : tp_bench_attach_producer(client, &options, true, &producer);
    if (rc == TP_OK && write(fd, "R", 1) == 1) {
        uint32_t idle = 0;
        while (is_told_to_end == 0) {
            tp_idle(&idle, tp_client_do_work(client));
        }
    } else {
        fprintf(stderr, "tp bench: producer: %s\n", tp_errmsg());
    }
    tp_producer_destroy(producer);
    tp_client_destroy(client);
    return rc == TP_OK ? 0 : 1;
}

int tp_bench_standing_start(tp_bench_run_t *run, tp_bench_child_t *out)
{
    int rc = tp_bench_child_start(out, publish_until_told, run);
    if (rc == TP_OK) {
        rc = tp_bench_child_await(out, TP_BENCH_STEP_NS);
        if (rc != TP_OK) {
            (void)tp_bench_child_end(out, SIGTERM, TP_BENCH_STEP_NS);
        }
    }
    return rc;
}
