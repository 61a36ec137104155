/*
 * driver/internal.h - the parts of the SHM driver and how they hang together.
 *
 *   driver.c     the agent: states, duty cycle, shutdown, loss of the media driver
 *   attach.c     attach requests: the checks of D-28 in their order, and what is granted      parked.c  those that wait
 *   handlers.c   dispatch, detach, keepalive, shutdown request       hello.c  ConsumerHello
 *   streams.c    streams and their ticks                              lease_end.c  what the end of a lease means
 *   provision.c  new epochs                                           collect.c  old epochs
 *   helpers.c  the threads on which epochs are made and removed
 *   send.c       encoding and sending                                 counters.c  Aeron counters
 *   store.c, epoch.c files; leases.c, outbox.c, id_range.c, map.c tables; options.c
 *
 * Everything runs in tp_driver_do_work on one thread, except what takes long: making epochs (provision.c) and removing them (collect.c), which
 * helper threads do. `now_ns` is read once per duty cycle and handed down.
 */
#ifndef TPI_DRIVER_INTERNAL_H
#define TPI_DRIVER_INTERNAL_H

#include "driver/helpers.h"
#include "driver/id_range.h"
#include "driver/leases.h"
#include "driver/outbox.h"
#include "driver/store.h"
#include "wire/codec.h"

/* What one duty cycle does at most. */
enum {
    TPI_DRIVER_POLL_LIMIT = 8,     /* messages per poll: a poll of first attaches is about 200 us */
    TPI_DRIVER_POLLS = 128,        /* polls per duty cycle */
    TPI_DRIVER_CHECKS = 256,       /* leases looked at for expiry */
    TPI_DRIVER_TICKS = 32,         /* streams ticked */
    TPI_DRIVER_SENDS = 256,        /* waiting messages tried */
    TPI_DRIVER_GC_STEPS = 2,       /* old epochs removed per stream tick */
    TPI_DRIVER_WALKS = 256,        /* streams looked at for want of space */
    TPI_DRIVER_MAX_PARKED = 16384, /* attach requests waiting for a job */
    TPI_DRIVER_MAX_DYNAMIC =
        16384, /* dynamic streams, ended ones included until they are cleaned up */
    TPI_DRIVER_LEASE_COUNTERS = 512,
    TPI_DRIVER_STREAM_COUNTERS = 256,
    TPI_DRIVER_TEXT = 512,
};
/** After so long a duty cycle begins nothing new; a target of 1 ms with room for what is under way and for a slower machine. */
#define TPI_DRIVER_BUDGET_NS INT64_C(300000)
#define TPI_DRIVER_FLUSH_NS INT64_C(1000000000)
#define TPI_DRIVER_UNREADY_NS INT64_C(30000000000)

/** An epoch on disk that this process knows of. */
typedef struct tpi_epoch_record {
    uint64_t number;
    int64_t announced_ns; /* INT64_MIN: not by this process */
    bool is_ours;         /* made by this process */
    bool is_stuck;        /* could not be removed: not tried again */
} tpi_epoch_record_t;

typedef enum tpi_stream_state {
    TPI_STREAM_KNOWN,    /* no regions */
    TPI_STREAM_IDLE,     /* regions, no producer */
    TPI_STREAM_LIVE,     /* regions and a producer */
    TPI_STREAM_RENEWING, /* its producer's epoch is over, the next one is being made (D-54) */
    TPI_STREAM_BROKEN,   /* ... and could not be made; tried again at each tick (D-69) */
    TPI_STREAM_ENDED,    /* a dynamic stream after its last lease: id not free yet, or files left */
} tpi_stream_state_t;

struct tpi_job;
typedef struct tpi_parked tpi_parked_t; /* an attach request that waits (parked.c) */
typedef struct tpi_parked_queue {
    tpi_parked_t *head, *tail;
} tpi_parked_queue_t;
typedef struct tpi_collection tpi_collection_t;

