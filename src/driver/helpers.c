#include "driver/helpers.h"

#include <signal.h>
#include <string.h>
#include <time.h>

#include "base/fail.h"

/* Paths and error texts are the largest things on it; the default would be 8 MiB of address space each. */
enum { STACK_BYTES = 512 * 1024 };

static void push(tpi_task_queue_t *queue, tpi_task_t *task)
{
    task->next = NULL;
    *(queue->tail != NULL ? &queue->tail->next : &queue->head) = task;
    queue->tail = task;
}

static tpi_task_t *pop(tpi_task_queue_t *queue)
{
    tpi_task_t *task = queue->head;
    if (task != NULL) {
        queue->head = task->next;
        queue->tail = queue->head == NULL ? NULL : queue->tail;
    }
    return task;
}

/** What a free thread shall do next; NULL: nothing. Short ones first, whoever waits for a short one would notice, but for one long one. */
static tpi_task_t *choose(tpi_helpers_t *helpers)
{
    tpi_task_t *task = helpers->running_long == 0 ? pop(&helpers->queues[1]) : NULL;
    task = task != NULL ? task : pop(&helpers->queues[0]);
    if (task == NULL && helpers->running_long < TPI_HELPERS_MAX_THREADS - 1) {
        task = pop(&helpers->queues[1]);
    }
    return task;
}

static void *work(void *arg)
{
    tpi_helpers_t *helpers = arg;
    (void)pthread_mutex_lock(&helpers->lock);
    for (;;) {
        tpi_task_t *task = choose(helpers);
        if (task == NULL) {
            if (helpers->is_stopping) {
                break;
            }
            (void)pthread_cond_wait(&helpers->has_task, &helpers->lock);
            continue;
        }
        const bool is_long = task->is_long; /* not ours to read any more once it is finished */
        helpers->queued--;
        helpers->running++;
        helpers->running_long += is_long;
        (void)pthread_mutex_unlock(&helpers->lock);
        task->run(task);
        (void)pthread_mutex_lock(&helpers->lock);
        helpers->running--;
        helpers->running_long -= is_long;
        push(&helpers->finished, task);
        atomic_fetch_add_explicit(&helpers->nfinished, 1, memory_order_relaxed);
        (void)pthread_cond_broadcast(&helpers->has_finished);
    }
    (void)pthread_mutex_unlock(&helpers->lock);
    return NULL;
}

void tpi_helpers_init(tpi_helpers_t *helpers)
{
    memset(helpers, 0, sizeof(*helpers));
    (void)pthread_mutex_init(&helpers->lock, NULL);
    (void)pthread_cond_init(&helpers->has_task, NULL);
    pthread_condattr_t attributes;
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&helpers->has_finished, &attributes);
    (void)pthread_condattr_destroy(&attributes);
}

void tpi_helpers_fini(tpi_helpers_t *helpers)
{
    (void)pthread_mutex_lock(&helpers->lock);
    helpers->is_stopping = true;
    (void)pthread_cond_broadcast(&helpers->has_task);
    (void)pthread_mutex_unlock(&helpers->lock);
    for (size_t i = 0; i < helpers->nthreads; i++) {
        (void)pthread_join(helpers->threads[i], NULL);
    }
    helpers->nthreads = 0;
    (void)pthread_cond_destroy(&helpers->has_finished);
    (void)pthread_cond_destroy(&helpers->has_task);
    (void)pthread_mutex_destroy(&helpers->lock);
}

static int start_thread(tpi_helpers_t *helpers)
{
    pthread_attr_t attributes;
    sigset_t all;
    sigset_t before;
    (void)pthread_attr_init(&attributes);
    (void)pthread_attr_setstacksize(&attributes, STACK_BYTES);
    sigfillset(&all); /* signals are for the application's threads */
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    const int err =
        pthread_create(&helpers->threads[helpers->nthreads], &attributes, work, helpers);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)pthread_attr_destroy(&attributes);
    if (err != 0) {
        return tpi_fail(TP_ENOMEM, "no helper thread: %s", strerror(err));
    }
    helpers->nthreads++;
    return TP_OK;
}

int tpi_helpers_submit(tpi_helpers_t *helpers, tpi_task_t *task)
{
    (void)pthread_mutex_lock(&helpers->lock);
    const size_t busy = helpers->queued + helpers->running;
    (void)pthread_mutex_unlock(&helpers->lock);
    if (busy >= helpers->nthreads && helpers->nthreads < TPI_HELPERS_MAX_THREADS &&
        start_thread(helpers) != TP_OK && helpers->nthreads == 0) {
        return TP_ENOMEM;
    }
    (void)pthread_mutex_lock(&helpers->lock);
    push(&helpers->queues[task->is_long], task);
    helpers->queued++;
    (void)pthread_cond_signal(&helpers->has_task);
    (void)pthread_mutex_unlock(&helpers->lock);
    return TP_OK;
}

tpi_task_t *tpi_helpers_take(tpi_helpers_t *helpers)
{
    if (atomic_load_explicit(&helpers->nfinished, memory_order_relaxed) == 0) {
        return NULL;
    }
    (void)pthread_mutex_lock(&helpers->lock);
    tpi_task_t *task = pop(&helpers->finished);
    if (task != NULL) {
        atomic_fetch_sub_explicit(&helpers->nfinished, 1, memory_order_relaxed);
    }
    (void)pthread_mutex_unlock(&helpers->lock);
    return task;
}

void tpi_helpers_doze(tpi_helpers_t *helpers, long ns)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += ns;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    (void)pthread_mutex_lock(&helpers->lock);
    if (helpers->finished.head == NULL) {
        (void)pthread_cond_timedwait(&helpers->has_finished, &helpers->lock, &until);
    }
    (void)pthread_mutex_unlock(&helpers->lock);
}

bool tpi_helpers_wait(tpi_helpers_t *helpers)
{
    (void)pthread_mutex_lock(&helpers->lock);
    while (helpers->queued + helpers->running > 0) {
        (void)pthread_cond_wait(&helpers->has_finished, &helpers->lock);
    }
    const bool any = helpers->finished.head != NULL;
    (void)pthread_mutex_unlock(&helpers->lock);
    return any;
}
