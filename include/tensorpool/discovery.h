/*
 * tensorpool/discovery.h - which streams are there, what do they look like, which driver is to be asked for them.
 *
 * The provider keeps a directory of one or more drivers, from their announces and from metadata, and answers requests. The
 * client asks, and gets snapshots without authority: what grants anything is the attach at the driver that a result names,
 * and nothing else (S-1..S-4).
 *
 * Life:    create -> { ..._do_work }* -> destroy; the client (tp_client_t) is the caller's and outlives it.
 * Threads: the client's. do_work drives the client, is bounded and never blocks.
 * Spec:    services.md 3 (S-n).
 */
#ifndef TENSORPOOL_DISCOVERY_H
#define TENSORPOOL_DISCOVERY_H

#include "tensorpool/client.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TP_DISCOVERY_SCHEMA_VERSION 1
#define TP_DISCOVERY_MAX_ENTRIES 4096 /* S-29 */
#define TP_DISCOVERY_MAX_TAGS 16
#define TP_DISCOVERY_MAX_TAG 64 /* bytes */
#define TP_DISCOVERY_MAX_POOLS 64
#define TP_DISCOVERY_ANY UINT32_MAX /* no such filter; a result without one */
#define TP_DISCOVERY_ANY_ID UINT64_MAX

/* ---- provider ---- */

typedef struct tp_discovery_provider tp_discovery_provider_t;

/** One driver. What its announces are is told by where they come: no two may share that (S-23). */
typedef struct tp_discovery_endpoint {
    const char *driver_instance_id;     /* required, at most 128 bytes, each once */
    const char *driver_control_channel; /* required, at most 1024 bytes: what results name */
    uint32_t driver_control_stream_id;
    const char *announce_channel; /* default: driver_control_channel and -stream_id */
    uint32_t announce_stream_id;
    const char *metadata_channel; /* NULL or an id of 0: no metadata */
    uint32_t metadata_stream_id;
} tp_discovery_endpoint_t;

/** What a stream looks like to a policy. */
typedef struct tp_discovery_subject {
    const char *driver_instance_id;
    uint32_t stream_id;
    const char *data_source_name; /* "" when none */
} tp_discovery_subject_t;

typedef struct tp_discovery_options {
    size_t size;
    /* All strings are copied. */
    const char *channel; /* where requests come; required */
    uint32_t stream_id;
    const tp_discovery_endpoint_t *endpoints;
    size_t nendpoints;          /* 1..256 */
    uint32_t max_results;       /* 0: 1000; at most 65534 (S-14) */
    int64_t announce_period_ns; /* 0: 1 s */
    int64_t expiry_ns;          /* 0: 3 periods; at least one (S-25) */
    /* prefixes; none: whatever is of the medium of `channel` (S-33) */
    const char *const *allowed_response_channels;
    size_t nallowed_response_channels;
    uint32_t max_pools_per_entry; /* 0: 16; an announce with more is ignored */
    uint32_t max_tags_per_entry;  /* 0: 16, the most; what is beyond is cut */
    uint32_t max_requests_per_s;  /* of one clientId; 0: 100 */
    /** Access control: may this client see that stream? NULL: everybody sees everything. With it, who sees nothing
     * is told NOT_FOUND, whether it is hidden or not there (S-12, S-32). */
    bool (*is_visible)(void *clientd, uint32_t client_id, const tp_discovery_subject_t *subject);
    void *visible_clientd;
    /* 10 debug .. 40 error; may be NULL */
    void (*event)(void *clientd, int level, const char *text);
    void *event_clientd;
} tp_discovery_options_t;

#define TP_DISCOVERY_OPTIONS_INIT                                                                  \
    {                                                                                              \
        .size = sizeof(tp_discovery_options_t)                                                     \
    }

/** TP_EINVAL with a text that names option and value; TP_ENOMEM. Then nothing was made. */
TP_API int tp_discovery_provider_create(tp_discovery_provider_t **out, tp_client_t *client,
                                        const tp_discovery_options_t *options);
TP_API void tp_discovery_provider_destroy(tp_discovery_provider_t *provider); /* NULL: no-op */
/** One bounded turn, of the client, too. Returns work done. */
TP_API int tp_discovery_provider_do_work(tp_discovery_provider_t *provider);

/** Cumulative, but for the first two. */
typedef struct tp_discovery_stats {
    uint64_t entries;    /* visible now */
    uint64_t responders; /* response publications open now */
    uint64_t requests;   /* well-formed */
    uint64_t responses;  /* sent */
    uint64_t results;    /* in them */
    uint64_t truncated, not_found, errors;
    uint64_t ignored_decode; /* requests, announces and metadata */
    uint64_t ignored_limit;  /* announces beyond a limit (S-29) */
    uint64_t ignored_stale;  /* announces (W-81, W-82) */
    uint64_t ignored_epoch;  /* announces of a lower epoch (S-26) */
    uint64_t expired;        /* entries */
    /* requests without a channel to answer on, or with one that is not allowed (S-6, S-33) */
    uint64_t dropped_channel;
    uint64_t dropped_rate;        /* requests beyond max_requests_per_s */
    uint64_t dropped_unconnected; /* responses nobody took within 1 s (S-20) */
} tp_discovery_stats_t;
TP_API void tp_discovery_provider_stats(const tp_discovery_provider_t *provider,
                                        tp_discovery_stats_t *out);

