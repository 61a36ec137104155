/*
 * consumer/consumer_internal.h - what consumer.c (the API and the hot path), mapping.c (the machine
 * of driver.md 3.6) and messages.c (hello, QoS, descriptors) share.
 */
#ifndef TPI_CONSUMER_INTERNAL_H
#define TPI_CONSUMER_INTERNAL_H

#include "client/client_internal.h"
#include "client/role_counters.h"
#include "consumer/ring_reader.h"
#include "consumer/streams.h"
#include "standalone/standalone.h"
#include "tensorpool/consumer.h"

/* State of the mapping; the lease runs beside it. */
typedef enum tpi_map_state {
    TPI_MAP_UNMAPPED = 0,
    TPI_MAP_MAPPED,
    TPI_MAP_ENDING, /* mapped; the producer detached: what is committed is still delivered, for at
                       most 1 s */
    TPI_MAP_REMAPPING, /* waiting for the next epoch's announce */
    TPI_MAP_FALLBACK,  /* told not to use shared memory */
    TPI_MAP_BACKOFF
} tpi_map_state_t;

typedef enum tpi_map_event {
    TPI_MAP_EV_GRANTED = 0, /* attach OK, mapped */
    TPI_MAP_EV_ANNOUNCED,   /* an announce that may be mapped */
    TPI_MAP_EV_DETACHED,    /* notice: the producer ended in order */
    TPI_MAP_EV_GONE,        /* notice: the producer's lease expired or was revoked */
    TPI_MAP_EV_DEAD, /* superblock or pid changed, activity stale, ring runs backwards, higher epoch
                        described */
    TPI_MAP_EV_NO_SHM, /* ConsumerConfig useShm=FALSE */
    TPI_MAP_EV_SHM,    /* ConsumerConfig useShm=TRUE */
    TPI_MAP_EV_LEASE_GONE,
    TPI_MAP_EV_TIME, /* the state's deadline passed; ENDING: also when all was delivered */
    TPI_MAP_EVENTS
} tpi_map_event_t;

/* Which epochs may be mapped next, compared with the last one mapped. */
typedef struct tpi_map_wanted {
    bool is_same_ok;  /* W-115, W-18: map again, same epoch allowed */
    bool is_lower_ok; /* W-114: the mapped region was dead */
} tpi_map_wanted_t;

/* An epoch that lived for a moment only, from a producer which published a few frames and went, may
   be announced,
       ended and followed by the next within one turn of ours: then its frames are read before the next is mapped. */
#define TPI_PENDING_MAX 4

typedef struct tpi_pending {
    uint8_t *data; /* heap, the consumer's */
    size_t len;
    size_t cap;
    uint64_t epoch;
    uint64_t stamp_ns;
} tpi_pending_t;

/* What tp_consumer_wait remembers. */
typedef struct tpi_consumer_wait {
    uint64_t epoch; /* that the rest belongs to */
    bool is_found;
    tpi_counter_ref_t counter; /* the wake word of the epoch's producer */
    int64_t searched_ns;       /* 0: not yet */
    uint32_t polls;            /* looks without news in a row, where there is no such word */
    bool was_short;          /* the last wait: so the next one is worth some looks before a sleep */
    bool cannot_share_sleep; /* the kernel has no call to sleep by several words */
} tpi_consumer_wait_t;

/* The last FrameProgress. */
typedef struct tpi_consumer_progress {
    uint64_t epoch, seq;
    bool has_seq;
    bool is_news;
    bool is_void; /* it ran backwards: nothing more of this seq (W-103) */
    uint8_t state;
    uint64_t filled;
} tpi_consumer_progress_t;

struct tp_consumer {
    tpi_attachment_t attachment;
    tpi_follower_t follower; /* only with without_driver */
    tp_client_t *client;
    tp_consumer_options_t options;
    tpi_mapping_t mapping;
    tpi_ring_reader_t reader; /* valid while the mapping is open */
    tp_consumer_stats_t stats;

    tpi_map_state_t state; /* written by enter() in mapping.c alone */
    int64_t deadline_ns;   /* ENDING, REMAPPING, BACKOFF */
    int64_t backoff_ns;
    tp_attach_reason_t reason; /* of the last change away from MAPPED */
    tpi_map_wanted_t wanted;
    uint64_t last_epoch;  /* last one mapped, 0: none */
    bool was_mapped;      /* ever: from then on reading starts at the oldest frame */
    bool can_resume;      /* mapping last_epoch again goes on where reading stopped */
    uint64_t announce_ns; /* stamp of the announce the mapping came from, 0: from the attach
                             response (D-57) */
    uint8_t clock_domain; /* of the activity stamps (W-119) */
    uint32_t producer_id; /* as announced with the mapped epoch, 0: nobody yet (W-85) */

