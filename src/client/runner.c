/*
 * client/runner.c - a thread for those who ask for one, and how to idle.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/fail.h"
#include "base/idle.h"
#include "tensorpool/client.h"

struct tp_runner {
    tp_client_t *client;
    tp_duty_fn_t duty;
    void *clientd;
    pthread_t thread;
    atomic_bool
        is_stopping; /* written by tp_runner_stop, read by the thread; guards nothing else */
    int last;        /* the thread's until it is joined */
};

void tp_idle(uint32_t *state, int work)
{
    const struct timespec pause = { .tv_nsec = tpi_idle_step(state, work) };
    if (pause.tv_nsec > 0) {
        nanosleep(&pause, NULL);
    }
}

static void *run(void *arg)
{
    tp_runner_t *runner = arg;
    uint32_t idle = 0;
    while (!atomic_load_explicit(&runner->is_stopping, memory_order_relaxed)) {
        int work = tp_client_do_work(runner->client);
        if (runner->duty != NULL) {
            runner->last = runner->duty(runner->clientd, runner->client);
            if (runner->last < 0) {
                break;
            }
            work += runner->last;
        }
        tp_idle(&idle, work);
    }
    return NULL;
}

int tp_runner_start(tp_runner_t **out, tp_client_t *client, tp_duty_fn_t duty, void *clientd)
{
    if (out == NULL || client == NULL) {
        return tpi_fail(TP_EINVAL, "out or client is NULL");
    }
    tp_runner_t *runner = calloc(1, sizeof *runner);
    if (runner == NULL) {
        return tpi_fail(TP_ENOMEM, "runner");
    }
    runner->client = client;
    runner->duty = duty;
    runner->clientd = clientd;
    atomic_init(&runner->is_stopping, false);
    const int rc = pthread_create(&runner->thread, NULL, run, runner);
    if (rc != 0) {
        free(runner);
        return tpi_fail(TP_EIO, "pthread_create: %s", strerror(rc));
    }
    *out = runner;
    return TP_OK;
}

int tp_runner_stop(tp_runner_t *runner)
{
    if (runner == NULL) {
        return TP_OK;
    }
    atomic_store_explicit(&runner->is_stopping, true, memory_order_relaxed);
    pthread_join(runner->thread, NULL);
    const int last = runner->last;
    free(runner);
    return last;
}