/* ---- client ---- */

typedef struct tp_discovery_client tp_discovery_client_t;

typedef struct tp_discovery_client_options {
    size_t size;
    const char *request_channel;  /* default "aeron:ipc?term-length=1m" */
    uint32_t request_stream_id;   /* default 7000 */
    const char *response_channel; /* default "aeron:ipc?term-length=1m" */
    /* default 7004; answers to others are told apart by their request id */
    uint32_t response_stream_id;
    uint32_t client_id; /* a label (S-9); 0: drawn at random */
    int64_t timeout_ns; /* how long answers are collected; default 1 s (S-31) */
} tp_discovery_client_options_t;

#define TP_DISCOVERY_CLIENT_OPTIONS_INIT                                                           \
    {                                                                                              \
        .size = sizeof(tp_discovery_client_options_t)                                              \
    }

/** Filters combine with AND; those that are not set match everything (S-7). Names and tags compare byte by byte. */
typedef struct tp_discovery_query {
    size_t size;
    uint32_t stream_id;           /* TP_DISCOVERY_ANY; 0 is a value like others */
    uint32_t producer_id;         /* TP_DISCOVERY_ANY */
    uint64_t data_source_id;      /* TP_DISCOVERY_ANY_ID */
    const char *data_source_name; /* NULL or "" */
    const char *const *tags;      /* all of them must be there */
    size_t ntags;                 /* at most 64 */
    /* done with the first answer that has a result, without waiting for others */
    bool is_first_enough;
} tp_discovery_query_t;

#define TP_DISCOVERY_QUERY_INIT                                                                    \
    {                                                                                              \
        .size = sizeof(tp_discovery_query_t), .stream_id = TP_DISCOVERY_ANY,                       \
        .producer_id = TP_DISCOVERY_ANY, .data_source_id = TP_DISCOVERY_ANY_ID                     \
    }

typedef struct tp_discovery_pool {
    uint16_t pool_id;
    uint32_t nslots, stride_bytes;
    const char *region_uri;
} tp_discovery_pool_t;

/** A snapshot; texts are terminated and the discovery client's, until the next query. */
typedef struct tp_discovery_found {
    uint32_t stream_id, producer_id;
    uint64_t epoch;
    uint32_t layout_version, nslots;
    uint64_t data_source_id; /* TP_DISCOVERY_ANY_ID: none */
    const char *data_source_name, *driver_instance_id, *driver_control_channel;
    uint32_t driver_control_stream_id; /* where to attach (S-2) */
    const char *header_region_uri;
    const tp_discovery_pool_t *pools;
    size_t npools;
    const char *const *tags;
    size_t ntags;
} tp_discovery_found_t;

typedef enum tp_discovery_state {
    TP_DISCOVERY_IDLE = 0,
    /* not sent yet: nobody listens there, or the response stream is not ready */
    TP_DISCOVERY_ASKING,
    TP_DISCOVERY_WAITING,
    TP_DISCOVERY_DONE
} tp_discovery_state_t;

TP_API int tp_discovery_client_create(tp_discovery_client_t **out, tp_client_t *client,
                                      const tp_discovery_client_options_t *options);
TP_API void tp_discovery_client_destroy(tp_discovery_client_t *discovery); /* NULL: no-op */
/** Begin; results of the query before are void. TP_OK; TP_EINVAL (a filter), TP_ENOMEM. */
TP_API int tp_discovery_query(tp_discovery_client_t *discovery, const tp_discovery_query_t *query);
/** One bounded turn, of the client, too. */
TP_API int tp_discovery_client_do_work(tp_discovery_client_t *discovery);
TP_API tp_discovery_state_t tp_discovery_client_state(const tp_discovery_client_t *discovery);
/** What is there so far, by driver and stream: each once, with its highest epoch (S-31). */
TP_API size_t tp_discovery_results(const tp_discovery_client_t *discovery,
                                   const tp_discovery_found_t **out);
/** The last error that a provider told, or why nothing could be asked; "" if none. */
TP_API const char *tp_discovery_error(const tp_discovery_client_t *discovery);

typedef struct tp_discovery_client_stats {
    uint64_t responses; /* to our requests */
    uint64_t foreign;   /* to others' (S-10) */
    uint64_t ignored_decode;
    uint64_t skipped_invalid; /* results that break S-15..S-17 */
} tp_discovery_client_stats_t;
TP_API void tp_discovery_client_stats(const tp_discovery_client_t *discovery,
                                      tp_discovery_client_stats_t *out);

/**
 * Blocking convenience: drive it until there is a result, or the time is over (IX-11).
 * @return TP_OK, and tp_discovery_results has what was found; TP_ENOENT: nothing; TP_ETIMEDOUT: nobody could be asked;
 *         TP_EINVAL, TP_ENOMEM.
 */
TP_API int tp_discovery_find(tp_discovery_client_t *discovery, const tp_discovery_query_t *query);

#ifdef __cplusplus
}
#endif

#endif
