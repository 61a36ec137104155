/*
 * The life of a handle; the table is in aeron_link.h.
 */
#include "link/aeron_link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aeron_client.h"

#include "base/fail.h"

#define FIRST_BACKOFF_NS (250 * TPI_MS)
#define LAST_BACKOFF_NS (4000 * TPI_MS)
#define AT_ONCE INT64_MIN

int tpi_handle_init(tpi_aeron_handle_t *handle, tpi_aeron_link_t *link,
                    const tpi_aeron_kind_t *kind, const char *channel, int32_t stream_id)
{
    handle->channel = NULL;
    if (channel != NULL && (handle->channel = strdup(channel)) == NULL) {
        return tpi_fail(TP_ENOMEM, "%s stream %d", channel, stream_id);
    }
    handle->kind = kind;
    handle->link = link;
    handle->stream_id = stream_id;
    handle->state = TPI_HANDLE_WAITING;
    handle->retry_at_ns = link->now_ns;
    handle->backoff_ns = FIRST_BACKOFF_NS;
    /* At the end: handles are added to the media driver in the order of their making. */
    handle->at = link->handles_end != NULL ? link->handles_end : &link->handles;
    *handle->at = handle;
    link->handles_end = &handle->next;
    link->unready++;
    link->service_at_ns = AT_ONCE;
    return TP_OK;
}

static bool counts_as_unready(const tpi_aeron_handle_t *handle)
{
    return !handle->dead && (handle->state != TPI_HANDLE_READY || handle->broken);
}

static void enter(tpi_aeron_handle_t *handle, tpi_handle_state_t state)
{
    const int before = counts_as_unready(handle);
    handle->link->adding += (state == TPI_HANDLE_ADDING) - (handle->state == TPI_HANDLE_ADDING);
    handle->state = state;
    handle->broken = false;
    handle->link->unready += counts_as_unready(handle) - before;
}

/* Whatever it is doing with Aeron, end it. */
static void stop(tpi_aeron_handle_t *handle)
{
    tpi_aeron_link_t *link = handle->link;
    if (handle->state == TPI_HANDLE_ADDING) {
        handle->kind->cancel(handle, link->client);
    } else if (handle->state == TPI_HANDLE_READY) {
        handle->kind->close(handle);
    }
    enter(handle, TPI_HANDLE_WAITING);
}

static void unlink_and_free(tpi_aeron_handle_t *handle)
{
    tpi_aeron_link_t *link = handle->link;
    link->unready -= counts_as_unready(handle);
    *handle->at = handle->next;
    if (handle->next != NULL) {
        handle->next->at = handle->at;
    } else {
        link->handles_end = handle->at;
    }
    free(handle->channel);
    handle->kind->free(handle);
}

void tpi_handle_close(tpi_aeron_handle_t *handle)
{
    tpi_aeron_link_t *link = handle->link;
    if (link->busy > 0) {
        if (!handle->dead) {
            link->unready -= counts_as_unready(handle);
            handle->dead = true;
            link->dead++;
        }
        return;
    }
    link->dead -= handle->dead;
    stop(handle);
    unlink_and_free(handle);
}

void tpi_handles_reap(tpi_aeron_link_t *link)
{
    tpi_aeron_handle_t *next;
    for (tpi_aeron_handle_t *handle = link->handles; handle != NULL; handle = next) {
        next = handle->next;
        if (handle->dead) {
            tpi_handle_close(handle);
        }
    }
}

void tpi_handle_broken(tpi_aeron_handle_t *handle)
{
    if (handle->state == TPI_HANDLE_READY && !handle->broken && !handle->dead) {
        handle->broken = true;
        handle->link->unready++;
        handle->link->service_at_ns = AT_ONCE;
    }
}

void tpi_handles_lost(tpi_aeron_link_t *link)
{
    link->service_at_ns = AT_ONCE;
    for (tpi_aeron_handle_t *handle = link->handles; handle != NULL; handle = handle->next) {
        handle->kind->lost(handle);
        enter(handle, TPI_HANDLE_WAITING);
        handle->retry_at_ns = link->now_ns;
        handle->backoff_ns = FIRST_BACKOFF_NS;
    }
}

