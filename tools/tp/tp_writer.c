/*
 * tools/tp/tp_writer.c - see tp_writer.h.
 */
#include "tp_writer.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { QUEUE_BYTES = 65536 };

typedef struct line {
    struct line *next;
    int fd;
    size_t len;
    char text[];
} line_t;

static struct {
    pthread_mutex_t mutex;
    pthread_cond_t changed; /* a line came; or all are written */
    pthread_t thread;
    bool is_on, must_end;
    line_t *first, *last; /* the first is being written */
    size_t bytes;
    uint64_t dropped;
    void (*broken)(void);
} w = { .mutex = PTHREAD_MUTEX_INITIALIZER };

/* False: never again. */
static bool write_all(const line_t *line)
{
    size_t done = 0;
    while (done < line->len) {
        const ssize_t n = write(line->fd, line->text + done, line->len - done);
        if (n >= 0) {
            done += (size_t)n;
        } else if (errno == EAGAIN) { /* somebody else has made it so */
            struct pollfd ready = { .fd = line->fd, .events = POLLOUT };
            (void)poll(&ready, 1, -1);
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

static void *run(void *clientd)
{
    (void)clientd;
    pthread_mutex_lock(&w.mutex);
    for (;;) {
        while (w.first == NULL && !w.must_end) {
            pthread_cond_wait(&w.changed, &w.mutex);
        }
        line_t *line = w.first;
        if (line == NULL) {
            break;
        }
        pthread_mutex_unlock(&w.mutex);
        if (!write_all(line) && line->fd == STDOUT_FILENO) {
            w.broken();
        }
        pthread_mutex_lock(&w.mutex);
        w.first = line->next;
        w.bytes -= line->len;
        free(line);
        if (w.first == NULL) {
            w.last = NULL;
            pthread_cond_broadcast(&w.changed);
        }
    }
    pthread_mutex_unlock(&w.mutex);
    return NULL;
}

void tp_writer_start(void (*broken)(void))
{
    pthread_condattr_t attributes;
    sigset_t all, before;
    if (w.is_on) {
        return;
    }
    w.broken = broken;
    w.must_end = false;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&w.changed, &attributes);
    pthread_condattr_destroy(&attributes);
    sigfillset(&all); /* they are for the duty cycle, which they wake */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    w.is_on = pthread_create(&w.thread, NULL, run, NULL) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

bool tp_writer_is_on(void)
{
    return w.is_on;
}

static bool has_room(size_t len)
{
    return w.first == NULL || w.bytes + len <= QUEUE_BYTES;
}

void tp_writer_put(int fd, const char *text, size_t len, const char *end)
{
    const size_t end_len = strlen(end);
    line_t *line = malloc(sizeof *line + len + end_len);
    if (line != NULL) {
        *line = (line_t){ .fd = fd, .len = len + end_len };
        memcpy(line->text, text, len);
        memcpy(line->text + len, end, end_len);
    }
    pthread_mutex_lock(&w.mutex);
    if (line == NULL || w.must_end || !has_room(line->len)) {
        w.dropped++;
        free(line);
    } else {
        w.bytes += line->len;
        if (w.last != NULL) {
            w.last->next = line;
        } else {
            w.first = line;
        }
        w.last = line;
        pthread_cond_broadcast(&w.changed);
    }
    pthread_mutex_unlock(&w.mutex);
}

uint64_t tp_writer_dropped(bool is_told)
{
    pthread_mutex_lock(&w.mutex);
    /* Half of it, so that it is not one line out of two that is taken while a slow reader reads. */
    const uint64_t n = has_room(QUEUE_BYTES / 2) ? w.dropped : 0;
    w.dropped = is_told && n != 0 ? 0 : w.dropped;
    pthread_mutex_unlock(&w.mutex);
    return n;
}

bool tp_writer_drain(int64_t timeout_ns)
{
    struct timespec until;
    if (!w.is_on) {
        return true;
    }
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout_ns / 1000000000;
    until.tv_nsec += timeout_ns % 1000000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&w.mutex);
    while (w.first != NULL && pthread_cond_timedwait(&w.changed, &w.mutex, &until) == 0) {
    }
    const bool is_done = w.first == NULL;
    pthread_mutex_unlock(&w.mutex);
    return is_done;
}

void tp_writer_stop(int64_t timeout_ns)
{
    if (!w.is_on) {
        return;
    }
    const bool is_done = tp_writer_drain(timeout_ns);
    pthread_mutex_lock(&w.mutex);
    w.must_end = true;
    pthread_cond_broadcast(&w.changed);
    pthread_mutex_unlock(&w.mutex);
    if (is_done) {
        pthread_join(w.thread, NULL);
        w.is_on = false;
    } else {
        pthread_detach(w.thread); /* it is in write(2), and ends with the process */
    }
}
