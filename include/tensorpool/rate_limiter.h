/*
 * tensorpool/rate_limiter.h - a stream thinned out into another one, for consumers that need fewer
 * frames than there are: a GUI, a recorder, a slow network.
 *
 * Each mapping is an ordinary consumer of its source stream and the exclusive producer of its
 * destination stream. A frame that is let through is copied into the destination's pools with
 * everything it says of itself, its seq included; the others leave gaps there (consumers set
 * gaps_expected). While the gate is closed only the newest frame is remembered, and not copied.
 *
 * Life:    tp_rate_limiter_create -> { tp_rate_limiter_do_work }* -> tp_rate_limiter_destroy; the
 * client is the caller's and outlives it.
 * Threads: the client's. do_work drives the client, is bounded and never blocks. Once attached it
 * allocates nothing and makes no system call for a frame.
 * Spec:    services.md 0, 2 (C-n, R-n).
 */
#ifndef TENSORPOOL_RATE_LIMITER_H
#define TENSORPOOL_RATE_LIMITER_H

#include "tensorpool/client.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tp_rate_limiter tp_rate_limiter_t;

#define TP_RATE_LIMITER_MAX_MAPPINGS 256
#define TP_RATE_INHERIT UINT32_MAX /* of a mapping: the instance's rate */

typedef enum tp_rate_policy {
    TP_RATE_LATEST = 0, /* when the gate opens, the newest frame there is */
    /* each n-th frame that was read, if the gate is open; ours, not the spec's */
    TP_RATE_EVERY_NTH = 1
} tp_rate_policy_t;

/* streamIds are 1..4294967294, Aeron stream ids 1..2147483647 (C-6). */
typedef struct tp_rate_mapping {
    uint32_t source_stream_id;
    uint32_t dest_stream_id;
    uint32_t max_rate_hz;        /* 0: unlimited; TP_RATE_INHERIT */
    uint32_t metadata_stream_id; /* streamId of forwarded metadata; 0: the destination's */
    const char *profile;         /* shown, nothing else (O-9); may be NULL */
} tp_rate_mapping_t;

typedef struct tp_rate_limiter_options {
    size_t size;
    /* All strings are copied. */
    const char *instance_id; /* required: names counters and events */
    const tp_rate_mapping_t *mappings;
    size_t nmappings;     /* at least 1 */
    uint32_t max_rate_hz; /* of mappings that inherit; 0: unlimited */
    tp_rate_policy_t policy;
    uint32_t every_nth; /* TP_RATE_EVERY_NTH: n >= 1 */
    bool forward_metadata;
    bool forward_progress;
    bool forward_qos;
    const char *control_channel; /* hellos and progress; default the client's */
    uint32_t control_stream_id;  /* hellos; default the client's */
    uint32_t source_control_stream_id, dest_control_stream_id; /* progress */
    const char *qos_channel;                                   /* default the client's */
    uint32_t qos_stream_id; /* where consumers send their QoS; default the client's */
    uint32_t source_qos_stream_id, dest_qos_stream_id;
    const char *metadata_channel;                                /* default the client's */
    uint32_t source_metadata_stream_id, dest_metadata_stream_id; /* default the client's */
    /* v1.2, for trace ids (T-4): where the sources' descriptors come; default the client's, which is
       where those of the destinations go */
    const char *source_descriptor_channel;
    uint32_t source_descriptor_stream_id;
    /* of consumers; a binding ends after five without a sign; 0: 1 s */
    int64_t hello_interval_ns;
    /** What a person should know, said inside create and do_work. level: 10 debug .. 40 error. May be
     * NULL. */
    void (*event)(void *clientd, int level, const char *text);
    void *event_clientd;
} tp_rate_limiter_options_t;

#define TP_RATE_LIMITER_OPTIONS_INIT                                                               \
    {                                                                                              \
        .size = sizeof(tp_rate_limiter_options_t), .forward_metadata = true                        \
    }

/**
 * Check the options and start attaching; asynchronous. The client must outlive it and serve nothing
 * else whose streams these options name.
 * @return TP_OK; TP_EINVAL with a text that names option and value: an id of 0 or out of range,
 * source = destination, a repeated destination, a cycle, forwarding without its stream ids (R-2,
 * R-17, C-6); TP_ENOMEM. On failure nothing was made.
 */
TP_API int tp_rate_limiter_create(tp_rate_limiter_t **out, tp_client_t *client,
                                  const tp_rate_limiter_options_t *options);
/** Detach everything (at most 1 s for each lease). NULL is a no-op. */
TP_API void tp_rate_limiter_destroy(tp_rate_limiter_t *limiter);
/** One bounded turn, of the client, too. Returns work done; never fails. */
TP_API int tp_rate_limiter_do_work(tp_rate_limiter_t *limiter);

typedef enum tp_rate_state {
    TP_RATE_STARTING = 0, /* one of the two is not attached yet, or not any more */
    TP_RATE_RUNNING,
    TP_RATE_FAILED /* the destination has another producer: given up */
} tp_rate_state_t;

/** Cumulative. seen = published + thinned + all drops + is_holding. */
typedef struct tp_rate_status {
    uint32_t source_stream_id, dest_stream_id;
    tp_rate_state_t state;
    char text[256];                    /* why it is not running */
    uint32_t rate_hz;                  /* in force; 0: unlimited */
    uint32_t consumer_id;              /* bound; 0: none */
    uint64_t source_epoch, dest_epoch; /* 0: unmapped */
    bool is_holding;                   /* a frame waits for the gate */
    uint64_t seen;                     /* frames read from the source */
    uint64_t published, bytes;
    uint64_t thinned; /* replaced by a newer one while the gate was closed, or not the n-th */
    uint64_t drops_overwritten; /* held, and gone from the source's ring when the gate opened */
    uint64_t drops_torn;        /* overwritten while it was copied: aborted */
    uint64_t drops_no_fit;      /* larger than all pools of the destination */
    uint64_t drops_detached;    /* the destination was not attached */
    uint64_t drops_order;       /* seq not above the last one published */
    uint64_t drops_epoch;       /* held when the source began a new epoch */
    uint64_t source_drops_gap, source_drops_late; /* lost before we saw them */
    uint64_t metadata, progress, qos;             /* messages forwarded */
    uint64_t send_failures;                       /* of those */
} tp_rate_status_t;

TP_API size_t tp_rate_limiter_count(const tp_rate_limiter_t *limiter);
/** Of mapping `index` < count. */
TP_API void tp_rate_limiter_status(const tp_rate_limiter_t *limiter, size_t index,
                                   tp_rate_status_t *out_status);
/** Messages that were ignored: malformed, of no mapping, or too large to be passed on. */
typedef struct tp_rate_ignored {
    uint64_t decode, stream, oversize;
} tp_rate_ignored_t;
TP_API void tp_rate_limiter_ignored(const tp_rate_limiter_t *limiter, tp_rate_ignored_t *out);
/** "starting", "running", "failed". Static. */
TP_API const char *tp_rate_state_name(tp_rate_state_t state);

#ifdef __cplusplus
}
#endif

#endif
