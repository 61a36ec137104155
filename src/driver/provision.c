/*
 * New epochs: their numbers, making them in place, and making large ones on a helper thread.
 *
 * A helper thread gets a job: a plan, the directory to work in, the store's constants. It makes files and stores its result; then is_done, with
 * release. Until the driver has read is_done with acquire and joined the thread, it touches nothing of the thread's part.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "driver/internal.h"

/* Rule: D-66, D-69 - never given twice, also if making it fails. */
static int next_epoch(tp_driver_t *d, tpi_stream_t *stream, uint64_t *out)
{
    if (stream->last_epoch >= UINT64_MAX - 1) { /* Rule: W-23 */
        return tpi_fail(TP_ERANGE, "epoch %llu is the last there can be",
                        (unsigned long long)stream->last_epoch);
    }
    const int64_t realtime = d->config.realtime_clock(d->config.clock_clientd);
    const uint64_t by_clock = realtime > 0 ? (uint64_t)realtime : 1;
    *out = stream->last_epoch + 1 > by_clock ? stream->last_epoch + 1 : by_clock;
    stream->last_epoch = *out;
    return TP_OK;
}

static int make_plan(tp_driver_t *d, tpi_stream_t *stream, bool for_producer, tpi_epoch_plan_t *out)
{
    *out = (tpi_epoch_plan_t){
        .stream_id = stream->id,
        .profile = stream->profile,
        .for_producer = for_producer,
        .prefault = for_producer && d->config.prefault, /* Rule: D-68 */
        .transparent_hugepages = d->config.transparent_hugepages,
        .mlock = for_producer && d->config.mlock,
        .reuse_existing = d->config.reuse_existing,
        .now_ns = d->now_ns,
    };
    return next_epoch(d, stream, &out->number);
}

static int make_in_place(tp_driver_t *d, tpi_stream_t *stream, bool for_producer, tpi_epoch_t **out,
                         bool *out_mlock_failed)
{
    tpi_epoch_plan_t plan;
    int instance_fd = -1;
    int rc = make_plan(d, stream, for_producer, &plan);
    rc = rc != TP_OK ? rc : tpi_store_open_instance(&d->store, stream->id, &instance_fd);
    if (rc != TP_OK) {
        return rc;
    }
    rc = tpi_store_make_epoch(&d->store, instance_fd, &plan, NULL, out, out_mlock_failed);
    close(instance_fd);
    return rc;
}

int tpi_provision(tp_driver_t *d, tpi_stream_t *stream, bool for_producer, tpi_epoch_t **out,
                  bool *out_mlock_failed)
{
    *out_mlock_failed = false;
    int rc = make_in_place(d, stream, for_producer, out, out_mlock_failed);
    if (rc == TP_ENOSPC) { /* Rule: D-102 */
        (void)tpi_collect_all(d);
        rc = make_in_place(d, stream, for_producer, out, out_mlock_failed);
    }
    return rc;
}

/* Rule: D-96 */
bool tpi_provision_is_large(const tp_driver_t *d, const tpi_stream_t *stream)
{
    return (d->config.prefault || d->config.mlock) &&
           stream->profile->total_bytes > d->inline_prefault_bytes;
}

/* ---- jobs ---- */

static void *run_job(void *arg)
{
    tpi_job_t *job = arg;
    job->rc = tpi_store_make_epoch(job->store, job->instance_fd, &job->plan, &job->cancel,
                                   &job->epoch, &job->mlock_failed);
    if (job->rc != TP_OK) {
        (void)snprintf(job->text, sizeof(job->text), "%s",
                       tp_errmsg()); /* the text is this thread's */
    }
    atomic_store_explicit(&job->is_done, true, memory_order_release); /* pairs with is_finished */
    return NULL;
}

static bool is_finished(tpi_job_t *job)
{
    return atomic_load_explicit(&job->is_done, memory_order_acquire); /* pairs with run_job */
}

static int start_thread(tpi_job_t *job)
{
    /* Signals are for the application's threads. */
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int err = pthread_create(&job->thread, NULL, run_job, job);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    job->is_started = err == 0;
    return err == 0 ? TP_OK : tpi_fail(TP_ENOMEM, "no helper thread: %s", strerror(err));
}

static int start_waiting(tp_driver_t *d)
{
    int running = 0;
    int started = 0;
    for (const tpi_job_t *job = d->jobs; job != NULL; job = job->next) {
        running += job->is_started;
    }
    for (tpi_job_t *job = d->jobs; job != NULL && running < TPI_DRIVER_JOBS; job = job->next) {
        if (job->is_started || is_finished(job)) {
            continue;
        }
        if (start_thread(job) != TP_OK) {
            job->rc = TP_ENOMEM;
            (void)snprintf(job->text, sizeof(job->text), "%s", tp_errmsg());
            atomic_store_explicit(&job->is_done, true, memory_order_release);
        }
        running++;
        started++;
    }
    return started;
}

