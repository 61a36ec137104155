/*
 * tensorpool/bridge.h - frames of one host's streams on another host, over Aeron UDP (or IPC, for
 * tests and chains on one host).
 *
 * One instance serves any number of mappings, source stream -> destination stream, over one
 * payload, one control and one metadata stream. The sender half of a mapping is an ordinary
 * consumer of the source stream: like every consumer of this library it follows the header ring
 * (descriptors are a hint that can be lost), cuts each frame into chunks and publishes them. The
 * receiver half is an ordinary exclusive producer of the destination stream: it puts frames
 * together in private memory and publishes those that are complete, under the seqs they had at the
 * source. A frame which lacks one chunk is forgotten. Nothing is ever waited for, and whatever is
 * lost is counted with its cause.
 *
 * Life:    tp_bridge_create -> { tp_bridge_do_work }* -> tp_bridge_destroy; the client is the
 * caller's and outlives it
 * Threads: the client's. do_work drives the client, is bounded, does not block, and allocates
 * nothing once leases, epochs          and configuration have settled.
 * Both ends need the same chunk_bytes, mtu_bytes and max_chunk_bytes: receivers in the field insist
 * on it.
 * Spec:    services.md 0, 1 (C-n, B-n).
 */
#ifndef TENSORPOOL_BRIDGE_H
#define TENSORPOOL_BRIDGE_H

#include "tensorpool/client.h"
#include "tensorpool/driver.h"
#include "tensorpool/producer.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tp_bridge tp_bridge_t;

/** Which half of a mapping runs here (B-1). */
typedef enum tp_bridge_role {
    TP_BRIDGE_ROLE_DEFAULT = 0, /* of a mapping: the instance's; of the instance: both */
    TP_BRIDGE_SENDER = 1,
    TP_BRIDGE_RECEIVER = 2,
    TP_BRIDGE_BOTH = 3
} tp_bridge_role_t;

/** A switch whose default depends on other options. */
typedef enum tp_bridge_switch {
    TP_BRIDGE_AUTO = 0, /* on where the options allow it; where they do not, an event says so */
    TP_BRIDGE_ON = 1,   /* tp_bridge_create refuses options that do not allow it */
    TP_BRIDGE_OFF = 2
} tp_bridge_switch_t;

#define TP_BRIDGE_MAX_MAPPINGS 1024

/* streamIds are 1..4294967294, Aeron stream ids 1..2147483647 (C-6). */
typedef struct tp_bridge_mapping {
    uint32_t source_stream_id;   /* required */
    uint32_t dest_stream_id;     /* 0: a receiver takes one of dest_stream_id_range (B-4) */
    const char *profile;         /* name of a destination profile: shown, nothing else (O-9) */
    uint32_t metadata_stream_id; /* streamId of forwarded metadata; 0: the destination's */
    uint32_t source_control_stream_id; /* Aeron; where QoS and progress are read; 0: off */
    uint32_t dest_control_stream_id;   /* Aeron; where they are published again; 0: off */
    tp_bridge_role_t role;
} tp_bridge_mapping_t;

/* Levels of events. */
enum { TP_BRIDGE_INFO = 20, TP_BRIDGE_WARNING = 30, TP_BRIDGE_ERROR = 40 };

/** Names, meanings and defaults: services.md 1.10. Everything is copied. 0 and NULL mean the
 * default. */
typedef struct tp_bridge_options {
    size_t size;
    const char *instance_id; /* required */
    tp_bridge_role_t role;
    const char *payload_channel;  /* required; e.g. "aeron:udp?endpoint=10.0.0.2:40456" */
    uint32_t payload_stream_id;   /* required */
    const char *control_channel;  /* required */
    uint32_t control_stream_id;   /* required */
    uint32_t mtu_bytes;           /* MTU of the payload stream; 0: ask Aeron. More than 128 */
    uint32_t chunk_bytes;         /* 0: mtu_bytes - 128 */
    uint32_t max_chunk_bytes;     /* 1..65535; 0: 65535 */
    uint32_t max_payload_bytes;   /* per frame; 0: 1073741824 */
    uint32_t assembly_timeout_ms; /* 0: 250 */
    uint32_t max_inflight_frames; /* per mapping, 1..16; 0: 2 */
    tp_id_range_t dest_stream_id_range;
    tp_bridge_switch_t forward_metadata; /* needs the next three; ON: refused without (B-51) */
    const char *metadata_channel;
    uint32_t metadata_stream_id;
    uint32_t source_metadata_stream_id;  /* senders: local Aeron stream, usually 1300 */
    const char *source_metadata_channel; /* NULL: the client's metadata_channel */
    const char *dest_metadata_channel;   /* NULL: the client's metadata_channel */
    uint32_t dest_metadata_stream_id;    /* 0: the client's metadata_stream_id (1300) */
    bool dest_metadata_per_mapping; /* Aeron stream id = the mapping's metadata_stream_id instead
                                       (key dest_metadata_stream_id = 0) */
    bool forward_qos;               /* both need both control ids in every mapping (B-54) */
    bool forward_progress;
    bool forward_tracelink; /* TraceLinkSet beside the metadata */
    /* CRC32C of each chunk; only chunks of wire dialect v1.2 have room for it */
    bool integrity_crc32c;
    /* of the mappings' control ids; NULL: the client's control_channel */
    const char *local_control_channel;
    uint32_t client_id_base; /* leases get this one and those after it; 0: random ids (C-7) */
    const tp_bridge_mapping_t *mappings;
    size_t mappings_count;
    /** What people should know: text is valid inside the call. Called inside tp_bridge_create
     * and do_work. May be NULL. */
    void (*event)(void *clientd, int level, const char *text);
    void *event_clientd;
    /* Of all leases; TP_EXISTING_OR_CREATE: drivers make streams that are not there. */
    tp_publish_mode_t publish_mode;
} tp_bridge_options_t;

