#include "consumer/ring_look.h"

tpi_owner_t tpi_owner_of(const tpi_mapping_t *ring, uint32_t index, uint64_t word)
{
    const uint64_t seq = tpi_word_seq(word);
    const uint32_t mask = ring->mask;
    if (seq >= TPI_RING_SEQ_LIMIT) {
        return (tpi_owner_t){ 0, TPI_OWNER_NOBODY };
    }
    if (((uint32_t)seq & mask) == index) {
        return (tpi_owner_t){ seq, tpi_word_is_committed(word) ? TPI_OWNER_COMMITTED
                                                               : TPI_OWNER_IN_PROGRESS };
    }
    if (!tpi_word_is_committed(word) && seq > 0 && ((uint32_t)(seq - 1) & mask) == index) {
        return (tpi_owner_t){ seq - 1, TPI_OWNER_GIVEN_UP }; /* see ring_writer.h */
    }
    return (tpi_owner_t){ 0, TPI_OWNER_NOBODY };
}

tpi_owner_t tpi_ring_owner(const tpi_mapping_t *ring, uint64_t seq)
{
    return tpi_owner_of(ring, tpi_ring_index(ring, seq),
                        tpi_slot_load_word(tpi_ring_slot(ring, seq)));
}

bool tpi_ring_is_claimed(const tpi_mapping_t *ring, uint64_t seq)
{
    const tpi_owner_t owner = tpi_ring_owner(ring, seq);
    return owner.kind != TPI_OWNER_NOBODY && owner.seq >= seq;
}

bool tpi_ring_is_credible(const tpi_mapping_t *ring, uint64_t seq)
{
    const uint64_t nslots = ring->nslots;
    if (seq < nslots || nslots == 1) {
        return true;
    }
    for (uint64_t back = 1; back < nslots; back *= 2) {
        const tpi_owner_t owner = tpi_ring_owner(ring, seq - back);
        if (owner.kind != TPI_OWNER_NOBODY && owner.seq > seq - nslots &&
            owner.seq < seq + nslots) {
            return true;
        }
    }
    return false;
}

uint64_t tpi_ring_claimed_end(const tpi_mapping_t *ring, uint64_t claimed)
{
    uint64_t low = claimed;
    uint64_t high = claimed + ring->nslots;
    while (high - low > 1) {
        const uint64_t middle = low + (high - low) / 2;
        if (tpi_ring_is_claimed(ring, middle)) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return high;
}

uint64_t tpi_ring_committed_end(const tpi_mapping_t *ring, uint64_t low, uint64_t high,
                                uint64_t max_walk)
{
    for (uint64_t seq = high; seq > low && max_walk > 0; seq--, max_walk--) {
        const tpi_owner_t owner = tpi_ring_owner(ring, seq - 1);
        if (owner.kind == TPI_OWNER_COMMITTED && owner.seq >= seq - 1) {
            return seq;
        }
    }
    return low;
}

uint64_t tpi_ring_scan_committed_end(const tpi_mapping_t *ring, uint64_t low)
{
    uint64_t end = low;
    for (uint64_t i = 0; i < ring->nslots; i++) {
        const tpi_owner_t owner = tpi_ring_owner(ring, i);
        if (owner.kind == TPI_OWNER_COMMITTED && owner.seq >= end &&
            (owner.seq < low + ring->nslots || tpi_ring_is_credible(ring, owner.seq))) {
            end = owner.seq + 1;
        }
    }
    return end;
}
