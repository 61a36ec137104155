/*
 * client/runner.c - a thread for those who ask for one, and how to idle.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/fail.h"
#include "tensorpool/client.h"

#define IDLE_SPINS 20u
#define IDLE_YIELDS 40u
#define IDLE_SLEEP_MIN_NS 1000u
#define IDLE_SLEEP_STEPS 10u /* 1 us, doubled 10 times: 1 ms */

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
    if (work > 0) {
        *state = 0;
        return;
    }
    const uint32_t n = *state;
    if (n < IDLE_SPINS + IDLE_YIELDS + IDLE_SLEEP_STEPS) {
        *state = n + 1;
    }
    if (n < IDLE_SPINS) {
#if defined(__x86_64__) || defined(__i386__)
        __builtin_ia32_pause();
#endif
    } else if (n < IDLE_SPINS + IDLE_YIELDS) {
        sched_yield();
    } else {
        const uint32_t step = n - IDLE_SPINS - IDLE_YIELDS;
        const long ns = (long)IDLE_SLEEP_MIN_NS << step;
        const struct timespec pause = { .tv_nsec = ns < 1000000 ? ns : 1000000 };
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
