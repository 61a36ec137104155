/*
 * bridge/assembly.h - frames put together from chunks, in private memory (B-28..B-34). Knows
 * nothing of Aeron, leases or shared memory; time is handed in.
 *
 * An assembly is named by (image session, epoch, seq). It stages the slot header, the payload, and
 * offset and length of each index; a bitmap says which have come. Chunks come in any order. What is
 * proved when a frame is complete: all indices are there, their lengths sum up to payloadLength,
 * and, sorted by offset, each begins where the one before it ends. Nothing is compared chunk by
 * chunk, so a frame costs O(n), or O(n log n) where offsets do not grow with the index.
 *
 * Memory is taken once (tpi_assemblies_init) and reused; a frame allocates nothing, and its start
 * costs a bit per chunk.
 */
#ifndef TPI_BRIDGE_ASSEMBLY_H
#define TPI_BRIDGE_ASSEMBLY_H

#include "bridge/chunk.h"
#include "tensorpool/bridge.h"

#define TPI_CLOSED_FRAMES 16 /* Rule: B-34 */

typedef struct tpi_slice {
    uint32_t offset;
    uint32_t length;
} tpi_slice_t;

typedef struct tpi_assembly {
    bool is_open;
    int32_t session_id;
    uint64_t epoch;
    uint64_t seq;
    uint64_t trace_id;
    uint32_t count;
    uint32_t payload_len;
    uint32_t received; /* distinct indices */
    uint64_t bytes;    /* of those */
    int64_t started_ns;
    uint64_t age; /* grows from frame to frame */
    uint8_t header[TPI_CHUNK_HEADER_BYTES];
    uint8_t *payload;
    tpi_slice_t *slices; /* by index; sorted by offset when complete */
    uint64_t *seen;      /* a bit for each index */
} tpi_assembly_t;

typedef struct tpi_closed_frame {
    uint64_t epoch;
    uint64_t seq;
} tpi_closed_frame_t;

typedef struct tpi_assemblies {
    tp_bridge_stats_t *stats; /* the mapping's */
    tpi_assembly_t *frames;
    uint32_t nframes;
    uint32_t payload_cap; /* 0: no memory taken */
    uint32_t count_cap;
    uint32_t open;
    uint64_t ages;
    tpi_assembly_t *last; /* found before: most chunks belong to the same frame */
    tpi_closed_frame_t closed[TPI_CLOSED_FRAMES];
    uint32_t nclosed;
    uint32_t next_closed;
    bool has_completed; /* in this source epoch */
    uint64_t highest_completed;
} tpi_assemblies_t;

/** Memory for `nframes` frames of up to `payload_cap` bytes. TP_ENOMEM. On failure there is
 * none, and nothing is taken. */
int tpi_assemblies_init(tpi_assemblies_t *set, uint32_t nframes, uint32_t payload_cap,
                        tp_bridge_stats_t *stats);
/** Open frames are dropped first, as `drop`. Counters, closed frames and the rest stay. */
void tpi_assemblies_fini(tpi_assemblies_t *set, tp_bridge_frame_drop_t drop);

typedef enum tpi_added {
    TPI_ADDED = 0,
    TPI_ADDED_LAST, /* *out_frame is complete: publish or drop it, then tpi_assemblies_close */
    TPI_ADDED_NOT   /* counted as a dropped chunk, and perhaps a dropped frame */
} tpi_added_t;

/**
 * A chunk that passed B-20..B-27; payload_len <= payload_cap. May evict the oldest frame.
 * @param out_frame written with TPI_ADDED_LAST only.
 */
tpi_added_t tpi_assemblies_add(tpi_assemblies_t *set, const tpi_chunk_t *chunk, int32_t session_id,
                               int64_t now_ns, tpi_assembly_t **out_frame);

/** End a complete frame: published, or dropped for a reason. Publishing ends older open frames,
 * too (B-34, B-40). */
void tpi_assemblies_published(tpi_assemblies_t *set, tpi_assembly_t *frame);
void tpi_assemblies_drop(tpi_assemblies_t *set, tpi_assembly_t *frame, tp_bridge_frame_drop_t drop);

/** A chunk says that its frame cannot be (B-26): end it if it is open, count it once. */
void tpi_assemblies_refuse(tpi_assemblies_t *set, const tpi_chunk_t *chunk, int32_t session_id,
                           tp_bridge_frame_drop_t drop);
/** End all open frames. */
void tpi_assemblies_drop_all(tpi_assemblies_t *set, tp_bridge_frame_drop_t drop);
/** End those whose first chunk is older than that (B-33). Returns their number. */
int tpi_assemblies_expire(tpi_assemblies_t *set, int64_t now_ns, int64_t timeout_ns);
/** Another source epoch: seqs start anew (B-43). Open frames are dropped. */
void tpi_assemblies_new_epoch(tpi_assemblies_t *set);

/** Is there an open frame of that name, whatever its session? */
bool tpi_assemblies_has(const tpi_assemblies_t *set, uint64_t epoch, uint64_t seq);

#endif
