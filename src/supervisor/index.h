/*
 * supervisor/index.h - from a key of two ids to a place in a table; places are taken and given back,
 * nothing is allocated after init.
 */
#ifndef TPI_SUPERVISOR_INDEX_H
#define TPI_SUPERVISOR_INDEX_H

#include <stddef.h>
#include <stdint.h>

#define TPI_NO_PLACE UINT32_MAX

typedef struct tpi_index {
    uint64_t *keys;
    uint32_t *heads; /* by hash: place + 1, 0: none */
    uint32_t *nexts; /* of a chain, or of the free ones */
    uint8_t *is_used;
    uint32_t mask; /* of heads */
    uint32_t capacity;
    uint32_t count;
    uint32_t free_head; /* place + 1 */
    void *memory;
} tpi_index_t;

/** TP_ENOMEM. capacity is 1..65536. */
int tpi_index_init(tpi_index_t *index, uint32_t capacity);
void tpi_index_fini(tpi_index_t *index); /* of a zeroed one: no-op */

static inline uint64_t tpi_index_key(uint32_t stream_id, uint32_t id)
{
    return (uint64_t)stream_id << 32 | id;
}

/** The key's place, or TPI_NO_PLACE. */
uint32_t tpi_index_find(const tpi_index_t *index, uint64_t key);
/** A place for a key that has none, or TPI_NO_PLACE: full. */
uint32_t tpi_index_add(tpi_index_t *index, uint64_t key);
void tpi_index_remove(tpi_index_t *index, uint32_t place);

#endif
