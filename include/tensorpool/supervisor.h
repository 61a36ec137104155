/*
 * tensorpool/supervisor.h - watches producers and consumers, reports what is wrong, and may tell
 * consumers how to go on (ConsumerConfig).
 *
 * It listens to announces, hellos, QoS and metadata and keeps a table of producers, keyed by
 * (stream, producer id), and one of consumers, keyed by (stream, consumer id). Both are allocated
 * at the start and never grow. Nobody needs a supervisor: it never gates the data path, disconnects
 * nobody, and its subscriptions of IPC channels are untethered, so that one which stops reading
 * holds up nobody.
 *
 * Life:    tp_client_create -> tp_supervisor_create -> tp_supervisor_do_work ... -> destroy, then
 *          the client
 * Threads: the client's. do_work never blocks. After create nothing is allocated.
 * Units:   nanoseconds by the client's clock, at local receipt.
 * Spec:    services.md 4; wire.md 2.12, 2.13, 2.17, 2.20.
 */
#ifndef TENSORPOOL_SUPERVISOR_H
#define TENSORPOOL_SUPERVISOR_H

#include "tensorpool/client.h"
#include "tensorpool/driver.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tp_supervisor tp_supervisor_t;

/** What consumers are told to do, whatever they asked for. */
typedef enum tp_supervisor_mode {
    TP_SUPERVISOR_MODE_OFF = 0, /* nothing */
    TP_SUPERVISOR_MODE_STREAM = 1,
    TP_SUPERVISOR_MODE_RATE_LIMITED = 2
} tp_supervisor_mode_t;

/** A policy of its own for some consumers. It replaces force_mode, force_no_shm and
 * per_consumer_enabled as a whole: what it leaves out is off. The first rule that fits counts. */
typedef struct tp_supervisor_rule {
    tp_id_range_t stream_ids;   /* {0,0}: any */
    tp_id_range_t consumer_ids; /* {0,0}: any */
    tp_supervisor_mode_t force_mode;
    bool force_no_shm;
    bool per_consumer_enabled;
    const char *payload_fallback_uri; /* NULL: that of the options */
} tp_supervisor_rule_t;

/** Everything is copied; 0 or NULL is the default. */
typedef struct tp_supervisor_options {
    size_t size;
    const tp_id_range_t *streams; /* tensor streams to watch; none: all */
    size_t nstreams;
    uint32_t producer_capacity;         /* default 256, at most 65536 */
    uint32_t consumer_capacity;         /* default 1024, at most 65536 */
    int64_t liveness_timeout_ns;        /* default 5 s (U-3, W-118) */
    int64_t liveness_check_interval_ns; /* default 1 s; less than the timeout */
    int64_t consumer_stale_ns;          /* default liveness_timeout_ns (W-99) */
    /* policy (U-4) */
    tp_supervisor_mode_t force_mode;
    bool force_no_shm;                /* useShm=FALSE, with payload_fallback_uri if there is one */
    bool per_consumer_enabled;        /* assign streams to consumers that ask for their own */
    const char *payload_fallback_uri; /* an Aeron channel or SCHEME://..., at most 1023 bytes */
    const char *per_consumer_descriptor_channel; /* default "aeron:ipc" */
    tp_id_range_t per_consumer_descriptor_ids;   /* default 31000..31999 */
    const char *per_consumer_control_channel;    /* default "aeron:ipc" */
    tp_id_range_t per_consumer_control_ids;      /* default 32000..32999 */
    const tp_supervisor_rule_t *rules;
    size_t nrules;
    /* Id ranges the SHM driver gives out or uses ({0,0}: none, or not known): must not overlap
     * those above. */
    const tp_id_range_t *reserved_ids;
    size_t nreserved_ids;
    /* alerts (OP-7) */
    uint32_t drop_alert_ppm;    /* default 1000: more than 0.1 % of the frames dropped ... */
    uint32_t drop_alert_checks; /* default 3: ... in that many checks in a row */
    int64_t announce_alert_ns;  /* default 5 s without an announce */
    /* Something to be told to people: what is new, once. Called inside do_work; may not call the
     * supervisor; text is valid inside. level as TP_LOG_LEVEL: 20 info, 30 warning. */
    void (*event)(void *clientd, int level, const char *text);
    void *event_clientd;
} tp_supervisor_options_t;

