/*
 * tensorpool/qos.h - what producers and consumers say of themselves once a second, kept: the last
 * QosProducer and QosConsumer of each, with the local time at which it came.
 *
 * Life:    tp_qos_monitor_create -> { tp_client_do_work, tp_qos_monitor_poll }* -> destroy.
 * Threads: the client's. poll does not allocate and never blocks. The client must outlive it.
 * Spec:    wire.md 2.18 (W-122..W-128), services.md U-2, U-8.
 */
#ifndef TENSORPOOL_QOS_H
#define TENSORPOOL_QOS_H

#include "tensorpool/client.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tp_qos_monitor tp_qos_monitor_t;

typedef struct tp_qos_producer {
    uint32_t stream_id, producer_id;
    uint64_t epoch;
    uint64_t current_seq; /* the next one it will use (W-127) */
    uint32_t watermark;   /* 0: unset */
    int64_t received_ns;  /* the client's clock */
    uint64_t messages;
} tp_qos_producer_t;

typedef struct tp_qos_consumer {
    uint32_t stream_id, consumer_id;
    uint64_t epoch;                 /* 0: unmapped */
    uint64_t last_seq_seen;         /* 0: none yet */
    uint64_t drops_gap, drops_late; /* since the consumer began (W-123) */
    bool is_rate_limited;
    int64_t received_ns;
    uint64_t messages;
} tp_qos_consumer_t;

typedef struct tp_qos_monitor_options {
    size_t size;
    /* producers kept, and consumers kept; default 256 each, at most 65536. Beyond,
       the one heard longest ago makes room */
    uint32_t capacity;
    int64_t expiry_ns; /* forgotten when not heard for so long; default 10 s */
    /** Called inside poll when a consumer's drops grew since its message before (U-8); `gap` and
     * `late` are by how much. What it had lost when it was first heard is not told. May be NULL. */
    void (*drops)(void *clientd, const tp_qos_consumer_t *consumer, uint64_t gap, uint64_t late);
    void *clientd;
} tp_qos_monitor_options_t;

#define TP_QOS_MONITOR_OPTIONS_INIT                                                                \
    {                                                                                              \
        .size = sizeof(tp_qos_monitor_options_t)                                                   \
    }

/** Listen on the client's QoS stream. options may be NULL. TP_EINVAL, TP_ENOMEM. */
TP_API int tp_qos_monitor_create(tp_qos_monitor_t **out, tp_client_t *client,
                                 const tp_qos_monitor_options_t *options);
/** NULL is a no-op. */
TP_API void tp_qos_monitor_destroy(tp_qos_monitor_t *monitor);
/** Take what came, forget what expired. Bounded; returns work done. */
TP_API int tp_qos_monitor_poll(tp_qos_monitor_t *monitor);

/** Those that are known, by stream id, then own id. Returns their number, writes at most `cap`. */
TP_API size_t tp_qos_monitor_producers(const tp_qos_monitor_t *monitor, tp_qos_producer_t *out,
                                       size_t cap);
TP_API size_t tp_qos_monitor_consumers(const tp_qos_monitor_t *monitor, tp_qos_consumer_t *out,
                                       size_t cap);
/** One of them; false: not known, *out is untouched. */
TP_API bool tp_qos_monitor_find_producer(const tp_qos_monitor_t *monitor, uint32_t stream_id,
                                         uint32_t producer_id, tp_qos_producer_t *out);
TP_API bool tp_qos_monitor_find_consumer(const tp_qos_monitor_t *monitor, uint32_t stream_id,
                                         uint32_t consumer_id, tp_qos_consumer_t *out);

/** Cumulative. */
typedef struct tp_qos_monitor_stats {
    uint64_t messages; /* that were kept */
    uint64_t ignored_decode;
    uint64_t evicted; /* for want of room */
    uint64_t expired;
    uint64_t drop_reports;
} tp_qos_monitor_stats_t;
TP_API void tp_qos_monitor_stats(const tp_qos_monitor_t *monitor, tp_qos_monitor_stats_t *out);

#ifdef __cplusplus
}
#endif

#endif
