/*
 * driver/helpers.h - threads for what takes longer than a duty cycle may: making, unmapping and removing files.
 *
 * The owner submits tasks and takes finished ones back; both only ever hold the lock for a few instructions, so the owner is
 * never kept waiting by a task. A task belongs to the owner before submit and after take, to the helpers in between; the lock
 * orders the two. Threads are started when there is something to do and none is free, sleep on a condition variable when there
 * is nothing, and end with the helpers.
 *
 * Some tasks take seconds (gigabytes of memory to get or to give back), others microseconds. One thread is never given to the
 * former, so that the latter do not wait behind them. Neither do the former wait for an end of the latter, which a flood would
 * never come to: while no long task runs, the next free thread takes one.
 */
#ifndef TPI_DRIVER_HELPERS_H
#define TPI_DRIVER_HELPERS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

enum { TPI_HELPERS_MAX_THREADS = 4 };

typedef struct tpi_task {
    struct tpi_task *next;
    void (*run)(struct tpi_task *task); /* on a helper thread */
    bool is_long;
} tpi_task_t;

typedef struct tpi_task_queue {
    tpi_task_t *head, *tail;
} tpi_task_queue_t;

typedef struct tpi_helpers {
    pthread_mutex_t lock;
    pthread_cond_t has_task, has_finished;
    /* Under the lock: */
    tpi_task_queue_t queues[2]; /* short, long */
    tpi_task_queue_t finished;
    size_t queued, running, running_long;
    bool is_stopping;
    /* The owner's: */
    pthread_t threads[TPI_HELPERS_MAX_THREADS];
    size_t nthreads;
    atomic_size_t nfinished; /* a hint that saves the owner the lock; the lock orders */
} tpi_helpers_t;

void tpi_helpers_init(tpi_helpers_t *helpers);
/** Every task must have been taken back. Ends the threads. */
void tpi_helpers_fini(tpi_helpers_t *helpers);
/** TP_OK; TP_ENOMEM with a text: there is no thread and none can be had; the task stays the caller's. */
int tpi_helpers_submit(tpi_helpers_t *helpers, tpi_task_t *task);
/** A finished task, in the order in which they finished; NULL: none. Does not wait. */
tpi_task_t *tpi_helpers_take(tpi_helpers_t *helpers);
/** Sleep for up to `ns`, less when a task finishes or waits to be taken. */
void tpi_helpers_doze(tpi_helpers_t *helpers, long ns);
/** Wait until nothing is queued or running. For the end, and for tests. Is there anything to take? */
bool tpi_helpers_wait(tpi_helpers_t *helpers);

#endif
