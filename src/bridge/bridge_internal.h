/*
 * bridge/bridge_internal.h - what the parts of a bridge share.
 *
 * One turn (bridge.c): the client; then control messages of all kinds, because an announce decides
 * over the chunks behind it (control.c, announce.c); then what is due per mapping, where handles
 * may be opened and closed; then chunks in (receiver.c) and chunks out (sender.c).
 */
#ifndef TPI_BRIDGE_INTERNAL_H
#define TPI_BRIDGE_INTERNAL_H

#include "bridge/assembly.h"
#include "bridge/options.h"
#include "client/client_internal.h"
#include "consumer/consumer_internal.h"
#include "consumer/traces.h"
#include "shm/slot.h"
#include "tensorpool/control.h"

#define TPI_BRIDGE_ANNOUNCE_SILENCE_NS INT64_C(3000000000) /* Rule: B-45 */

typedef struct tpi_mapping_state tpi_bridge_mapping_t;

/* The sender half. */
typedef struct tpi_sender {
    tp_consumer_t *consumer;
    uint64_t forwarded_epoch; /* of the last announce sent on; 0: none (B-19) */

    uint8_t *announce; /* the last one heard, to be sent on */
    size_t announce_len;
    size_t announce_cap;
    uint64_t announce_epoch;
    int64_t announce_heard_ns;
    bool is_announce_due;

    /* The frame in progress. */
    bool has_frame;
    bool awaits_trace; /* v1.2: its descriptor may still come, in the next turn */
    tp_frame_t frame;
    tpi_slot_image_t slot;
    uint64_t trace_id;
    uint32_t chunk_bytes;
    uint32_t count;
    uint32_t next; /* index */
    int64_t started_ns;

    bool has_told_oversize;
    tpi_traces_t *traces; /* NULL: v1.1, there are none */
} tpi_sender_t;

typedef struct tpi_source_pool {
    uint16_t pool_id;
    uint32_t stride_bytes;
} tpi_source_pool_t;

/* The receiver half. */
typedef struct tpi_receiver {
    tp_producer_t *producer; /* NULL: no destination yet, or given up */
    uint64_t attaches;       /* of the lease that the memory below was taken for */
    uint32_t dest_nslots;    /* 0: no lease */
    uint32_t dest_max_stride;
    uint64_t dest_epoch;
    bool has_published; /* in this local epoch, or claimed there and given up */
    uint64_t last_published;
    bool must_renew; /* Rule: B-47 */
    tpi_assemblies_t assemblies;

    /* The announce kept. */
    bool has_announce;
    uint64_t epoch;
    int64_t heard_ns; /* last announce of this epoch */
    tpi_source_pool_t pools[TPI_MAX_POOLS];
    uint32_t npools;
    uint32_t source_max_stride;

    /* Allocation of a destination id (B-4). */
    bool is_allocated;
    bool was_granted;
    uint32_t tried; /* ids refused */
    bool has_told_refused;

    tpi_publication_t *control_pub;  /* dest_control_stream_id; shared, or NULL */
    tpi_publication_t *metadata_pub; /* shared, or NULL */
} tpi_receiver_t;

struct tpi_mapping_state {
    struct tp_bridge *bridge;
    const tp_bridge_mapping_t *config;
    size_t index;
    uint32_t dest_stream_id; /* in force; 0: none yet */
    bool is_failed;
    char text[256];
    tp_bridge_stats_t stats;
    tpi_sender_t *sender;     /* NULL: does not send here */
    tpi_receiver_t *receiver; /* NULL: does not receive here */
    tpi_counter_t *counters[16];
};

/* streamId on the wire to receiving mapping; sorted by id, several mappings may have one (B-8). */
typedef struct tpi_route {
    uint32_t stream_id;
    tpi_bridge_mapping_t *mapping;
} tpi_route_t;

/* One Aeron stream for all mappings that name it. */
typedef struct tpi_shared_stream {
    tp_bridge_t *bridge;
    uint32_t stream_id;
    tpi_publication_t *pub;
    tpi_subscription_t *sub;
} tpi_shared_stream_t;

