/*
 * Helper threads: everything submitted comes back once, and what is short does not wait behind what is long.
 */
#include "driver/helpers.h"

#include <semaphore.h>

#include "tensorpool/error.h"
#include "tp_test.h"

enum { MANY = 200 };

typedef struct probe {
    tpi_task_t task;
    sem_t *wait_for; /* NULL: nothing */
    int runs;
} probe_t;

static void run_probe(tpi_task_t *task)
{
    probe_t *probe = (probe_t *)task;
    if (probe->wait_for != NULL) {
        TP_CHECK_EQ_I64(sem_wait(probe->wait_for), 0);
    }
    probe->runs++;
}

TP_TEST(every_task_comes_back_once)
{
    static probe_t probes[MANY];
    tpi_helpers_t helpers;
    tpi_helpers_init(&helpers);
    TP_CHECK(tpi_helpers_take(&helpers) == NULL);
    TP_CHECK(!tpi_helpers_wait(&helpers));
    size_t taken = 0;
    for (size_t i = 0; i < MANY; i++) {
        probes[i].task = (tpi_task_t){ .run = run_probe, .is_long = i % 3 == 0 };
        TP_CHECK_EQ_I64(tpi_helpers_submit(&helpers, &probes[i].task), TP_OK);
        taken += tpi_helpers_take(&helpers) != NULL;
    }
    TP_CHECK_LE_U64(helpers.nthreads, TPI_HELPERS_MAX_THREADS);
    (void)tpi_helpers_wait(&helpers);
    while (tpi_helpers_take(&helpers) != NULL) {
        taken++;
    }
    TP_CHECK_EQ_U64(taken, MANY);
    for (size_t i = 0; i < MANY; i++) {
        TP_CHECK_EQ_I64(probes[i].runs, 1);
    }
    tpi_helpers_fini(&helpers);
}

TP_TEST(threads_are_started_when_there_is_work_for_them)
{
    tpi_helpers_t helpers;
    probe_t probe = { .task = { .run = run_probe } };
    tpi_helpers_init(&helpers);
    TP_CHECK_EQ_U64(helpers.nthreads, 0);
    for (int i = 0; i < 10; i++) { /* one after the other: one thread does */
        TP_CHECK_EQ_I64(tpi_helpers_submit(&helpers, &probe.task), TP_OK);
        TP_CHECK(tpi_helpers_wait(&helpers));
        TP_CHECK(tpi_helpers_take(&helpers) == &probe.task);
    }
    TP_CHECK_EQ_U64(helpers.nthreads, 1);
    TP_CHECK_EQ_I64(probe.runs, 10);
    tpi_helpers_fini(&helpers);
}

TP_TEST(a_sleeping_owner_is_woken_by_what_finishes)
{
    tpi_helpers_t helpers;
    sem_t end;
    probe_t probe = { .task = { .run = run_probe }, .wait_for = &end };
    TP_CHECK_EQ_I64(sem_init(&end, 0, 0), 0);
    tpi_helpers_init(&helpers);
    tpi_helpers_doze(&helpers, 1000); /* nothing to wait for: its time is all */
    TP_CHECK_EQ_I64(tpi_helpers_submit(&helpers, &probe.task), TP_OK);
    tpi_helpers_doze(&helpers, 1000);
    TP_CHECK(tpi_helpers_take(&helpers) == NULL);
    TP_CHECK_EQ_I64(sem_post(&end), 0);
    tpi_task_t *task = NULL;
    while (task == NULL) { /* the test's own deadline would end it otherwise */
        tpi_helpers_doze(&helpers, 3600L * 1000000000);
        task = tpi_helpers_take(&helpers);
    }
    TP_CHECK(task == &probe.task);
    tpi_helpers_fini(&helpers);
    (void)sem_destroy(&end);
}

