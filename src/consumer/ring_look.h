/*
 * consumer/ring_look.h - what the words in a header ring say of its seqs, as one look at them tells.
 *
 * Every word is a stranger's and may be another one a moment later; nothing here keeps anything or
 * counts anything. The table of what a slot's word means is on top of ring_reader.h.
 */
#ifndef TPI_RING_LOOK_H
#define TPI_RING_LOOK_H

#include "shm/region.h"
#include "shm/slot.h"

/* No producer gets this far; a word which says so is a stranger's. Keeps all sums below in range. */
#define TPI_RING_SEQ_LIMIT (UINT64_C(1) << 62)

typedef enum tpi_owner_kind {
    TPI_OWNER_NOBODY,
    TPI_OWNER_IN_PROGRESS,
    TPI_OWNER_COMMITTED,
    TPI_OWNER_GIVEN_UP
} tpi_owner_kind_t;

/* The newest seq that a slot was claimed for, and what became of it. */
typedef struct tpi_owner {
    uint64_t seq;
    tpi_owner_kind_t kind;
} tpi_owner_t;

static inline uint32_t tpi_ring_index(const tpi_mapping_t *ring, uint64_t seq)
{
    return (uint32_t)seq & ring->mask; /* Rule: W-41, W-49 - no index is read, all are derived */
}

static inline const void *tpi_ring_slot(const tpi_mapping_t *ring, uint64_t seq)
{
    return tpi_mapping_slot(ring, tpi_ring_index(ring, seq));
}

/** NOBODY for words which no producer leaves in this slot, and for the zeros of a fresh file, except
 * in slot 0, where they read as "0 in progress". */
tpi_owner_t tpi_owner_of(const tpi_mapping_t *ring, uint32_t index, uint64_t word);
/** Of the slot of `seq`, now. */
tpi_owner_t tpi_ring_owner(const tpi_mapping_t *ring, uint64_t seq);
/** Was `seq`, or a later one in its slot, claimed? */
bool tpi_ring_is_claimed(const tpi_mapping_t *ring, uint64_t seq);

/**
 * One word alone does not make a reader jump a lap or more: a slot before it, at a distance of 1, 2,
 * 4 ... must have been claimed within a lap of it. (Powers of two, so that a producer which skips
 * seqs regularly is believed too.) With one slot there is no other witness.
 */
bool tpi_ring_is_credible(const tpi_mapping_t *ring, uint64_t seq);

/** 1 + the newest claimed seq, when `claimed` is one. Along a lap from there, claimed seqs come
 * first, then those not yet claimed: bisection, ending at the latest at the slot of `claimed`. */
uint64_t tpi_ring_claimed_end(const tpi_mapping_t *ring, uint64_t claimed);
/** 1 + the newest committed seq in [low, high), or low; looks at `max_walk` slots. */
uint64_t tpi_ring_committed_end(const tpi_mapping_t *ring, uint64_t low, uint64_t high,
                                uint64_t max_walk);
/** 1 + the newest committed seq from `low` on, or low. Looks at every slot: holes do not matter. */
uint64_t tpi_ring_scan_committed_end(const tpi_mapping_t *ring, uint64_t low);

#endif