#define TP_SUPERVISOR_OPTIONS_INIT                                                                 \
    {                                                                                              \
        .size = sizeof(tp_supervisor_options_t)                                                    \
    }

/**
 * Check options and allocate. Needs no media driver.
 *
 * @param client the caller's; it outlives the supervisor, gives channels, stream ids, allowed base
 *        directories (W-118) and the clock. It should be the supervisor's alone: a ConsumerConfig
 *        that comes from it is taken for the supervisor's own.
 * @return TP_OK; TP_EINVAL (a pointer, the struct), TP_ECONFIG with a text naming the option, its
 *         value and what was expected (overlapping id ranges: U-4), TP_ENOMEM. *out is untouched on
 *         failure.
 */
TP_API int tp_supervisor_create(tp_supervisor_t **out, tp_client_t *client,
                                const tp_supervisor_options_t *options);
/** NULL is a no-op. The client stays. */
TP_API void tp_supervisor_destroy(tp_supervisor_t *supervisor);
/** One bounded slice, the client's included: call this instead of tp_client_do_work. Returns work
 * done, 0 when idle; never fails. */
TP_API int tp_supervisor_do_work(tp_supervisor_t *supervisor);

/** Cumulative but for those marked `now`. */
typedef struct tp_supervisor_stats {
    uint64_t producers;        /* now: in the table */
    uint64_t consumers;        /* now */
    uint64_t stale_producers;  /* now */
    uint64_t stale_consumers;  /* now */
    uint64_t stale;            /* producers and consumers that went stale */
    uint64_t removed;          /* after a further period */
    uint64_t config_published; /* ConsumerConfigs sent */
    uint64_t config_unsent;    /* not taken by the control stream; again at the next hello */
    uint64_t config_conflicts; /* somebody else's ConsumerConfig undid one of ours */
    uint64_t ids_exhausted;    /* requests declined: no id left in a range */
    uint64_t liveness_checks;
    uint64_t collisions;   /* senders with one consumer id, producers of one stream and epoch */
    uint64_t drop_reports; /* consumers whose drops grew between two checks, summed (U-8) */
    uint64_t alerts;       /* sustained drops, announces that ceased (OP-7) */
    uint64_t table_full;   /* messages of somebody for whom there was no room */
    uint64_t evicted;      /* stale entries that made room */
    /* messages */
    uint64_t announces, source_announces, metas, hellos, qos_producers, qos_consumers;
    uint64_t configs_heard;     /* of others */
    uint64_t control_responses; /* none is awaited: all are ignored (W-135) */
    uint64_t ignored_decode;    /* malformed */
    uint64_t ignored_stale;     /* announces too old (W-81, W-82) */
    uint64_t ignored_stream;    /* of streams that are not watched */
    uint64_t duty_cycles, work;
} tp_supervisor_stats_t;
TP_API void tp_supervisor_stats(const tp_supervisor_t *supervisor,
                                tp_supervisor_stats_t *out_stats);

#define TP_SUPERVISOR_NAME_MAX 64
#define TP_SUPERVISOR_CHANNEL_MAX 1024 /* as TP_STREAM_CHANNEL_MAX */

/** An age of -1: never heard. */
typedef struct tp_supervisor_producer {
    uint32_t stream_id;
    uint32_t producer_id;
    uint64_t epoch;
    int64_t announce_age_ns;
    int64_t qos_age_ns;
    int64_t activity_age_ns;           /* of the superblock; -1: not readable (W-118) */
    bool has_qos;                      /* current_seq is known */
    uint64_t current_seq;              /* next to be used (W-127) */
    double rate_hz;                    /* between the last two QoS messages; 0: not known */
    uint32_t meta_version;             /* 0xFFFFFFFF: not announced */
    char name[TP_SUPERVISOR_NAME_MAX]; /* of the data source; "" if not announced */
    bool is_stale;
    bool is_superseded;  /* a higher epoch of its stream was announced */
    bool is_conflicting; /* another producer announces the same stream and epoch (W-85) */
    bool is_unannounced; /* alert: no announce for announce_alert_ns */
} tp_supervisor_producer_t;