TP_TEST(short_tasks_do_not_wait_behind_long_ones)
{
    enum { LONG = 3 * TPI_HELPERS_MAX_THREADS };
    tpi_helpers_t helpers;
    sem_t end;
    probe_t longs[LONG];
    TP_CHECK_EQ_I64(sem_init(&end, 0, 0), 0);
    tpi_helpers_init(&helpers);
    for (size_t i = 0; i < LONG; i++) {
        longs[i] = (probe_t){ .task = { .run = run_probe, .is_long = true }, .wait_for = &end };
        TP_CHECK_EQ_I64(tpi_helpers_submit(&helpers, &longs[i].task), TP_OK);
    }
    probe_t quick = { .task = { .run = run_probe } };
    TP_CHECK_EQ_I64(tpi_helpers_submit(&helpers, &quick.task), TP_OK);
    tpi_task_t *first = NULL;
    TP_CHECK_SOON((first = tpi_helpers_take(&helpers)) != NULL, 5000);
    TP_CHECK(first == &quick.task);
    for (size_t i = 0; i < LONG; i++) {
        TP_CHECK_EQ_I64(sem_post(&end), 0);
    }
    TP_CHECK(tpi_helpers_wait(&helpers));
    size_t taken = 0;
    while (tpi_helpers_take(&helpers) != NULL) {
        taken++;
    }
    TP_CHECK_EQ_U64(taken, LONG);
    tpi_helpers_fini(&helpers);
    (void)sem_destroy(&end);
}

static size_t running(tpi_helpers_t *helpers)
{
    (void)pthread_mutex_lock(&helpers->lock);
    const size_t count = helpers->running;
    (void)pthread_mutex_unlock(&helpers->lock);
    return count;
}

TP_TEST(a_flood_of_short_tasks_does_not_keep_long_ones_waiting)
{
    enum { BUSY = TPI_HELPERS_MAX_THREADS, QUICK = 20 };
    tpi_helpers_t helpers;
    sem_t first;
    sem_t rest;
    probe_t busy[BUSY];
    probe_t quick[QUICK];
    TP_CHECK_EQ_I64(sem_init(&first, 0, 0), 0);
    TP_CHECK_EQ_I64(sem_init(&rest, 0, 0), 0);
    tpi_helpers_init(&helpers);
    for (size_t i = 0; i < BUSY; i++) { /* all threads */
        busy[i] = (probe_t){ .task = { .run = run_probe }, .wait_for = i == 0 ? &first : &rest };
        TP_CHECK_EQ_I64(tpi_helpers_submit(&helpers, &busy[i].task), TP_OK);
    }
    TP_CHECK_SOON(running(&helpers) == BUSY, 5000);
    for (size_t i = 0; i < QUICK; i++) {
        quick[i] = (probe_t){ .task = { .run = run_probe } };
        TP_CHECK_EQ_I64(tpi_helpers_submit(&helpers, &quick[i].task), TP_OK);
    }
    probe_t slow = { .task = { .run = run_probe, .is_long = true } };
    TP_CHECK_EQ_I64(tpi_helpers_submit(&helpers, &slow.task), TP_OK);
    TP_CHECK_EQ_I64(sem_post(&first), 0); /* one thread is free from here on */
    tpi_task_t *taken[2] = { NULL, NULL };
    for (size_t i = 0; i < 2; i++) {
        TP_CHECK_SOON((taken[i] = tpi_helpers_take(&helpers)) != NULL, 5000);
    }
    TP_CHECK(taken[0] == &busy[0].task);
    TP_CHECK(taken[1] == &slow.task);
    for (size_t i = 1; i < BUSY; i++) {
        TP_CHECK_EQ_I64(sem_post(&rest), 0);
    }
    (void)tpi_helpers_wait(&helpers);
    size_t count = 2;
    while (tpi_helpers_take(&helpers) != NULL) {
        count++;
    }
    TP_CHECK_EQ_U64(count, BUSY + QUICK + 1);
    tpi_helpers_fini(&helpers);
    (void)sem_destroy(&first);
    (void)sem_destroy(&rest);
}

TP_TEST_MAIN()
