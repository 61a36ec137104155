/*
 * driver/map.h - a hash table from 64-bit ids to pointers, for leases, clients, streams and assigned ids.
 *
 * Linear probing, no tombstones. Keys come from strangers (client ids are chosen by clients), so the hash is seeded.
 *
 * A full table is not moved into a larger one at once: with ten thousand entries that takes half a millisecond, which a duty cycle
 * does not have. The old table stays beside the new one, and each change moves a few of its slots, enough to be done long before the new one is full.
 */
#ifndef TPI_DRIVER_MAP_H
#define TPI_DRIVER_MAP_H

#include <stddef.h>
#include <stdint.h>

typedef struct tpi_map_table {
    uint64_t *keys;
    void **values;   /* NULL: free slot */
    size_t capacity; /* power of two; 0: none */
} tpi_map_table_t;

typedef struct tpi_map {
    tpi_map_table_t table;
    tpi_map_table_t old; /* being emptied */
    size_t old_next; /* its slots before this one are empty, or were left behind when they were */
    size_t count;    /* in both */
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
/**
 * All values, in no order: `*at` starts at 0; NULL: that was the last. Replacing and adding in between is not allowed, nor is removing any but by the
 * caller who starts again.
 */
void *tpi_map_next(const tpi_map_t *map, size_t *at);

#endif