int tpi_provision_start(tp_driver_t *d, tpi_stream_t *stream, const tpi_attach_context_t *attach)
{
    tpi_job_t *job = calloc(1, sizeof(*job));
    if (job == NULL) {
        return tpi_fail(TP_ENOMEM, "no memory for a job");
    }
    job->stream = stream;
    job->attach = *attach;
    job->store = &d->store;
    int rc = make_plan(d, stream, true, &job->plan);
    rc = rc != TP_OK ? rc : tpi_store_open_instance(&d->store, stream->id, &job->instance_fd);
    if (rc != TP_OK) {
        free(job);
        return rc;
    }
    tpi_job_t **end = &d->jobs;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = job;
    stream->job = job;
    (void)start_waiting(d);
    return TP_OK;
}

static void free_job(tp_driver_t *d, tpi_job_t *job)
{
    for (tpi_job_t **at = &d->jobs; *at != NULL; at = &(*at)->next) {
        if (*at == job) {
            *at = job->next;
            break;
        }
    }
    close(job->instance_fd);
    free(job);
}

/** Nobody wants it: a stream that is void, a driver that ends. */
static void discard(tp_driver_t *d, tpi_job_t *job)
{
    tpi_stream_t *stream = job->stream;
    if (job->epoch != NULL) {
        tpi_epoch_close(job->epoch);
        (void)tpi_store_remove_epoch(&d->store, stream->id, job->plan.number);
    }
    stream->job = NULL;
    free_job(d, job);
}

/* Rule: D-102 - once more, with another number. */
static bool try_again(tp_driver_t *d, tpi_job_t *job)
{
    if (job->rc != TP_ENOSPC || job->is_retry) {
        return false;
    }
    (void)tpi_collect_all(d);
    job->is_retry = true;
    job->is_started = false;
    atomic_store_explicit(&job->is_done, false, memory_order_relaxed); /* no thread is running */
    return make_plan(d, job->stream, true, &job->plan) == TP_OK;
}

static void finish(tp_driver_t *d, tpi_job_t *job)
{
    tpi_stream_t *stream = job->stream;
    const uint32_t stream_id = stream->id;
    if (job->is_void) {
        discard(d, job);
        tpi_driver_run_parked(d, stream_id);
        return;
    }
    if (job->rc != TP_OK && try_again(d, job)) {
        return;
    }
    const tpi_attach_context_t attach = job->attach;
    stream->job = NULL;
    if (job->rc == TP_OK) {
        tpi_stream_install(d, stream, job->epoch);
        tpi_driver_grant(d, stream, &attach);
    } else {
        tpi_driver_refuse_provisioning(d, &attach, job->text);
        (void)tpi_stream_end_if_unused(d, stream);
    }
    const bool is_fatal = job->mlock_failed; /* Rule: D-97 */
    char text[TPI_DRIVER_TEXT];
    memcpy(text, job->text, sizeof(text));
    free_job(d, job);
    if (is_fatal) {
        tpi_driver_fail(d, TP_EIO, text);
    } else {
        tpi_driver_run_parked(d, stream_id);
    }
}

int tpi_provision_poll(tp_driver_t *d)
{
    if (d->jobs == NULL) {
        return 0;
    }
    int work = 0;
    for (tpi_job_t *job = d->jobs; job != NULL;) {
        if (!is_finished(job)) {
            job = job->next;
            continue;
        }
        if (job->is_started) {
            (void)pthread_join(job->thread, NULL);
            job->is_started = false;
        }
        finish(d, job);
        job = d->jobs; /* the list has changed */
        work++;
    }
    return work + start_waiting(d);
}

void tpi_provision_void(tp_driver_t *d)
{
    for (tpi_job_t *job = d->jobs; job != NULL;) {
        tpi_job_t *next = job->next;
        job->is_void = true;
        atomic_store_explicit(&job->cancel, true, memory_order_relaxed);
        if (!job->is_started) {
            discard(d, job);
        }
        job = next;
    }
    d->parked_count = 0;
}

void tpi_provision_join(tp_driver_t *d)
{
    tpi_provision_void(d);
    while (d->jobs != NULL) {
        (void)pthread_join(d->jobs->thread, NULL);
        discard(d, d->jobs);
    }
}