#define TP_BRIDGE_OPTIONS_INIT                                                                     \
    {                                                                                              \
        .size = sizeof(tp_bridge_options_t)                                                        \
    }

/**
 * Check the options, open the streams and start to attach. What is sent first (both chunk layouts
 * are received) is the client's wire_dialect.
 * @return TP_OK; TP_EINVAL, with a text that names option, value and what was expected; TP_ENOMEM.
 * The client must outlive the         bridge. On failure nothing is left behind.
 * Rules: B-4, B-7, B-11, B-51, B-54, C-6 (all FAIL).
 */
TP_API int tp_bridge_create(tp_bridge_t **out, tp_client_t *client,
                            const tp_bridge_options_t *options);
/** Detach (at most some 1 s for all leases together, D-64) and close. NULL is a no-op. */
TP_API void tp_bridge_destroy(tp_bridge_t *bridge);

/** One bounded slice: tp_client_do_work of the client, then chunks in, chunks out, control and
 * timers. Returns work done (0: idle). */
TP_API int tp_bridge_do_work(tp_bridge_t *bridge);

/* ---- looking ---- */

/* Why a chunk was discarded; the frame it belongs to may go on. In the order in which receivers
   test. */
#define TP_BRIDGE_CHUNK_DROP_LIST(X)                                                               \
    X(GATE, gate)           /* not a chunk of version 1 in one of its two layouts (B-20) */        \
    X(DECODE, decode)       /* lengths beyond the message (C-2) */                                 \
    X(STREAM, stream)       /* of no mapping that receives here (B-8) */                           \
    X(ANNOUNCE, announce)   /* no announce of the source yet (B-21) */                             \
    X(EPOCH, epoch)         /* not the announced epoch (B-22, B-44) */                             \
    X(INDEX, index)         /* index and count (B-23) */                                           \
    X(FLAG, flag)           /* headerIncluded and the header's length (B-24) */                    \
    X(LENGTH, length)       /* chunkLength (B-25) */                                               \
    X(SIZE, size)           /* payloadLength above a limit, and with it the frame (B-26) */        \
    X(BOUNDS, bounds)       /* slice outside the payload (B-27) */                                 \
    X(CRC, crc)             /* integrity_crc32c: absent or wrong */                                \
    X(LATE, late)           /* its frame is over, or a later one was published (B-34) */           \
    X(CONFLICT, conflict)   /* contradicts its frame, which is dropped (B-29..B-31) */             \
    X(DUPLICATE, duplicate) /* received before, the same bytes (B-30) */                           \
    X(LEASE, lease)         /* no lease or no memory to put it together in (B-41) */
typedef enum tp_bridge_chunk_drop {
#define TP_BRIDGE_CHUNK_ENUM(NAME, name) TP_BRIDGE_CHUNK_##NAME,
    TP_BRIDGE_CHUNK_DROP_LIST(TP_BRIDGE_CHUNK_ENUM)
#undef TP_BRIDGE_CHUNK_ENUM
        TP_BRIDGE_CHUNK_DROPS
} tp_bridge_chunk_drop_t;
/** "gate", "decode", ... Static. */
TP_API const char *tp_bridge_chunk_drop_name(tp_bridge_chunk_drop_t drop);

/* Why a frame of which chunks were received was not published. */
#define TP_BRIDGE_FRAME_DROP_LIST(X)                                                               \
    X(SIZE, size)         /* above max_payload_bytes or a largest stride, here or there (B-26) */  \
    X(CONFLICT, conflict) /* chunks contradict each other or overlap (B-29..B-31) */               \
    X(EVICTED, evicted)   /* made room for a newer frame (B-28) */                                 \
    X(TIMEOUT, timeout)   /* a chunk is missing (B-33) */                                          \
    X(EPOCH, epoch)       /* its source epoch ended (B-43, B-44) */                                \
    X(HEADER, header)     /* slot header against the rules (B-35) */                               \
    X(POOL, pool)         /* source pool not announced, or too small (B-36) */                     \
    X(NOFIT, nofit)       /* no local pool is large enough (B-37) */                               \
    X(ORDER, order)       /* seq not above the last published one (B-40) */                        \
    X(LEASE, lease)       /* lease or mapping lost (B-41) */