    tpi_pending_t pending[TPI_PENDING_MAX]; /* announces to map in the next ticks, oldest first */
    size_t pending_count;
    uint64_t detached_ns[TPI_PENDING_MAX]; /* stamps of the last clean ends of a producer */
    size_t detached_next;

    tpi_subscription_t *descriptor_sub; /* only with use_descriptors */
    tpi_consumer_streams_t streams;
    tpi_consumer_progress_t progress;
    bool is_told_of_higher_epoch;
    int64_t hello_due_ns;
    int64_t qos_due_ns;
    tpi_role_counters_t counters;
    tpi_consumer_wait_t wait;

    /* For roles that send frames on elsewhere. */
    void (*announce_tap)(void *clientd, const tpi_shm_pool_announce_t *announce,
                         const uint8_t *data, size_t len);
    void *announce_tap_clientd;
    bool is_held;     /* a frame is in use over several turns: no end of the epoch's mapping yet */
    bool keeps_ahead; /* resynchronise three quarters of a ring behind, whatever the options */
};

/* mapping.c */
extern const tpi_role_ops_t tpi_consumer_role_ops;
/** REMAP (wire.md 1): drop what is in flight, unmap, wait for an acceptable announce. */
void tpi_consumer_remap(tp_consumer_t *consumer, tp_attach_reason_t reason, tpi_map_wanted_t wanted,
                        const char *text, int64_t now_ns);

static inline bool tpi_consumer_is_mapped(const tp_consumer_t *consumer)
{
    return tpi_mapping_is_open(&consumer->mapping);
}

/* consumer.c: for roles that send frames on elsewhere. */
/**
 * Hear each announce of the stream that may be acted on: decoded, recent, of this or a later epoch
 * (W-80..W-86). Called inside message handlers; `data` is the message.
 */
void tpi_consumer_tap_announces(tp_consumer_t *consumer,
                                void (*tap)(void *clientd, const tpi_shm_pool_announce_t *announce,
                                            const uint8_t *data, size_t len),
                                void *clientd);
/** While held, the mapping of a producer that ended in order stays for its time (1 s) even if all
 * frames have been handed out. */
void tpi_consumer_hold(tp_consumer_t *consumer, bool is_held);
/**
 * For one that takes long over a frame: begin none that the producer is about to overwrite, but go
 * to the newest when three quarters of the ring behind (W-125). Before the first mapping.
 */
void tpi_consumer_keep_ahead(tp_consumer_t *consumer);
/**
 * A frame handed out before one or more do_work: is it still there and unchanged (W-57)? Then its
 * views are made to point into what is mapped now. Else as tp_frame_is_valid.
 */
bool tpi_consumer_renew_frame(tp_consumer_t *consumer, tp_frame_t *frame);
/** Epoch of the mapping, 0: none. */
static inline uint64_t tpi_consumer_epoch(const tp_consumer_t *consumer)
{
    return tpi_consumer_is_mapped(consumer) ? consumer->mapping.epoch : 0;
}

/* messages.c */
int tpi_consumer_poll_descriptors(tp_consumer_t *consumer);
int tpi_consumer_send_due(tp_consumer_t *consumer, int64_t now_ns);

/** A message of the shared descriptor stream, or of our own; clientd is the consumer. */
void tpi_consumer_on_descriptor(void *clientd, const uint8_t *data, size_t len,
                                const tpi_message_info_t *info);

/* streams.c */
int tpi_own_streams_init(tp_consumer_t *consumer); /* TP_EINVAL */
void tpi_own_streams_fini(tp_consumer_t *consumer);
void tpi_own_streams_fill_hello(tp_consumer_t *consumer, tpi_consumer_hello_t *hello);
void tpi_own_streams_on_config(tp_consumer_t *consumer, const tpi_consumer_config_t *config);
void tpi_own_streams_on_lease_gone(tp_consumer_t *consumer);
void tpi_own_streams_on_mapped(tp_consumer_t *consumer);
/** A descriptor of our own stream, of this epoch. */
void tpi_own_streams_on_described(tp_consumer_t *consumer, uint64_t seq);
/** The next frame that was described: 1, or 0. Hot path. */
int tpi_own_streams_next(tp_consumer_t *consumer, tp_frame_t *out_frame);
/** What is still to be thinned out here. */
uint32_t tpi_own_streams_local_rate(const tp_consumer_t *consumer);
int tpi_own_streams_tick(tp_consumer_t *consumer);
/** Is there anything that each turn must look at? */
bool tpi_own_streams_are_polled(const tp_consumer_t *consumer);

/* progress.c */
/** A FrameProgress of this stream, from wherever it is to be believed. */
void tpi_consumer_on_progress(tp_consumer_t *c, const tpi_frame_progress_t *message);
/** One from the shared control stream. */
void tpi_consumer_on_shared_progress(void *role, const tpi_frame_progress_t *message,
                                     int64_t now_ns);

#endif
