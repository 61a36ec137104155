/*
 * supervisor/supervisor_internal.h - the two tables and what is done with them.
 *
 * handlers.c writes what messages say, liveness.c judges it once per check interval, activity.c
 * looks at superblocks, policy.c decides what a consumer is to be told, and sends it.
 *
 * An entry of either table:   (none) --heard--> LIVE --silent for a period--> STALE --silent for a
 * further one--> (none);   STALE --heard--> LIVE.   A full table gives a STALE entry's place away.
 */
#ifndef TPI_SUPERVISOR_INTERNAL_H
#define TPI_SUPERVISOR_INTERNAL_H

#include "client/client_internal.h"
#include "supervisor/index.h"
#include "tensorpool/supervisor.h"

#define TPI_SUPERVISOR_POLL_LIMIT 256
#define TPI_SUPERVISOR_URI_MAX 512
#define TPI_SUPERVISOR_COUNTERS 10
#define TPI_SUPERVISOR_DEAD_CHECKS 2 /* looks in a row that must find the same */
#define TPI_SUPERVISOR_MAX_PRODUCERS 4096
#define TPI_SUPERVISOR_MAX_CONSUMERS 65536
#define TPI_SUPERVISOR_MAX_IDS 65536

/* Who sends under one id on one stream. That another session follows one is a restart; two that
 * take turns are two senders (U-5). */
typedef struct tpi_senders {
    bool has_last, has_other;
    int32_t last, other;
    int64_t other_ns; /* when `other` was last heard */
} tpi_senders_t;

typedef struct tpi_watched_producer {
    uint32_t stream_id, producer_id;
    uint64_t epoch;
    int64_t created_ns, heard_ns, stale_ns;
    int64_t announce_ns, qos_ns;
    bool has_announce, has_qos;
    bool is_stale, is_superseded, is_conflicting, is_unannounced;
    uint64_t current_seq;
    double rate_hz;
    uint32_t meta_version;
    char name[TP_SUPERVISOR_NAME_MAX];
    /* What the announce said of the header ring (W-118). */
    uint8_t clock_domain;
    uint32_t nslots;
    char ring_uri[TPI_SUPERVISOR_URI_MAX];
    uint32_t ring_uri_len; /* 0: none that fits */
    bool has_activity;
    int64_t activity_age_ns; /* at activity_seen_ns */
    int64_t activity_seen_ns;
    unsigned dead_looks;
} tpi_watched_producer_t;

/* A consumer's full state (W-92). */
typedef struct tpi_consumer_state {
    bool use_shm;
    uint8_t mode;
    uint32_t descriptor_id, control_id; /* 0: none; the channel is "" then, too */
    char descriptor_channel[TP_SUPERVISOR_CHANNEL_MAX];
    char control_channel[TP_SUPERVISOR_CHANNEL_MAX];
    char fallback_uri[TP_SUPERVISOR_CHANNEL_MAX];
} tpi_consumer_state_t;

typedef struct tpi_watched_consumer {
    uint32_t stream_id, consumer_id;
    int64_t heard_ns, stale_ns;
    int64_t hello_ns, qos_ns;
    bool has_hello, has_qos;
    bool is_stale, is_colliding, is_dropping;
    int64_t collided_ns;
    tpi_senders_t hello_senders, qos_senders;
    /* hello */
    bool supports_shm, supports_progress;
    uint8_t requested_mode;
    uint32_t max_rate_hz, layout_version;
    bool wants_descriptor, wants_control; /* a whole request (W-94) */
    bool has_half_request;                /* W-95 */
    uint32_t wanted_descriptor_id, wanted_control_id;
    /* QoS */
    uint64_t epoch, last_seq_seen, drops_gap, drops_late;
    uint8_t mode;
    /* drops (U-8, OP-7) */
    uint64_t told_gap, told_late; /* as of the last report */
    uint64_t new_frames;          /* seqs passed since the last check */
    uint64_t new_drops;
    unsigned bad_checks;
    /* configuration */
    bool has_config, is_config_ours;
    bool is_unrepeatable; /* somebody's config is longer than what we can repeat: hands off */
    bool has_told_conflict;
    bool is_served_by_others;    /* who answered its stream requests otherwise does so (D-112) */
    bool has_sent;               /* since its last hello */
    bool has_waited;             /* for the answer of whoever assigns its streams */
    tpi_consumer_state_t config; /* the last on the wire */
    bool holds_descriptor_id, holds_control_id; /* of our ranges: config.descriptor_id ... */
    bool is_answer_due, is_fresh;               /* a hello waits for policy.c */
} tpi_watched_consumer_t;