typedef struct tp_supervisor_consumer {
    uint32_t stream_id;
    uint32_t consumer_id;
    int64_t hello_age_ns;
    int64_t qos_age_ns;
    /* of the last hello */
    bool has_hello;
    bool supports_shm, supports_progress;
    uint8_t requested_mode; /* 1 STREAM, 2 RATE_LIMITED */
    uint32_t max_rate_hz;
    uint32_t layout_version;
    bool wants_descriptor_stream, wants_control_stream;
    /* of the last QosConsumer */
    bool has_qos;
    uint64_t epoch;
    uint64_t last_seq_seen;
    uint64_t drops_gap;
    uint64_t drops_late;
    uint8_t mode; /* as it reports; 0: not known */
    bool has_lag;
    uint64_t lag; /* frames behind the producer of that epoch, by both QoS messages */
    /* The last ConsumerConfig on the control stream, anybody's (W-92). */
    bool has_config;
    bool is_config_ours;
    bool use_shm;
    uint8_t config_mode;
    uint32_t descriptor_stream_id; /* 0: none */
    uint32_t control_stream_id;
    char descriptor_channel[TP_SUPERVISOR_CHANNEL_MAX];
    char control_channel[TP_SUPERVISOR_CHANNEL_MAX];
    char payload_fallback_uri[TP_SUPERVISOR_CHANNEL_MAX];
    bool is_stale;
    bool is_colliding; /* two senders use this id (U-5) */
    bool is_dropping;  /* alert: sustained drops */
} tp_supervisor_consumer_t;

/**
 * Walk the tables: *cursor starts at 0 and is moved; the order is that of the table's places.
 * @return 1 and *out, or 0 at the end.
 */
TP_API int tp_supervisor_next_producer(const tp_supervisor_t *supervisor, size_t *cursor,
                                       tp_supervisor_producer_t *out);
TP_API int tp_supervisor_next_consumer(const tp_supervisor_t *supervisor, size_t *cursor,
                                       tp_supervisor_consumer_t *out);

/** Is everything open? False: *out_text says what is missing. The text is valid until the next
 * do_work; out_text may be NULL. */
TP_API bool tp_supervisor_is_listening(const tp_supervisor_t *supervisor, const char **out_text);

/** What to make of the code of a ControlResponse (W-134). */
typedef enum tp_supervisor_verdict {
    TP_SUPERVISOR_IGNORE = 0, /* not for a request of ours (W-135), or no code of the protocol */
    TP_SUPERVISOR_DONE,
    TP_SUPERVISOR_GIVE_UP, /* UNSUPPORTED, INVALID_PARAMS: the same again fails again */
    TP_SUPERVISOR_REFUSED, /* REJECTED: policy */
    TP_SUPERVISOR_RETRY    /* INTERNAL_ERROR: after back-off */
} tp_supervisor_verdict_t;
/** @param awaited_correlation_id of our request; 0: none is open, so everything is ignored. */
TP_API tp_supervisor_verdict_t tp_supervisor_judge(int64_t awaited_correlation_id,
                                                   int64_t correlation_id, int32_t code);

/* ---- one ConsumerConfig by hand ---- */

typedef struct tp_consumer_config {
    size_t size;
    uint32_t stream_id;
    uint32_t consumer_id;
    bool use_shm;
    tp_supervisor_mode_t mode; /* STREAM or RATE_LIMITED */
    const char *payload_fallback_uri;
    const char *descriptor_channel; /* with its id, or neither (W-94) */
    uint32_t descriptor_stream_id;
    const char *control_channel;
    uint32_t control_stream_id;
} tp_consumer_config_t;

#define TP_CONSUMER_CONFIG_INIT                                                                    \
    {                                                                                              \
        .size = sizeof(tp_consumer_config_t)                                                       \
    }

/**
 * Send it on the client's control stream. It is the consumer's full state from then on (W-92):
 * streams it leaves out are revoked.
 * @return TP_OK; TP_EAGAIN (not connected yet, or back-pressure: try again), TP_EINVAL with a text,
 *         TP_ECLOSED.
 */
TP_API int tp_supervisor_send_config(tp_client_t *client, const tp_consumer_config_t *config);

#ifdef __cplusplus
}
#endif

#endif