static void failed(tpi_aeron_handle_t *handle, int64_t now_ns, const char *text)
{
    if (handle->channel != NULL) {
        (void)snprintf(handle->error, sizeof(handle->error), "%.150s stream %d: %.320s",
                       handle->channel, handle->stream_id, text);
    } else {
        (void)snprintf(handle->error, sizeof(handle->error), "%.500s", text);
    }
    handle->retry_at_ns = now_ns + handle->backoff_ns;
    handle->backoff_ns =
        2 * handle->backoff_ns < LAST_BACKOFF_NS ? 2 * handle->backoff_ns : LAST_BACKOFF_NS;
    enter(handle, TPI_HANDLE_WAITING);
}

static void failed_with_aeron_text(tpi_aeron_handle_t *handle, int64_t now_ns)
{
    char text[TPI_ERROR_TEXT_MAX];
    tpi_aeron_text(text, sizeof(text));
    failed(handle, now_ns, text);
}

/*
 * Is there room for a command to the media driver? The ring is shared by all its clients, and Aeron 1.54 does not survive a full one in
 * invoker mode: the add fails, its memory is freed, and stays on a list which is walked later. So adds wait while the ring is more than
 * three quarters full; what is left is for removals and for other clients who looked at the same time. No public function tells, hence the look inside.
 */
static bool has_room_for_command(tpi_aeron_link_t *link)
{
    aeron_mpsc_rb_t *ring = &link->client->conductor.to_driver_buffer;
    return aeron_mpsc_rb_size(ring) < (int64_t)(ring->capacity / 4 * 3);
}

static int service(tpi_aeron_handle_t *handle, int64_t now_ns)
{
    tpi_aeron_link_t *link = handle->link;
    if (handle->dead) {
        return 0;
    }
    if (handle->broken) {
        stop(handle);
        handle->retry_at_ns = now_ns;
    }
    switch (handle->state) {
    case TPI_HANDLE_READY:
        return 0;
    case TPI_HANDLE_WAITING:
        if (now_ns - handle->retry_at_ns < 0 || link->adding >= TPI_MAX_ADDING ||
            !has_room_for_command(link)) {
            return 0;
        }
        if (handle->kind->begin(handle, link->client) < 0) {
            failed_with_aeron_text(handle, now_ns);
            return 1;
        }
        /* Before Aeron's own deadline, which is the driver timeout: after that one a late answer of the driver would find
         * nobody, and the driver keep a publication that is ours and that no one can close. */
        handle->deadline_ns = now_ns + link->driver_timeout_ns * 3 / 4;
        enter(handle, TPI_HANDLE_ADDING);
        return 1;
    case TPI_HANDLE_ADDING: {
        const int done = handle->kind->poll(handle);
        if (done < 0) {
            failed_with_aeron_text(handle, now_ns);
        } else if (done > 0) {
            handle->error[0] = '\0';
            handle->backoff_ns = FIRST_BACKOFF_NS;
            enter(handle, TPI_HANDLE_READY);
        } else if (now_ns - handle->deadline_ns >= 0) {
            handle->kind->cancel(handle, link->client);
            failed(handle, now_ns, "the media driver did not answer");
        } else {
            return 0;
        }
        return 1;
    }
    }
    return 0;
}

/* When service() can do more for it than now. */
static int64_t next_service_ns(const tpi_aeron_handle_t *handle)
{
    if (!counts_as_unready(handle)) {
        return INT64_MAX;
    }
    return handle->state == TPI_HANDLE_WAITING && !handle->broken ? handle->retry_at_ns : AT_ONCE;
}

int tpi_handles_service(tpi_aeron_link_t *link, int64_t now_ns)
{
    int work = 0;
    link->service_at_ns = INT64_MAX; /* until a handle is made, breaks, or says otherwise below */
    for (tpi_aeron_handle_t *handle = link->handles; handle != NULL; handle = handle->next) {
        work += service(handle, now_ns);
        const int64_t next_ns = next_service_ns(handle);
        link->service_at_ns = next_ns < link->service_at_ns ? next_ns : link->service_at_ns;
    }
    return work;
}
