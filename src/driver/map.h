/*
 * driver/map.h - a hash table from 64-bit ids to pointers, for leases, clients, streams and assigned ids.
 *
 * Linear probing, no tombstones. Keys come from strangers (client ids are chosen by clients), so the hash is seeded.
 */
#ifndef TPI_DRIVER_MAP_H
#define TPI_DRIVER_MAP_H

#include <stddef.h>
#include <stdint.h>

typedef struct tpi_map {
    uint64_t *keys;
    void **values;   /* NULL: free slot */
    size_t capacity; /* power of two; 0 before the first put */
    size_t count;
    uint64_t seed;
} tpi_map_t;

/** Allocates nothing. */
void tpi_map_init(tpi_map_t *map, uint64_t seed);
/** Frees the table, not what the values point to. The map is empty and usable afterwards. */
void tpi_map_fini(tpi_map_t *map);
/** Add or replace; `value` is not NULL. TP_OK, or TP_ENOMEM and nothing changed. */
int tpi_map_put(tpi_map_t *map, uint64_t key, void *value);
/** NULL when absent. */
void *tpi_map_get(const tpi_map_t *map, uint64_t key);
/** Take out and return the value, NULL when absent. */
void *tpi_map_remove(tpi_map_t *map, uint64_t key);

#endif
