/*
 * link/aeron_link.h - the Aeron kind of link, shared by its files: aeron_link.c (client, reconnect), aeron_handle.c (adding and
 * retrying), aeron_send.c, aeron_receive.c, aeron_count.c (the handles), cnc.c (looking at a media driver from outside).
 *
 * What a handle goes through. The link drives it; each kind supplies the Aeron calls.
 *
 *   state      event                        next       action
 *   WAITING    link up, retry time reached  ADDING     begin: asynchronous add
 *   WAITING    begin refused                WAITING    text, back-off doubled
 *   ADDING     poll says done               READY      text cleared, back-off reset
 *   ADDING     poll says failed             WAITING    text, back-off doubled
 *   ADDING     deadline                     WAITING    cancel (a late answer must not leave an orphan), back-off doubled
 *   READY      broken (closed under us)     WAITING    close, add again at once
 *   any        link lost                    WAITING    drop: the client takes its objects with it
 *   any        closed by its owner          (freed)    cancel or close
 *
 * Everything here runs on the link's one thread. Aeron's callbacks run inside aeron_main_do_work; they only note what happened,
 * and user callbacks are called after it has returned, so that these may add and close handles.
 */
#ifndef TPI_AERON_LINK_H
#define TPI_AERON_LINK_H

#include <sys/types.h>

#include "aeronc.h"

#include "link/link_internal.h"

#define TPI_MS INT64_C(1000000)
#define TPI_ERROR_TEXT_MAX 512

/*
 * Adds that one link has under way. All clients share one command buffer to the media driver, 1 MiB by default, and an
 * add is up to 1 KiB of it. Where the buffer is full Aeron's client (1.54) frees the add that failed, but keeps it in its
 * list of pending ones, and later uses and frees it again. So it must not come to that: a thousand producers made at once
 * take their turns.
 */
#define TPI_MAX_ADDING 32

typedef enum tpi_handle_state {
    TPI_HANDLE_WAITING,
    TPI_HANDLE_ADDING,
    TPI_HANDLE_READY
} tpi_handle_state_t;

typedef struct tpi_aeron_link tpi_aeron_link_t;
typedef struct tpi_aeron_handle tpi_aeron_handle_t;

typedef struct tpi_aeron_kind {
    /* Start an asynchronous add on an open client: 0, or -1 with aeron_errmsg(). */
    int (*begin)(tpi_aeron_handle_t *handle, aeron_t *client);
    /* 1 added, 0 again later, -1 with aeron_errmsg(). */
    int (*poll)(tpi_aeron_handle_t *handle);
    /* Give the pending add up. */
    void (*cancel)(tpi_aeron_handle_t *handle, aeron_t *client);
    /* Close what was added. */
    void (*close)(tpi_aeron_handle_t *handle);
    /* The client is about to go, and all its objects with it: forget them. */
    void (*lost)(tpi_aeron_handle_t *handle);
    /* Free the memory. */
    void (*free)(tpi_aeron_handle_t *handle);
} tpi_aeron_kind_t;

struct tpi_aeron_handle {
    const tpi_aeron_kind_t *kind;
    tpi_aeron_link_t *link;
    tpi_aeron_handle_t *next;
    tpi_aeron_handle_t **at; /* what points here */
    tpi_handle_state_t state;
    bool broken; /* READY, but Aeron says it is closed */
    bool dead;   /* closed by its owner inside a callback; freed at the end of do_work */
    int64_t deadline_ns;
    int64_t retry_at_ns;
    int64_t backoff_ns;
    char *channel; /* publications and subscriptions */
    int32_t stream_id;
    char error[TPI_ERROR_TEXT_MAX];
};

struct tpi_aeron_link {
    tpi_link_t base;
    aeron_context_t *context;
    aeron_t *client; /* NULL unless UP */
    tpi_link_state_t state;
    uint64_t generation;
    tpi_aeron_handle_t *handles;
    int adding;            /* handles in that state: at most TPI_MAX_ADDING */
    int unready;           /* handles that do_work has to look at ... */
    int64_t service_at_ns; /* ... but not before that time: what cannot be added now waits */
    tpi_aeron_handle_t **handles_end; /* where the next one goes; NULL: none was made yet */
    int image_events;                 /* noted by Aeron's callbacks, not yet told */
    int busy;                         /* inside a poll or a user callback: nothing is freed */
    int dead;                         /* handles waiting to be freed */
    int64_t now_ns;                   /* of the last do_work */
    int64_t driver_timeout_ns;
    int64_t reconnect_interval_ns;
    int64_t next_probe_ns;
    bool probed;
    int64_t seen_heartbeat_ms; /* of the last probe */
    dev_t cnc_device;          /* the cnc file in use */
    ino_t cnc_inode;
    char *client_name;
    char *dir;
    char error[TPI_ERROR_TEXT_MAX];
};

/* ---- aeron_link.c ---- */

/** Aeron's error text of this thread in one line, without its function names and line numbers. */
void tpi_aeron_text(char *out, size_t cap);

/* ---- aeron_handle.c ---- */

/** Put a new handle on the link. `channel` is copied, may be NULL. TP_ENOMEM: nothing done, the caller frees. */
int tpi_handle_init(tpi_aeron_handle_t *handle, tpi_aeron_link_t *link,
                    const tpi_aeron_kind_t *kind, const char *channel, int32_t stream_id);
/** Close for its owner: now, or at the end of do_work when inside a callback. */
void tpi_handle_close(tpi_aeron_handle_t *handle);
/** A send found it closed: do_work adds it again. */
void tpi_handle_broken(tpi_aeron_handle_t *handle);
/** Take all handles one step further. Returns work done. */
int tpi_handles_service(tpi_aeron_link_t *link, int64_t now_ns);
/** The client goes: all handles wait for the next one. */
void tpi_handles_lost(tpi_aeron_link_t *link);
/** Free the handles that were closed inside callbacks. */
void tpi_handles_reap(tpi_aeron_link_t *link);

/* ---- the handles ---- */

int tpi_aeron_add_publication(tpi_link_t *link, tpi_publication_t **out, const char *channel,
                              int32_t stream_id, bool exclusive);
int tpi_aeron_add_subscription(tpi_link_t *link, tpi_subscription_t **out, const char *channel,
                               int32_t stream_id, tpi_image_handler_t on_image, void *clientd);
int tpi_aeron_add_counter(tpi_link_t *link, tpi_counter_t **out, int32_t type_id, const void *key,
                          size_t key_len, const char *label);
bool tpi_aeron_find_counter(tpi_link_t *link, int32_t type_id, const void *key, size_t key_len,
                            int32_t after_id, tpi_counter_ref_t *out);
_Atomic int64_t *tpi_aeron_counter_word(tpi_link_t *link, const tpi_counter_ref_t *ref);
/** Tell users of images that came and went since the last call. Returns their number. */
int tpi_aeron_tell_images(tpi_aeron_link_t *link);

#define TPI_CONTAINER(pointer, type, member)                                                       \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#endif
