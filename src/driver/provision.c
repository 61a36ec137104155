/*
 * New epochs: their numbers, and the jobs which make them.
 *
 * Making files means allocating memory for them and takes from microseconds to seconds, so a duty cycle never does it: each new epoch is a
 * job of a helper thread, and whoever asked for it is answered when it is there. A stream has one job at a time, for
 *   - the attach that needs it: a producer's, or the first one to a stream without regions (D-25, D-65); answered when it is done,
 *   - or the renewal of a stream whose producer is gone (D-54, D-68, D-69): announced when it is done, and then the detach is answered.
 * Attaches that need the same stream's regions wait for the job, too (parked.c).
 *
 * The helper gets the plan and the store's constants and stores its result; until the driver has taken the task back it touches nothing of that.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "driver/internal.h"

/* Above it a job may take longer than others should wait: about 2 ms to allocate. */
#define LONG_JOB_BYTES (UINT64_C(8) << 20)

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

static bool is_for_producer(const tpi_job_t *job)
{
    return job->has_attach && job->attach.request.role == TPI_ROLE_PRODUCER;
}

static int make_plan(tp_driver_t *d, tpi_job_t *job)
{
    const bool for_producer = is_for_producer(job);
    job->plan = (tpi_epoch_plan_t){
        .stream_id = job->stream->id,
        .profile = job->stream->profile,
        .for_producer = for_producer,
        .prefault = for_producer && d->config.prefault, /* Rule: D-68 */
        .transparent_hugepages = d->config.transparent_hugepages,
        .mlock = for_producer && d->config.mlock,
        .reuse_existing = d->config.reuse_existing,
        .now_ns = d->now_ns,
    };
    job->task.is_long = tpi_store_bytes_to_allocate(&d->store, &job->plan) > LONG_JOB_BYTES;
    return next_epoch(d, job->stream, &job->plan.number);
}

/* ---- the helper's part ---- */

static void run_job(tpi_task_t *task)
{
    tpi_job_t *job = (tpi_job_t *)task;
    int instance_fd = -1;
    job->rc = tpi_store_enter_instance(job->store, job->plan.stream_id, true, &instance_fd);
    if (job->rc == TP_OK) {
        job->rc = tpi_store_make_epoch(job->store, instance_fd, &job->plan, &job->cancel,
                                       &job->epoch, &job->mlock_failed);
        close(instance_fd);
    }
    if (job->rc != TP_OK) {
        /* the text is this thread's */
        (void)snprintf(job->text, sizeof(job->text), "%s", tp_errmsg());
    }
}

/* ---- the driver's part ---- */

static void free_job(tp_driver_t *d, tpi_job_t *job)
{
    if (job->has_attach && !job->is_void) {
        (void)tpi_map_remove(&d->job_clients, job->attach.request.client_id);
    }
    *job->at = job->next;
    if (job->next != NULL) {
        job->next->at = job->at;
    }
    d->waiting_jobs -= job->is_waiting;
    d->retry = d->retry == job ? NULL : d->retry;
    job->stream->job = NULL;
    free(job);
}

int tpi_provision_start(tp_driver_t *d, tpi_stream_t *stream, const tpi_attach_context_t *attach)
{
    tpi_job_t *job = calloc(1, sizeof(*job));
    if (job == NULL) {
        return tpi_fail(TP_ENOMEM, "no memory for a job");
    }
    job->task.run = run_job;
    job->stream = stream;
    job->has_attach = attach != NULL;
    if (attach != NULL) {
        job->attach = *attach;
    }
    job->store = &d->store;
    int rc = make_plan(d, job);
    if (rc == TP_OK && job->has_attach) {
        rc = tpi_map_put(&d->job_clients, attach->request.client_id, job);
    }
    if (rc == TP_OK) {
        rc = tpi_helpers_submit(&d->helpers, &job->task);
        if (rc != TP_OK && job->has_attach) {
            (void)tpi_map_remove(&d->job_clients, attach->request.client_id);
        }
    }
    if (rc != TP_OK) {
        free(job);
        return rc;
    }
    job->next = d->jobs;
    job->at = &d->jobs;
    if (job->next != NULL) {
        job->next->at = &job->next;
    }
    d->jobs = job;
    stream->job = job;
    return TP_OK;
}

/** Nobody wants it: a stream that is void, a driver that ends. */
static void discard(tp_driver_t *d, tpi_job_t *job, bool is_ending)
{
    if (job->epoch != NULL) {
        if (is_ending) {
            tpi_epoch_close(job->epoch);
            (void)tpi_store_remove_epoch(&d->store, job->plan.stream_id, job->plan.number);
        } else {
            tpi_collect_mapping(d, job->epoch);
            tpi_collect_unwanted(d, job->plan.stream_id, job->plan.number);
        }
    }
    free_job(d, job);
}

/* Rule: D-102 - once more, with another number, when what was old is gone. */
static bool try_again(tp_driver_t *d, tpi_job_t *job)
{
    if (job->rc != TP_ENOSPC || job->is_retry) {
        return false;
    }
    job->pass = tpi_collect_for_space(d);
    job->is_retry = job->is_waiting = true;
    job->wait_next = NULL;
    *(d->waiting_tail != NULL ? &d->waiting_tail->wait_next : &d->waiting_head) = job;
    d->waiting_tail = job;
    d->waiting_jobs++;
    return true;
}

