/*
 * tensorpool/driver.h - the SHM driver: owns files, epochs and leases. A daemon (`tp driver`) or
 * part of an application.
 *
 * Life:    fill tp_driver_options_t -> tp_driver_create -> tp_driver_do_work ... until STOPPED ->
 * tp_driver_destroy
 * Threads: one. do_work is bounded and neither makes nor removes region files: up to four helper threads of
 * the driver's, started when there is something to do, do that (D-96), while the loop goes on polling. Threads do not
 * survive a fork: fork before tp_driver_create, or call nothing of the driver, not even tp_driver_destroy, in the child.
 * Spec:    driver.md, all of it.
 */
#ifndef TENSORPOOL_DRIVER_H
#define TENSORPOOL_DRIVER_H

#include "tensorpool/client.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tp_driver tp_driver_t;

typedef struct tp_driver_pool {
    uint16_t pool_id;
    uint32_t stride_bytes;
} tp_driver_pool_t;
typedef struct tp_driver_profile {
    const char *name;
    uint32_t header_nslots;
    const tp_driver_pool_t *pools;
    size_t npools;
} tp_driver_profile_t;
typedef struct tp_driver_stream {
    const char *name;
    uint32_t stream_id;
    const char *profile;
} tp_driver_stream_t;
typedef struct tp_id_range {
    uint32_t first, last;
} tp_id_range_t; /* inclusive; {0,0}: off */

/* Names, meanings and defaults: driver.md 6. Everything is copied. 0/NULL means the default unless
 * said otherwise. */
typedef struct tp_driver_options {
    size_t size;
    const char *instance_id;
    const char *aeron_dir;
    const char *control_channel;
    int32_t control_stream_id;
    const char *announce_channel;
    int32_t announce_stream_id;
    const char *qos_channel;
    int32_t qos_stream_id;
    tp_id_range_t stream_id_range;
    tp_id_range_t descriptor_stream_id_range;
    tp_id_range_t control_stream_id_range;
    const char *base_dir;
    const char *shm_namespace;
    bool require_hugepages;
    uint32_t page_size_bytes;
    uint32_t permissions_mode; /* e.g. 0660; 0: default */
    const char *const *allowed_base_dirs;
    size_t allowed_base_dirs_count;
    bool allow_dynamic_streams;
    const char *default_profile;
    uint32_t announce_period_ms;
    uint32_t lease_keepalive_interval_ms;
    uint32_t lease_expiry_grace_intervals;
    bool no_prefault_shm; /* configuration key prefault_shm, inverted so that zero is the default */
    bool reuse_existing_shm;
    bool mlock_shm;
    bool cleanup_shm_on_exit;
    bool no_epoch_gc; /* key epoch_gc_enabled, inverted */
    uint32_t epoch_gc_keep;
    int64_t epoch_gc_min_age_ns; /* < 0: 0 ns; 0: 3 announce periods */
    bool epoch_gc_on_startup;
    int64_t shutdown_timeout_ms; /* < 0: at once; 0: default 2000 */
    const char *shutdown_token;
    const tp_driver_profile_t *profiles;
    size_t nprofiles;
    const tp_driver_stream_t *streams;
    size_t nstreams;
    tp_clock_fn_t clock;          /* CLOCK_MONOTONIC */
    tp_clock_fn_t realtime_clock; /* for epochs and lease ids (D-40, D-66) */
    void *clock_clientd;
    int64_t media_driver_timeout_ns;
    /* What a daemon would log; called on the driver's thread, text valid inside. NULL: nothing.
     * level as TP_LOG_LEVEL: 10 debug .. 40 error. It may not call the driver. */
    void (*log)(void *clientd, int level, const char *text);
    void *log_clientd;
    /* Key shm.transparent_hugepages, inverted: prefaulted files not in 2 MiB pages even where base_dir's file
     * system hands them out (tmpfs mounted with huge=advise, within_size or always). */
    bool no_transparent_hugepages;
    /* A supervisor of the same deployment answers consumers that ask for streams of their own (services.md U-4); the
     * driver then does not, whatever its ranges. */
    bool supervisor_assigns_streams;
} tp_driver_options_t;

#define TP_DRIVER_OPTIONS_INIT                                                                     \
    {                                                                                              \
        .size = sizeof(tp_driver_options_t)                                                        \
    }

/** Check everything (TP_ECONFIG with a text naming key, value and expectation), lay out
 * directories. Needs no media driver yet. */
TP_API int tp_driver_create(tp_driver_t **out, const tp_driver_options_t *options);
/** Closes at once; orderly stops go through tp_driver_request_shutdown. NULL is a no-op. */
TP_API void tp_driver_destroy(tp_driver_t *driver);
TP_API int tp_driver_do_work(tp_driver_t *driver);

typedef enum tp_driver_state {
    TP_DRIVER_INIT,
    TP_DRIVER_RUNNING,
    TP_DRIVER_DRAINING,
    TP_DRIVER_STOPPED
} tp_driver_state_t;
TP_API tp_driver_state_t tp_driver_state(const tp_driver_t *driver);
/** Why it stopped: 0 orderly, else the TP_E* of a fatal failure (D-81); text in tp_driver_reason.
 */
TP_API int tp_driver_result(const tp_driver_t *driver);
TP_API const char *tp_driver_reason(const tp_driver_t *driver);

/** As a signal would: DRAINING, then STOPPED; a second call ends the wait (D-77, D-80). `reason`: 0
 * normal, 1 admin, 2 error. */
TP_API void tp_driver_request_shutdown(tp_driver_t *driver, uint8_t reason, const char *text);
/** End a lease for administrative reasons (D-60). The notice goes out at once; a producer's stream gets its
 * new epoch in the course of the next calls of do_work. TP_OK or TP_ENOENT. */
TP_API int tp_driver_revoke(tp_driver_t *driver, uint64_t lease_id, const char *text);

typedef struct tp_driver_stats {
    uint64_t attach_requests, attach_responses, attach_refused, detach_responses, keepalives,
        keepalives_ignored;
    uint64_t leases_issued, leases_revoked, leases_expired, leases_live;
    uint64_t announces, announce_drops, response_drops, epochs, epochs_collected, decode_errors;
    uint64_t streams_live, duty_cycles, work;
} tp_driver_stats_t;
TP_API void tp_driver_stats(const tp_driver_t *driver, tp_driver_stats_t *out_stats);

#ifdef __cplusplus
}
#endif

#endif