typedef struct tpi_stream {
    uint32_t id;
    const char *name; /* "" for dynamic ones */
    const tpi_driver_profile_t *profile;
    bool is_dynamic;
    tpi_stream_state_t state;
    tpi_epoch_t *epoch;    /* IDLE, LIVE */
    tpi_lease_t *producer; /* LIVE */
    uint32_t leases;
    struct tpi_job *job;       /* an epoch in the making */
    tpi_parked_queue_t parked; /* what waits for the job */
    size_t parked_count; /* those, and those of them which were woken and are not answered yet */
    tpi_collection_t *collection;           /* old epochs being removed */
    bool is_collected_again;                /* behind that, for want of space */
    struct tpi_stream *all_prev, *all_next; /* every stream in the table */
    int lock_fd;                            /* -1: not held */
    bool has_history;                       /* the disk was looked at */
    uint64_t last_epoch;                    /* highest number given or seen */
    tpi_epoch_record_t *history;            /* ascending */
    size_t history_count, history_capacity;
    bool holds_id;                    /* dynamic: the id is taken from the range */
    bool is_announce_due;             /* after attaches of this duty cycle */
    struct tpi_stream *announce_next; /* of those */
    bool is_announce_listed;
    int64_t tick_ns;
    int64_t ended_ns;
    struct tpi_stream *tick_prev, *tick_next; /* all but KNOWN ones, by tick_ns */
    bool is_ticking;
    tpi_counter_t *counter;
} tpi_stream_t;

/** A request which was accepted up to provisioning. */
typedef struct tpi_attach_context {
    tpi_attach_request_t request;
    tpi_dialect_t dialect;
} tpi_attach_context_t;

/** An epoch being made. Between submit and take the helper owns plan, rc, text, epoch, mlock_failed; the driver everything else. */
typedef struct tpi_job {
    tpi_task_t task; /* first: a task is cast back to its job */
    struct tpi_job *next, **at;
    tpi_stream_t *stream;
    bool has_attach; /* answered when it is done; false: a renewal, which is announced */
    tpi_attach_context_t attach;
    bool has_detach; /* the end which made the renewal necessary: answered last (D-54) */
    tpi_lease_key_t detach_key;
    int64_t detach_correlation_id; /* of its latest request */
    bool is_retry, is_waiting /* for old epochs to go (D-102) */, is_void;
    uint64_t pass;             /* which it waits for */
    struct tpi_job *wait_next; /* of those that wait, in their order */
    atomic_bool cancel;
    tpi_store_t *store;
    tpi_epoch_plan_t plan;
    int rc;
    bool mlock_failed;
    char text[TPI_DRIVER_TEXT];
    tpi_epoch_t *epoch;
} tpi_job_t;

/**
 * Old epochs with the helpers, and the passes through all streams (D-102): one at a time, each in slices. Collections have the generation in which
 * they were submitted. It changes when a pass has come through all streams: the pass is done when those of its generation and before are, whatever is
 * submitted later. The next one begins only then, so that there are never more than two generations.
 */
typedef struct tpi_collecting {
    size_t under_way[2]; /* by the last bit of their generation */
    uint64_t generation; /* of what is submitted now; the pass's own while it walks */
    uint64_t pass,
        done; /* the latest pass, and the latest that is done: the same one, or the one before */
    tpi_stream_t *next; /* where the pass goes on */
} tpi_collecting_t;

typedef struct tpi_driver_counters {
    tpi_counter_t **driver;  /* one per statistic */
    size_t leases, streams;  /* in use */
    tpi_counter_t **closing; /* never closed inside a poll */
    size_t closing_count, closing_capacity;
    int64_t next_ns;
} tpi_driver_counters_t;

/** States of driver.md 3.1; FLUSHING is the end of DRAINING. */
typedef enum tpi_driver_phase {
    TPI_DRIVER_INIT_PHASE,
    TPI_DRIVER_RUNNING_PHASE,
    TPI_DRIVER_DRAINING_PHASE,
    TPI_DRIVER_FLUSHING_PHASE,
    TPI_DRIVER_STOPPED_PHASE,
} tpi_driver_phase_t;