/* Ids first..first+count-1, one bit each. */
typedef struct tpi_id_pool {
    tp_id_range_t range;
    uint64_t *bits;
    uint32_t next; /* offset at which the search goes on: an id rests as long as possible */
} tpi_id_pool_t;

struct tp_supervisor {
    tp_client_t *client;
    tp_supervisor_options_t options; /* texts and arrays are in `texts` and below */
    char *texts;
    tp_id_range_t *streams;
    tp_supervisor_rule_t *rules;
    tpi_subscription_t *control_sub, *announce_sub, *qos_sub, *metadata_sub;
    tpi_index_t producer_index, consumer_index;
    tpi_watched_producer_t *producers;
    tpi_watched_consumer_t *consumers;
    tpi_id_pool_t descriptor_ids, control_ids;
    tp_supervisor_stats_t stats;
    uint64_t generation; /* of the link */
    int64_t now_ns;
    int64_t turn_ns; /* of the turn before */
    int64_t check_due_ns;
    int64_t judge_from_ns; /* no silence counts before: we could not have heard */
    uint32_t activity_at;  /* next producer whose superblock is to be looked at */
    uint32_t answers_due;
    bool has_told_producers_full, has_told_consumers_full;
    tpi_counter_t *counters[TPI_SUPERVISOR_COUNTERS];
};

/* options.c */
int tpi_supervisor_options_read(tp_supervisor_t *s, const tp_supervisor_options_t *options);

/* supervisor.c */
void tpi_supervisor_event(tp_supervisor_t *s, int level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
enum { TPI_EVENT_INFO = 20, TPI_EVENT_WARNING = 30 };

/* handlers.c */
void tpi_supervisor_on_message(void *clientd, const uint8_t *data, size_t len,
                               const tpi_message_info_t *info);
/** The session knows its senders no more: the link came up again. */
void tpi_supervisor_forget_senders(tp_supervisor_t *s);

/* liveness.c */
void tpi_supervisor_check(tp_supervisor_t *s);
void tpi_producer_heard(tp_supervisor_t *s, tpi_watched_producer_t *p);
void tpi_consumer_heard(tp_supervisor_t *s, tpi_watched_consumer_t *c);
/** A higher epoch of the stream is announced: those of lower ones are history. */
void tpi_producers_supersede(tp_supervisor_t *s, uint32_t stream_id, uint64_t epoch);
/** Rule: W-85 look for another one of this stream and epoch. */
void tpi_producer_find_conflict(tp_supervisor_t *s, tpi_watched_producer_t *p);
/** The entry, made if need be; NULL: no room, counted. */
tpi_watched_producer_t *tpi_producer_get(tp_supervisor_t *s, uint32_t stream_id,
                                         uint32_t producer_id);
tpi_watched_consumer_t *tpi_consumer_get(tp_supervisor_t *s, uint32_t stream_id,
                                         uint32_t consumer_id);

/* activity.c */
/** Look at one producer's superblock, the next in turn. Returns work done. */
int tpi_supervisor_look_at_activity(tp_supervisor_t *s);

/* policy.c */
/** Answer hellos that wait, as far as the policy has something to say. */
int tpi_supervisor_answer(tp_supervisor_t *s);
void tpi_consumer_owe_answer(tp_supervisor_t *s, tpi_watched_consumer_t *c);
/** A ConsumerConfig on the wire; what says the same as our last one may be it, if the session is ours. */
void tpi_supervisor_note_config(tp_supervisor_t *s, const tpi_consumer_config_t *m,
                                bool may_be_ours);
/** Give back the ids it holds and forget what it was told. */
void tpi_consumer_forget_config(tp_supervisor_t *s, tpi_watched_consumer_t *c);
int tpi_id_pool_init(tpi_id_pool_t *pool, tp_id_range_t range);
void tpi_id_pool_fini(tpi_id_pool_t *pool);

/* status.c */
int tpi_supervisor_open_counters(tp_supervisor_t *s);
void tpi_supervisor_count(tp_supervisor_t *s);
void tpi_supervisor_close_counters(tp_supervisor_t *s);
/** The producer whose frames a consumer of this stream and epoch reads, or NULL. */
const tpi_watched_producer_t *tpi_supervisor_source(const tp_supervisor_t *s, uint32_t stream_id,
                                                    uint64_t epoch);

static inline bool tpi_range_holds(tp_id_range_t range, uint32_t id)
{
    return range.first <= id && id <= range.last;
}
static inline bool tpi_range_is_any(tp_id_range_t range)
{
    return range.first == 0 && range.last == 0;
}

#endif