/** One at a time: if they all looked for room together, each would find what the others are about to take. */
static void start_retry(tp_driver_t *d)
{
    tpi_job_t *job = d->waiting_head;
    if (job == NULL || !tpi_collect_is_done(d, job->pass) || d->retry != NULL) {
        return;
    }
    d->waiting_head = job->wait_next;
    d->waiting_tail = d->waiting_head == NULL ? NULL : d->waiting_tail;
    job->is_waiting = false;
    d->waiting_jobs--;
    const int rc = make_plan(d, job);
    if (rc != TP_OK || tpi_helpers_submit(&d->helpers, &job->task) != TP_OK) {
        /* its first failure stands: nothing can be said that helps more */
        tpi_job_done(d, &job->task);
        return;
    }
    d->retry = job;
}

/** The new epoch is there. Rule: D-54, D-74 */
static void succeed(tp_driver_t *d, tpi_stream_t *stream, tpi_job_t *job)
{
    tpi_stream_install(d, stream, job->epoch);
    if (job->has_attach) {
        tpi_driver_grant(d, stream, &job->attach);
    } else {
        tpi_stream_announce(d, stream);
        tpi_collect_stream(d, stream); /* Rule: D-100 */
    }
}

/** It could not be made. Rule: D-69, D-102 */
static void fail(tp_driver_t *d, tpi_stream_t *stream, const tpi_job_t *job)
{
    if (job->has_attach) {
        tpi_driver_refuse_provisioning(d, &job->attach, job->text);
    } else {
        tpi_stream_break(d, stream, job->text);
    }
}

void tpi_job_done(tp_driver_t *d, tpi_task_t *task)
{
    tpi_job_t done = *(tpi_job_t *)task;
    tpi_job_t *job = (tpi_job_t *)task;
    tpi_stream_t *stream = job->stream;
    if (job->is_void) {
        discard(d, job, false);
        tpi_driver_wake_parked(d, stream, NULL);
        return;
    }
    if (job->rc != TP_OK && try_again(d, job)) {
        return;
    }
    free_job(d, job);       /* before anything that may start the next one */
    stream->parked_count++; /* not to be removed in between */
    if (done.rc == TP_OK) {
        succeed(d, stream, &done);
    } else {
        fail(d, stream, &done);
    }
    if (done.has_detach) { /* Rule: D-54 - last */
        tpi_send_detach_response(d, done.detach_correlation_id, TPI_CODE_OK, "");
    }
    if (done.mlock_failed) { /* Rule: D-97 */
        tpi_driver_fail(d, TP_EIO, done.text);
    }
    stream->parked_count--;
    /* What waits would ask for the same again, except that a consumer behind a producer's epoch may be content with a sparse one. */
    const bool is_hopeless = done.rc != TP_OK && !is_for_producer(&done);
    tpi_driver_wake_parked(d, stream, is_hopeless ? done.text : NULL);
}

static void take(tp_driver_t *d, tpi_task_t *task)
{
    if (task->run == run_job) {
        tpi_job_done(d, task);
    } else {
        tpi_collection_done(d, task);
    }
}

/** Rule: D-81, D-97 - after a failure nothing can be done about, nothing is granted and nothing begun any more. */
static bool is_over(const tp_driver_t *d)
{
    return d->phase == TPI_DRIVER_FLUSHING_PHASE || d->phase == TPI_DRIVER_STOPPED_PHASE;
}

int tpi_provision_poll(tp_driver_t *d)
{
    int work = 0;
    tpi_task_t *task;
    while (!is_over(d) && (work == 0 || tpi_driver_has_time(d)) &&
           (task = tpi_helpers_take(&d->helpers)) != NULL) {
        take(d, task);
        work++;
    }
    if (!is_over(d)) {
        work += tpi_collect_walk(d);
        start_retry(d);
    }
    return work;
}

void tpi_provision_void(tp_driver_t *d)
{
    tpi_driver_forget_parked(d);
    d->waiting_head = d->waiting_tail = NULL; /* all of them go */
    for (tpi_job_t *job = d->jobs; job != NULL;) {
        tpi_job_t *next = job->next;
        if (job->has_attach && !job->is_void) {
            (void)tpi_map_remove(&d->job_clients, job->attach.request.client_id);
        }
        job->is_void = true;
        job->has_detach = false;
        atomic_store_explicit(&job->cancel, true, memory_order_relaxed);
        if (job->is_waiting) {
            free_job(d, job);
        }
        job = next;
    }
}

void tpi_provision_join(tp_driver_t *d)
{
    tpi_provision_void(d);
    atomic_store_explicit(&d->is_ending, true, memory_order_relaxed);
    (void)tpi_helpers_wait(&d->helpers);
    for (tpi_task_t *task; (task = tpi_helpers_take(&d->helpers)) != NULL;) {
        if (task->run == run_job) {
            discard(d, (tpi_job_t *)task, true);
        } else {
            tpi_collection_done(d, task);
        }
    }
}

void tpi_provision_answer_detaches(tp_driver_t *d)
{
    for (tpi_job_t *job = d->jobs; job != NULL; job = job->next) {
        if (job->has_detach) {
            job->has_detach = false;
            tpi_send_detach_response(d, job->detach_correlation_id, TPI_CODE_OK, "");
        }
    }
}

bool tpi_driver_settle(tp_driver_t *d)
{
    return tpi_helpers_wait(&d->helpers) || d->waiting_jobs > 0 || d->woken.head != NULL ||
           d->collecting.next != NULL;
}