struct tp_bridge {
    tp_client_t *client;
    tpi_bridge_config_t config;
    tpi_dialect_t dialect;
    int64_t now_ns; /* of this turn */
    int64_t timeout_ns;
    uint32_t chunk_limit; /* Rule: B-25 */
    bool sends;
    bool receives;
    bool uses_metadata; /* for metadata or trace links */

    tpi_publication_t *payload_pub;
    tpi_publication_t *control_pub;
    tpi_publication_t *metadata_pub;
    tpi_subscription_t *payload_sub;
    tpi_subscription_t *control_sub;
    tpi_subscription_t *metadata_sub;
    tpi_subscription_t *source_metadata_sub;
    tpi_subscription_t *descriptor_sub; /* senders of v1.2: trace ids */
    tpi_shared_stream_t *source_controls;
    tpi_shared_stream_t *dest_controls;
    tpi_shared_stream_t *dest_metadata;
    size_t nsource_controls, ndest_controls, ndest_metadata;

    tpi_bridge_mapping_t *mappings;
    size_t nmappings;
    tpi_route_t *routes;
    size_t nroutes;
    size_t turn; /* which mapping sends first */

    /* Senders, of the payload publication as it is now. */
    size_t max_claim;
    size_t max_offer;
    uint32_t chunk_bytes; /* 0: not known yet */
    uint64_t chunk_generation;
    uint8_t *scratch;

    tp_bridge_stats_t stats; /* what belongs to no mapping */
    uint64_t duty_cycles;
    uint64_t work_done;
    tpi_counter_t *counters[8];
    int64_t counters_due_ns;
    int64_t look_due_ns;
    char told[256]; /* the last text about streams */

    tp_control_adapter_t *adapter; /* trace links on the driver's control stream */
    uint8_t *copy;                 /* control.c: of the message being sent on */
    size_t copy_cap;
};

/* bridge.c */
void tpi_bridge_say(tp_bridge_t *bridge, int level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/** The same, kept as the mapping's text. */
void tpi_bridge_mapping_say(tpi_bridge_mapping_t *m, int level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/** The routes again, after a destination id was taken. */
void tpi_bridge_route(tp_bridge_t *bridge);
/** First route of a streamId; the caller goes on while it is the same. NULL: none. */
const tpi_route_t *tpi_bridge_find_route(const tp_bridge_t *bridge, uint32_t stream_id);
/** Send with C-4: offers up to 3 times while the log turns to its next term. */
tpi_send_t tpi_bridge_offer(tpi_publication_t *pub, const void *data, size_t len);
/** Client id of the `which`-th lease (C-7): 0, that is random, or base + which. */
uint32_t tpi_bridge_client_id(const tp_bridge_t *bridge, size_t which);

/* sender.c */
int tpi_sender_create(tpi_bridge_mapping_t *m);
void tpi_sender_destroy(tpi_bridge_mapping_t *m);
/** Announces, in the part of a turn where nothing is in a handler. */
int tpi_sender_tick(tpi_bridge_mapping_t *m);
/** Frames of all mappings, within the turn's budget. */
int tpi_bridge_send_frames(tp_bridge_t *bridge);
void tpi_sender_on_descriptor(void *clientd, const uint8_t *data, size_t len,
                              const tpi_message_info_t *info);

/* receiver.c */
int tpi_receiver_create(tpi_bridge_mapping_t *m);
void tpi_receiver_destroy(tpi_bridge_mapping_t *m);
int tpi_receiver_tick(tpi_bridge_mapping_t *m);
void tpi_receiver_on_chunk(void *clientd, const uint8_t *data, size_t len,
                           const tpi_message_info_t *info);
/** A forwarded announce, decoded (B-42..B-46). Inside message handlers. */
void tpi_receiver_on_announce(tpi_bridge_mapping_t *m, const tpi_shm_pool_announce_t *announce);

/* control.c: everything but announces and chunks. */
int tpi_control_open(tp_bridge_t *bridge);
void tpi_control_close(tp_bridge_t *bridge);
int tpi_control_poll(tp_bridge_t *bridge);
/** Local publications of a receiving mapping whose destination is known. */
int tpi_control_open_dest(tpi_bridge_mapping_t *m);

/* counters.c */
void tpi_bridge_counters_tick(tp_bridge_t *bridge);
void tpi_bridge_counters_close(tp_bridge_t *bridge);

#endif
