/*
 * producer/ring_writer.h - the data plane of a producer over one mapped epoch. Knows nothing of Aeron, leases or time.
 *
 * Frames take consecutive seqs from 0. Several claims may be open; they may be committed in any order, but become *announceable* in
 * seq order only, because a descriptor stream must not run backwards (W-115). One thread.
 */
#ifndef TPI_RING_WRITER_H
#define TPI_RING_WRITER_H

#include "shm/region.h"
#include "shm/slot.h"
#include "tensorpool/producer.h"

typedef struct tpi_ring_claim {
    uint64_t seq;
    uint32_t pool;       /* position in the mapping */
    uint32_t meta_version;
    uint64_t trace_id;
    uint8_t state;       /* free, open, committed, aborted */
} tpi_ring_claim_t;

typedef struct tpi_ring_writer {
    tpi_mapping_t *mapping; /* borrowed, read-write */
    uint64_t next_seq;      /* the next claim's */
    uint64_t next_announce; /* the oldest seq not yet handed to the announce step */
    uint32_t max_open;      /* min(TP_MAX_CLAIMS, nslots / 2), at least 1 */
    tpi_ring_claim_t claims[TP_MAX_CLAIMS]; /* by seq % TP_MAX_CLAIMS */
    tpi_slot_image_t image; /* scratch; keeps what did not change between frames */
    tpi_slot_header_t last; /* what `image` was encoded from */
    bool image_valid;
} tpi_ring_writer_t;

/** Start an epoch at seq 0 (W-111). The mapping must stay until the writer is dropped. */
void tpi_ring_writer_init(tpi_ring_writer_t *writer, tpi_mapping_t *mapping);

/** Take the next seq in pool position `pool` (W-42 step 1). TP_OK or TP_EBUSY. */
int tpi_ring_writer_claim(tpi_ring_writer_t *writer, uint32_t pool, tp_claim_t *out_claim);

/** Steps 3-5 of W-42. `timestamp_ns` is what the slot will carry. TP_OK; TP_ESTATE (not an open claim of this epoch); TP_EINVAL (length or tensor; claim stays open). */
int tpi_ring_writer_commit(tpi_ring_writer_t *writer, const tp_claim_t *claim, size_t length, const tp_frame_info_t *info, uint64_t timestamp_ns);

/**
 * W-45. The slot stays in progress; the word stored is the in-progress word of the slot's *next* use, (seq + nslots) << 1: still "in progress" to
 * every reader, and to one that follows the ring the proof that this seq will never be committed.
 */
int tpi_ring_writer_abort(tpi_ring_writer_t *writer, const tp_claim_t *claim);

/** Next committed frame whose turn to be announced has come: true and its seq, meta version, trace id. Aborted ones are skipped. */
bool tpi_ring_writer_next_announce(tpi_ring_writer_t *writer, tpi_ring_claim_t *out_claim);

#endif