struct tp_driver {
    tpi_driver_config_t config;
    tpi_store_t store;
    tpi_link_t *link;
    bool owns_link;
    uint64_t generation;                           /* of the link, when RUNNING was entered */
    tpi_publication_t *control_pub, *announce_pub; /* the same one if both go to one place */
    tpi_subscription_t *control_sub;
    tpi_outbox_t control_out, announce_out_own;
    tpi_outbox_t *announce_out;

    tpi_driver_phase_t phase;
    int64_t now_ns;      /* of this duty cycle */
    int64_t deadline_ns; /* of DRAINING and FLUSHING */
    uint32_t stop_requests;
    uint8_t stop_reason;
    char stop_text[TPI_MAX_ERROR_MESSAGE + 1];
    int result;
    char reason[TPI_DRIVER_TEXT];
    char logged_reason[TPI_DRIVER_TEXT]; /* why INIT lasts, said once */

    tpi_leases_t leases;
    tpi_map_t streams; /* by stream id */
    size_t dynamic_streams;
    tpi_stream_t *all_head;
    tpi_stream_t *tick_head, *tick_tail;
    tpi_stream_t
        *announce_head; /* streams to announce when the input of this duty cycle was read */
    tpi_id_range_t stream_ids, descriptor_ids, control_ids;
    tpi_map_t node_ids;
    uint32_t next_node_id;
    tpi_helpers_t helpers;
    atomic_bool is_ending; /* helpers leave old epochs alone */
    tpi_job_t *jobs;
    tpi_map_t job_clients;                  /* of those which answer an attach and are not void */
    tpi_job_t *waiting_head, *waiting_tail; /* jobs that wait for old epochs to go */
    size_t waiting_jobs;
    tpi_job_t *retry; /* the one of those which is tried again; NULL: none */
    tpi_collecting_t collecting;
    tpi_map_t parked_clients;
    size_t parked_count; /* entries, void ones included */
    tpi_parked_queue_t woken;
    int64_t
        unready_since_ns; /* a publication or the subscription is not there; INT64_MIN: all are */
    int64_t cycle_ns;     /* since the duty cycle before */
    int64_t busy_ns;      /* for so long input has not been empty, standstills not counted */

    tpi_driver_counters_t counters;
    tp_driver_stats_t stats;
    uint8_t *scratch;
    size_t scratch_size;
    tpi_attach_response_t response; /* too large for the stack of a busy loop */
    tpi_shm_pool_announce_t announce;
};

/* ---- driver.c ---- */

/** With a link of the caller's, which it keeps and which must outlive the driver. Otherwise as tp_driver_create. */
int tpi_driver_create_with_link(tp_driver_t **out, const tp_driver_options_t *options,
                                tpi_link_t *link);
