#include "driver/map.h"

#include <stdlib.h>

#include "base/fail.h"

enum { FIRST_CAPACITY = 16 };

/* splitmix64's finaliser over the seeded key. */
static size_t slot_of(const tpi_map_t *map, uint64_t key)
{
    uint64_t x = key + map->seed;
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (size_t)(x ^ (x >> 31)) & (map->capacity - 1);
}

void tpi_map_init(tpi_map_t *map, uint64_t seed)
{
    *map = (tpi_map_t){ .seed = seed };
}

void tpi_map_fini(tpi_map_t *map)
{
    free(map->keys);
    free(map->values);
    tpi_map_init(map, map->seed);
}

/** The slot which holds `key`, or the free one where it belongs. There is always a free one. */
static size_t find_slot(const tpi_map_t *map, uint64_t key)
{
    size_t i = slot_of(map, key);
    while (map->values[i] != NULL && map->keys[i] != key) {
        i = (i + 1) & (map->capacity - 1);
    }
    return i;
}

static int grow(tpi_map_t *map)
{
    tpi_map_t larger = { .seed = map->seed, .count = map->count };
    larger.capacity = map->capacity == 0 ? FIRST_CAPACITY : map->capacity * 2;
    larger.keys = calloc(larger.capacity, sizeof(larger.keys[0]));
    larger.values = calloc(larger.capacity, sizeof(larger.values[0]));
    if (larger.keys == NULL || larger.values == NULL) {
        const size_t wanted = larger.capacity;
        free(larger.keys);
        free(larger.values);
        return tpi_fail(TP_ENOMEM, "no memory for a table of %zu ids", wanted);
    }
    for (size_t i = 0; i < map->capacity; i++) {
        if (map->values[i] != NULL) {
            const size_t to = find_slot(&larger, map->keys[i]);
            larger.keys[to] = map->keys[i];
            larger.values[to] = map->values[i];
        }
    }
    free(map->keys);
    free(map->values);
    *map = larger;
    return TP_OK;
}

int tpi_map_put(tpi_map_t *map, uint64_t key, void *value)
{
    if (map->count * 2 >= map->capacity) {
        const int rc = grow(map);
        if (rc != TP_OK) {
            return rc;
        }
    }
    const size_t i = find_slot(map, key);
    if (map->values[i] == NULL) {
        map->count++;
    }
    map->keys[i] = key;
    map->values[i] = value;
    return TP_OK;
}

void *tpi_map_get(const tpi_map_t *map, uint64_t key)
{
    return map->capacity == 0 ? NULL : map->values[find_slot(map, key)];
}

void *tpi_map_remove(tpi_map_t *map, uint64_t key)
{
    if (map->capacity == 0) {
        return NULL;
    }
    const size_t mask = map->capacity - 1;
    size_t hole = find_slot(map, key);
    void *value = map->values[hole];
    if (value == NULL) {
        return NULL;
    }
    map->count--;
    map->values[hole] = NULL;
    /* Whoever was pushed past the hole moves back into it, so that searches need no tombstone. */
    for (size_t i = (hole + 1) & mask; map->values[i] != NULL; i = (i + 1) & mask) {
        const size_t home = slot_of(map, map->keys[i]);
        if (((i - home) & mask) >= ((i - hole) & mask)) {
            map->keys[hole] = map->keys[i];
            map->values[hole] = map->values[i];
            map->values[i] = NULL;
            hole = i;
        }
    }
    return value;
}
