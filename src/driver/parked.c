/*
 * Attach requests that wait for a stream's job.
 *
 * Each stream has a queue of them. When its job is done the whole queue is woken: appended to one queue of the driver, which is worked off while
 * there is time in the duty cycle, for there may be thousands. One entry per client (D-30): a newer request of the same client takes the
 * older one's place, or voids it if it waits for another stream.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "driver/internal.h"

/** Why a job failed, shared by all who waited for it. */
typedef struct reason {
    size_t holders;
    char text[TPI_DRIVER_TEXT];
} reason_t;

struct tpi_parked {
    tpi_parked_t *next;
    tpi_attach_context_t attach;
    tpi_stream_t *stream; /* which is not removed while something is parked on it */
    bool is_void;
    reason_t *reason; /* to be refused with; NULL: to be looked at again */
};

static void append(tpi_parked_queue_t *queue, tpi_parked_t *parked)
{
    parked->next = NULL;
    *(queue->tail != NULL ? &queue->tail->next : &queue->head) = parked;
    queue->tail = parked;
}

static tpi_parked_t *pop(tpi_parked_queue_t *queue)
{
    tpi_parked_t *parked = queue->head;
    if (parked != NULL) {
        queue->head = parked->next;
        queue->tail = queue->head == NULL ? NULL : queue->tail;
    }
    return parked;
}

/** No longer parked; the memory is the caller's. */
static void unpark(tp_driver_t *d, tpi_parked_t *parked)
{
    parked->stream->parked_count--;
    d->parked_count--;
    if (!parked->is_void) {
        (void)tpi_map_remove(&d->parked_clients, parked->attach.request.client_id);
    }
}

static void free_parked(tpi_parked_t *parked)
{
    if (parked->reason != NULL && --parked->reason->holders == 0) {
        free(parked->reason);
    }
    free(parked);
}

/** It stays in its queue, and is nobody's. */
static void make_void(tp_driver_t *d, tpi_parked_t *parked)
{
    parked->is_void = true;
    (void)tpi_map_remove(&d->parked_clients, parked->attach.request.client_id);
}

void tpi_driver_void_parked(tp_driver_t *d, const tpi_stream_t *stream, uint32_t client_id)
{
    tpi_parked_t *parked = tpi_map_get(&d->parked_clients, client_id);
    if (parked != NULL && parked->stream == stream) {
        make_void(d, parked);
    }
}

void tpi_driver_park(tp_driver_t *d, const tpi_attach_context_t *attach, tpi_stream_t *stream)
{
    const uint32_t client_id = attach->request.client_id;
    tpi_parked_t *present = tpi_map_get(&d->parked_clients, client_id);
    if (present != NULL && present->stream == stream && present->reason == NULL) {
        present->attach = *attach; /* Rule: D-30 */
        return;
    }
    if (present != NULL) {
        make_void(d, present);
    }
    /* Rule: D-120 - entries, not clients: one client that asks for two streams in turn makes an entry each time. */
    if (d->parked_count >= TPI_DRIVER_MAX_PARKED) {
        tpi_driver_refuse(d, attach, TPI_CODE_REJECTED, "too many requests are waiting");
        return;
    }
    tpi_parked_t *parked = calloc(1, sizeof(*parked));
    if (parked == NULL || tpi_map_put(&d->parked_clients, client_id, parked) != TP_OK) {
        free(parked);
        tpi_driver_refuse(d, attach, TPI_CODE_INTERNAL_ERROR, "no memory for a waiting request");
        return;
    }
    parked->attach = *attach;
    parked->stream = stream;
    stream->parked_count++;
    d->parked_count++;
    append(&stream->parked, parked);
}

static reason_t *make_reason(const char *text)
{
    reason_t *reason = calloc(1, sizeof(*reason));
    if (reason != NULL) {
        (void)snprintf(reason->text, sizeof(reason->text), "%s", text);
    }
    return reason;
}

void tpi_driver_wake_parked(tp_driver_t *d, tpi_stream_t *stream, const char *text)
{
    /* Without memory for the reason they are looked at again, and try it again. */
    reason_t *reason = text != NULL && stream->parked.head != NULL ? make_reason(text) : NULL;
    if (reason != NULL) {
        for (tpi_parked_t *parked = stream->parked.head; parked != NULL; parked = parked->next) {
            parked->reason = reason;
            reason->holders++;
        }
    }
    if (stream->parked.head != NULL) {
        *(d->woken.tail != NULL ? &d->woken.tail->next : &d->woken.head) = stream->parked.head;
        d->woken.tail = stream->parked.tail;
        stream->parked = (tpi_parked_queue_t){ 0 };
    }
    (void)tpi_stream_end_if_unused(d, stream);
}

int tpi_driver_run_parked(tp_driver_t *d)
{
    int work = 0;
    tpi_parked_t *parked;
    while ((work == 0 || tpi_driver_has_time(d)) && (parked = pop(&d->woken)) != NULL) {
        const uint32_t stream_id = parked->stream->id;
        unpark(d, parked);
        if (parked->reason != NULL && !parked->is_void) {
            tpi_driver_refuse_provisioning(d, &parked->attach, parked->reason->text);
        } else if (!parked->is_void) {
            tpi_driver_attach(d, &parked->attach, TPI_REQUEST_OK); /* which may park it again */
        }
        free_parked(parked);
        tpi_stream_t *stream = tpi_map_get(&d->streams, stream_id);
        if (stream != NULL) {
            (void)tpi_stream_end_if_unused(d, stream);
        }
        work++;
    }
    return work;
}

static void forget(tp_driver_t *d, tpi_parked_queue_t *queue)
{
    for (tpi_parked_t *parked; (parked = pop(queue)) != NULL;) {
        unpark(d, parked);
        free_parked(parked);
    }
}

void tpi_driver_forget_parked(tp_driver_t *d)
{
    forget(d, &d->woken);
    for (tpi_job_t *job = d->jobs; job != NULL; job = job->next) { /* else nothing waits */
        forget(d, &job->stream->parked);
    }
}
