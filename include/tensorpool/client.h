/*
 * tensorpool/client.h - the connection that producers and consumers of one thread share.
 *
 * A client is one Aeron client in invoker mode plus the control plane of the SHM driver. Everything
 * is polled: tp_client_do_work() drives the connection, attaches, keepalives, remaps and reattaches
 * of all producers and consumers made from it. It never blocks and starts no thread. Call it often:
 * at least every few hundred ms, or leases (3 s) and the Aeron client (10 s) are lost, which heals
 * by itself, but costs frames.
 *
 * Life:    tp_client_create -> { tp_producer_create | tp_consumer_create }* -> tp_client_do_work
 * ... -> destroy those -> tp_client_destroy Threads: a client and all made from it belong to one
 * thread at a time; do_work is not re-entrant. tp_runner_* runs one on a thread of its own. Spec:
 * driver.md 2.5-2.9, 2.13-2.14, 3.4.
 */
#ifndef TENSORPOOL_CLIENT_H
#define TENSORPOOL_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tensorpool/error.h"
#include "tensorpool/export.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tp_client tp_client_t;

/** CLOCK_MONOTONIC ns, or a test's own. */
typedef int64_t (*tp_clock_fn_t)(void *clientd);

typedef enum tp_wire_dialect {
    TP_WIRE_V11 = 0,
    TP_WIRE_V12 = 1
} tp_wire_dialect_t; /* Rule: X-3 what is sent first */

typedef struct tp_client_options {
    size_t size;
    /* All strings are copied. */
    const char *aeron_dir;                /* media driver directory; NULL: Aeron's default */
    const char *client_name;              /* shown by Aeron's tools */
    const char *control_channel;          /* default "aeron:ipc?term-length=4m" */
    int32_t control_stream_id;            /* default 1000 */
    const char *announce_channel;         /* default control_channel */
    int32_t announce_stream_id;           /* default control_stream_id */
    const char *descriptor_channel;       /* default "aeron:ipc?term-length=4m" */
    int32_t descriptor_stream_id;         /* default 1100 */
    const char *qos_channel;              /* default "aeron:ipc?term-length=4m" */
    int32_t qos_stream_id;                /* default 1200 */
    tp_wire_dialect_t wire_dialect;       /* default v1.1 */
    const char *const *allowed_base_dirs; /* where regions may lie; default { "/dev/shm" } (D-34) */
    size_t allowed_base_dirs_count;
    int64_t attach_timeout_ns;        /* default 5 s (D-37) */
    int64_t attach_retry_interval_ns; /* default 1 s (D-37) */
    int64_t keepalive_interval_ns;    /* default 1 s (D-52) */
    int64_t driver_timeout_ns;        /* default 5 s without announce = SHM driver lost (D-83) */
    int64_t announce_period_ns;       /* default 1 s; freshness window is 3 periods (W-81) */
    int64_t qos_interval_ns;          /* default 1 s; < 0: send no QoS and no hello */
    int64_t media_driver_timeout_ns;  /* default 5 s */
    tp_clock_fn_t clock;              /* default CLOCK_MONOTONIC */
    void *clock_clientd;
    uint64_t random_seed;         /* ids and jitter; 0: from the system */
    bool no_auto_reattach;        /* true: after a loss stay detached (D-78, P-27) */
    const char *metadata_channel; /* default "aeron:ipc?term-length=4m" */
    int32_t metadata_stream_id;   /* default 1300 */
} tp_client_options_t;

#define TP_CLIENT_OPTIONS_INIT                                                                     \
    {                                                                                              \
        .size = sizeof(tp_client_options_t)                                                        \
    }

/** Check options and allocate; touches no media driver and never blocks. TP_EINVAL (text names the
 * option), TP_EPATH (a base dir), TP_ENOMEM. */
TP_API int tp_client_create(tp_client_t **out, const tp_client_options_t *options);

/** Close. Producers and consumers made from it must be gone. NULL is a no-op. */
TP_API void tp_client_destroy(tp_client_t *client);

/** One bounded slice of work for the connection and everything made from it. Returns work done (0:
 * idle), never fails: states tell. */
TP_API int tp_client_do_work(tp_client_t *client);

typedef enum tp_client_state {
    TP_CLIENT_CONNECTING, /* no media driver yet */
    TP_CLIENT_CONNECTED,
    TP_CLIENT_LOST /* media driver lost; reconnecting by itself */
} tp_client_state_t;