/** The driver closes the link. */
void tpi_driver_own_link(tp_driver_t *driver);
void tpi_driver_log(tp_driver_t *d, int level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/** Rule: D-81 - a failure nothing can be done about. */
void tpi_driver_fail(tp_driver_t *d, int code, const char *text);
/** Is there time left in this duty cycle for another small piece of work? */
bool tpi_driver_has_time(const tp_driver_t *d);
#define TPI_LOG_DEBUG 10
#define TPI_LOG_INFO 20
#define TPI_LOG_WARN 30
#define TPI_LOG_ERROR 40

/* ---- handlers.c, hello.c, attach.c ---- */

void tpi_driver_on_message(void *clientd, const uint8_t *data, size_t len,
                           const tpi_message_info_t *info);
void tpi_driver_on_hello(tp_driver_t *d, const uint8_t *data, size_t len);
void tpi_driver_on_config(tp_driver_t *d, const uint8_t *data, size_t len);
void tpi_driver_on_attach(tp_driver_t *d, const uint8_t *data, size_t len);
/** Also again from the start: after a job, for the requests that waited for it. */
void tpi_driver_attach(tp_driver_t *d, const tpi_attach_context_t *attach,
                       tpi_request_fault_t fault);
/** The epoch is there: lease, response, announce. */
void tpi_driver_grant(tp_driver_t *d, tpi_stream_t *stream, const tpi_attach_context_t *attach);
void tpi_driver_refuse(tp_driver_t *d, const tpi_attach_context_t *attach, int32_t code,
                       const char *text);
void tpi_driver_refuse_provisioning(tp_driver_t *d, const tpi_attach_context_t *attach,
                                    const char *reason);
/** Give ids back which only a live lease may hold (D-112). */
void tpi_driver_free_private_streams(tp_driver_t *d, tpi_lease_t *lease);

/* ---- parked.c ---- */

/** The request waits for the stream's job; an earlier one of the same client is forgotten (D-30). */
void tpi_driver_park(tp_driver_t *d, const tpi_attach_context_t *attach, tpi_stream_t *stream);
/** The client's lease of this stream is over: a request that waits for a second answer to it (D-29) must not get a new one. */
void tpi_driver_void_parked(tp_driver_t *d, const tpi_stream_t *stream, uint32_t client_id);
/**
 * The stream's job is done: what waits for it is looked at again, or, with a reason, refused, since it would fail as the job did. Both in
 * tpi_driver_run_parked. The stream may be gone afterwards (D-108).
 */
void tpi_driver_wake_parked(tp_driver_t *d, tpi_stream_t *stream, const char *reason);
/** Requests that were woken, while there is time. Returns work done. */
int tpi_driver_run_parked(tp_driver_t *d);
/** Nobody waits any more. */
void tpi_driver_forget_parked(tp_driver_t *d);

/* ---- streams.c, lease_end.c ---- */

int tpi_streams_init(tp_driver_t *d);
void tpi_streams_fini(tp_driver_t *d);
/** NULL when unknown; an ENDED one is unknown. */
tpi_stream_t *tpi_stream_find(tp_driver_t *d, uint32_t stream_id);
/** A dynamic stream with this id, which was taken from the range; takes over an ENDED one. NULL: no memory. */
tpi_stream_t *tpi_stream_add(tp_driver_t *d, uint32_t stream_id);
/** The lock and what the disk says, once. TP_OK, TP_EBUSY (another driver), TP_E*. */
int tpi_stream_claim(tp_driver_t *d, tpi_stream_t *stream);
/** Make `epoch` the current one: unmap the old, announce at the next occasion, remember it for collection. */
void tpi_stream_install(tp_driver_t *d, tpi_stream_t *stream, tpi_epoch_t *epoch);
/** The one place where `state` is written. */
void tpi_stream_enter(tp_driver_t *d, tpi_stream_t *stream, tpi_stream_state_t state);
/** After a lease ended or a job failed: is this dynamic stream over (D-108)? Then end it. */
bool tpi_stream_end_if_unused(tp_driver_t *d, tpi_stream_t *stream);
/** Out of the table and freed, id given back. */
void tpi_stream_remove(tp_driver_t *d, tpi_stream_t *stream);
/**
 * A producerless epoch in place of the present one (D-68), which is over at once. It is announced when a helper has made it; if that fails, BROKEN (D-69).
 * @return the job; NULL: it could not even be started, and the stream is BROKEN.
 */
tpi_job_t *tpi_stream_renew(tp_driver_t *d, tpi_stream_t *stream);
/** BROKEN, for `reason`. */
void tpi_stream_break(tp_driver_t *d, tpi_stream_t *stream, const char *reason);
/** Streams whose announce is due, and other periodic work. Returns work done. */
int tpi_streams_tick(tp_driver_t *d);
/** Now. */
void tpi_stream_announce(tp_driver_t *d, tpi_stream_t *stream);
/** Once, when the input of this duty cycle was read, however many attaches ask for it. */
void tpi_stream_announce_soon(tp_driver_t *d, tpi_stream_t *stream);
int tpi_streams_announce_due(tp_driver_t *d);
void tpi_streams_announce_all(tp_driver_t *d);
/** Aeron is lost: no stream has regions, a producer or leases (D-82). Leases must be gone. */
void tpi_streams_void(tp_driver_t *d);
int tpi_stream_remember_epoch(tpi_stream_t *stream, uint64_t number, bool is_ours);

/**
 * Rule: D-53, D-54 - everything the end of a lease means; the lease is freed.
 * @return the renewal which comes before the answer to a detach; NULL: none.
 */
tpi_job_t *tpi_driver_end_lease(tp_driver_t *d, tpi_lease_t *lease, tpi_lease_state_t state,
                                const char *text);
/** Leases whose time is up, at most TPI_DRIVER_CHECKS looked at. Returns the number ended. */
int tpi_driver_expire(tp_driver_t *d);
/** All leases gone without a word: Aeron is lost or the driver ends. */
void tpi_driver_void_leases(tp_driver_t *d);

/* ---- provision.c, collect.c ---- */

/**
 * Have a helper make the stream's next epoch; the stream has no job yet.
 * @param attach answered when it is there, and decides whether it is a producer's; NULL: a renewal.
 * @return TP_OK, or TP_E* with a text and no job.
 */
int tpi_provision_start(tp_driver_t *d, tpi_stream_t *stream, const tpi_attach_context_t *attach);
/** What helpers have finished: grant, refuse, announce; start what waited. Returns work done. */
int tpi_provision_poll(tp_driver_t *d);
void tpi_job_done(tp_driver_t *d, tpi_task_t *task);
/** What jobs make is for nobody: removed when it is there. */
void tpi_provision_void(tp_driver_t *d);
/** Wait for the helpers and remove what they made. */
void tpi_provision_join(tp_driver_t *d);
/** The driver ends before their renewals do: the leases are gone all the same. */
void tpi_provision_answer_detaches(tp_driver_t *d);
/** For tests, whose clocks stand still meanwhile: wait until the helpers have finished. Is there anything for a duty cycle to take? */
bool tpi_driver_settle(tp_driver_t *d);

/** Have a helper remove old epochs of the stream (D-101), a few. */
void tpi_collect_stream(tp_driver_t *d, tpi_stream_t *stream);
/** All streams, for want of space (D-102). Returns the pass to wait for, a new one or the one that others wait for already. */
uint64_t tpi_collect_for_space(tp_driver_t *d);
/** Go on with it while there is time. Returns work done. */
int tpi_collect_walk(tp_driver_t *d);
/** What was old in that pass is gone. */
bool tpi_collect_is_done(const tp_driver_t *d, uint64_t pass);
/** An epoch that was made for nobody. */
void tpi_collect_unwanted(tp_driver_t *d, uint32_t stream_id, uint64_t number);
/** Unmap: here if it is a page or two, else on a helper. NULL is a no-op. */
void tpi_collect_mapping(tp_driver_t *d, tpi_epoch_t *epoch);
void tpi_collection_done(tp_driver_t *d, tpi_task_t *task);
/** D-100: everything of this instance below the base. */
void tpi_collect_at_start(tp_driver_t *d);
/** D-92: every epoch this process made. */
void tpi_collect_at_exit(tp_driver_t *d);

/* ---- send.c ---- */

void tpi_send_attach_ok(tp_driver_t *d, const tpi_lease_t *lease, int64_t correlation_id,
                        tpi_dialect_t dialect);
void tpi_send_attach_error(tp_driver_t *d, int64_t correlation_id, tpi_dialect_t dialect,
                           int32_t code, const char *text);
void tpi_send_detach_response(tp_driver_t *d, int64_t correlation_id, int32_t code,
                              const char *text);
void tpi_send_lease_revoked(tp_driver_t *d, const tpi_lease_key_t *key, uint8_t reason,
                            const char *text);
void tpi_send_announce(tp_driver_t *d, const tpi_stream_t *stream);
void tpi_send_config(tp_driver_t *d, const tpi_consumer_config_t *config);
void tpi_send_shutdown(tp_driver_t *d, uint8_t reason, const char *text);

/* ---- counters.c: best effort, nothing depends on it ---- */

void tpi_driver_counters_init(tp_driver_t *d);
void tpi_driver_counters_fini(tp_driver_t *d);
void tpi_driver_count_lease(tp_driver_t *d, tpi_lease_t *lease);
void tpi_driver_uncount_lease(tp_driver_t *d, tpi_lease_t *lease);
/** Its counter says the present epoch, or goes when there is none. */
void tpi_driver_count_stream(tp_driver_t *d, tpi_stream_t *stream);
void tpi_driver_counters_update(tp_driver_t *d);

#endif