typedef enum tp_bridge_frame_drop {
#define TP_BRIDGE_FRAME_ENUM(NAME, name) TP_BRIDGE_FRAME_##NAME,
    TP_BRIDGE_FRAME_DROP_LIST(TP_BRIDGE_FRAME_ENUM)
#undef TP_BRIDGE_FRAME_ENUM
        TP_BRIDGE_FRAME_DROPS
} tp_bridge_frame_drop_t;
TP_API const char *tp_bridge_frame_drop_name(tp_bridge_frame_drop_t drop);

/** Of one mapping, or of all together; cumulative for the bridge's life. */
typedef struct tp_bridge_stats {
    /* sender: frames_read = frames_forwarded + frames_torn + frames_oversize + frames_unsent +
       frames_unannounced (+ one in progress) */
    uint64_t frames_read;        /* accepted from the source ring */
    uint64_t frames_forwarded;   /* all chunks published */
    uint64_t frames_torn;        /* overwritten by the producer while being sent (B-15) */
    uint64_t frames_oversize;    /* too large or too many chunks (B-12) */
    uint64_t frames_unsent;      /* a chunk was not taken by the payload stream (B-17) */
    uint64_t frames_unannounced; /* no announce of their epoch could be forwarded before (B-19) */
    uint64_t chunks_sent;
    uint64_t chunks_unsent; /* of frames_unsent: the refused one and those after it */
    uint64_t bytes_sent;    /* payload */
    /* receiver */
    uint64_t chunks_received; /* accepted into an assembly */
    /* sum of chunk_drops, but for `gate`, `decode` and `stream`, which belong to no mapping */
    uint64_t chunks_dropped;
    uint64_t chunk_drops[TP_BRIDGE_CHUNK_DROPS];
    uint64_t frames_rematerialized; /* published */
    uint64_t frames_dropped;        /* sum of frame_drops */
    uint64_t frame_drops[TP_BRIDGE_FRAME_DROPS];
    uint64_t assemblies_reset;    /* assemblies that ended without a frame */
    uint64_t descriptors_dropped; /* frames published whose descriptor was not taken */
    uint64_t bytes_received;      /* payload of published frames */
    /* control plane, both directions together */
    uint64_t control_forwarded;  /* announces, QoS and progress sent on, or published again */
    uint64_t metadata_forwarded; /* DataSourceAnnounce, DataSourceMeta, TraceLinkSet, likewise */
    uint64_t control_lost;       /* not taken: nobody there, back-pressure (C-4) */
    uint64_t control_ignored;    /* malformed, of no use, of an epoch that does not count */
    uint64_t source_epochs;      /* changes of the source's epoch */
} tp_bridge_stats_t;

/** Of all mappings, and what belongs to none. */
TP_API void tp_bridge_stats(const tp_bridge_t *bridge, tp_bridge_stats_t *out_stats);

typedef struct tp_bridge_mapping_status {
    uint32_t source_stream_id;
    uint32_t dest_stream_id; /* in force; 0: none yet */
    tp_bridge_role_t role;
    const char *profile;       /* "" if none; the bridge's */
    tp_attach_status_t source; /* the sender's lease; all zero where it does not send */
    tp_attach_status_t dest;   /* the receiver's lease; all zero where it does not receive */
    uint64_t source_epoch;     /* sender: mapped; receiver: announced; 0: none */
    uint64_t announced_epoch;  /* sender: last one forwarded; receiver: as source_epoch */
    /* what a sender's chunks carry; 0: not known before the payload stream is there */
    uint32_t chunk_bytes;
    uint32_t frames_in_flight; /* receiver: open assemblies */
    bool is_failed;            /* given up: `text` says why */
    bool forwards_metadata, forwards_qos, forwards_progress;
    char text[256]; /* what went wrong last, "" if nothing */
    /* Frames of the source that the sender never got to read, as in tp_consumer_stats_t: because
       the producer was faster than the link,
           or gave them up; and those that broke a rule or were torn. */
    uint64_t source_drops_gap, source_drops_late;
} tp_bridge_mapping_status_t;

TP_API size_t tp_bridge_mapping_count(const tp_bridge_t *bridge);
/** Mapping `index` in the order of the options. TP_EINVAL if there is none; *out unchanged
 * then. Either pointer may be NULL. */
TP_API int tp_bridge_mapping(const tp_bridge_t *bridge, size_t index,
                             tp_bridge_mapping_status_t *out_status, tp_bridge_stats_t *out_stats);

typedef struct tp_bridge_status {
    const char *instance_id;   /* the bridge's */
    bool is_payload_connected; /* senders: somebody subscribes */
    bool is_control_connected;
    size_t payload_images; /* receivers: senders heard */
    uint64_t duty_cycles;
    uint64_t work_done;
    char text[256]; /* streams that could not be opened; "" if none */
} tp_bridge_status_t;
TP_API void tp_bridge_status(const tp_bridge_t *bridge, tp_bridge_status_t *out_status);

#ifdef __cplusplus
}
#endif

#endif