TP_API tp_client_state_t tp_client_state(const tp_client_t *client);
/** Why it is not connected; "" if it is. Valid until the next do_work. */
TP_API const char *tp_client_reason(const tp_client_t *client);
/** The clock's reading as this client sees it. */
TP_API int64_t tp_client_now_ns(const tp_client_t *client);

/* ---- what producers and consumers share ---- */

/** State of an attachment (driver.md 3.4). */
typedef enum tp_attach_state {
    TP_ATTACH_UNATTACHED = 0, /* not started, or given up (reason tells: UNSUPPORTED,
                                 INVALID_PARAMS, auto-reattach off) */
    TP_ATTACH_ATTACHING,
    TP_ATTACH_ATTACHED,  /* lease held and regions mapped */
    TP_ATTACH_REMAPPING, /* consumers: lease held, waiting for the next epoch */
    TP_ATTACH_BACKOFF,   /* will try again by itself */
    TP_ATTACH_DETACHING
} tp_attach_state_t;

/** Why an attachment is in its state, or last left TP_ATTACH_ATTACHED. */
typedef enum tp_attach_reason {
    TP_REASON_NONE = 0,
    TP_REASON_NO_MEDIA_DRIVER,
    TP_REASON_NO_ANSWER, /* attach timed out: no SHM driver, or a v1.2-only one (text says so) */
    TP_REASON_REJECTED,
    TP_REASON_UNSUPPORTED,
    TP_REASON_INVALID_PARAMS,
    TP_REASON_INTERNAL_ERROR,
    TP_REASON_PROTOCOL_ERROR,
    TP_REASON_REGION_REFUSED, /* URI, path, size or superblock not acceptable */
    TP_REASON_LEASE_REVOKED,
    TP_REASON_LEASE_EXPIRED, /* own deadline passed (D-51) */
    TP_REASON_KEEPALIVE_FAILED,
    TP_REASON_DRIVER_SHUTDOWN,
    TP_REASON_DRIVER_LOST,
    TP_REASON_EPOCH_SUPERSEDED, /* D-73 */
    TP_REASON_PRODUCER_GONE,    /* consumers: D-56 */
    TP_REASON_STALE,            /* consumers: W-118 */
    TP_REASON_CLOSED,
    TP_REASON_NO_SHM /* consumers: a ConsumerConfig said useShm=FALSE (W-92) */
} tp_attach_reason_t;

/** Static text of an enum value. */
TP_API const char *tp_attach_state_name(tp_attach_state_t state);
TP_API const char *tp_attach_reason_name(tp_attach_reason_t reason);

typedef struct tp_attach_status {
    tp_attach_state_t state;
    tp_attach_reason_t reason;
    char text[256]; /* what happened last, for people */
    uint32_t client_id;
    uint32_t stream_id; /* as granted */
    uint64_t lease_id;  /* 0: none */
    uint64_t epoch;     /* 0: unmapped */
    uint32_t node_id;   /* v1.2; 0xFFFFFFFF: none */
    uint64_t attaches;  /* accepted so far */
    uint64_t losses;    /* leases or mappings lost so far */
} tp_attach_status_t;

/* ---- a thread, if asked for ---- */

typedef struct tp_runner tp_runner_t;

/** Called on the runner's thread after each do_work; does the application's part (poll frames,
 * produce) and returns work done; < 0 stops the runner. */
typedef int (*tp_duty_fn_t)(void *clientd, tp_client_t *client);

/** Run the client on one new thread, which idles by spinning, yielding, then short sleeps. The
 * client then belongs to that thread. TP_ENOMEM, TP_EIO. */
TP_API int tp_runner_start(tp_runner_t **out, tp_client_t *client, tp_duty_fn_t duty,
                           void *clientd);
/** Stop and join; the client belongs to the caller again. Returns what the duty returned last. NULL
 * is a no-op. */
TP_API int tp_runner_stop(tp_runner_t *runner);

/** Idle strategy for hand-written loops: spin, yield, then sleep up to 1 ms; reset by work > 0.
 * `state` starts at 0 and is the caller's. */
TP_API void tp_idle(uint32_t *state, int work);

#ifdef __cplusplus
}
#endif

#endif
