#include "driver/map.h"

#include <stdlib.h>

#include "base/fail.h"

enum {
    FIRST_CAPACITY = 16,
    /* A table of n slots is replaced when half full, by one that is half full after n/2 more: n/2 changes to move n slots, so 2 would do. */
    MOVES = 8,
};

/* In an old table: here was one, search on. */
static char moved_mark;
#define MOVED ((void *)&moved_mark)

/* splitmix64's finaliser over the seeded key. */
static size_t slot_of(const tpi_map_t *map, const tpi_map_table_t *table, uint64_t key)
{
    uint64_t x = key + map->seed;
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (size_t)(x ^ (x >> 31)) & (table->capacity - 1);
}

static void free_table(tpi_map_table_t *table)
{
    free(table->keys);
    free(table->values);
    *table = (tpi_map_table_t){ 0 };
}

void tpi_map_init(tpi_map_t *map, uint64_t seed)
{
    *map = (tpi_map_t){ .seed = seed };
}

void tpi_map_fini(tpi_map_t *map)
{
    free_table(&map->table);
    free_table(&map->old);
    tpi_map_init(map, map->seed);
}

/** The slot which holds `key`, or the free one where it belongs. There is always a free one. */
static size_t find_slot(const tpi_map_t *map, const tpi_map_table_t *table, uint64_t key)
{
    size_t i = slot_of(map, table, key);
    while (table->values[i] != NULL && (table->values[i] == MOVED || table->keys[i] != key)) {
        i = (i + 1) & (table->capacity - 1);
    }
    return i;
}

/** Where the value of `key` is, NULL when absent. */
static void **find(const tpi_map_t *map, uint64_t key)
{
    const tpi_map_table_t *const tables[] = { &map->table, &map->old };
    for (int t = 0; t < 2; t++) {
        if (tables[t]->capacity > 0) {
            void **value = &tables[t]->values[find_slot(map, tables[t], key)];
            if (*value != NULL) {
                return value;
            }
        }
    }
    return NULL;
}

static void insert(tpi_map_t *map, uint64_t key, void *value)
{
    const size_t i = find_slot(map, &map->table, key);
    map->table.keys[i] = key;
    map->table.values[i] = value;
}

static void move_some(tpi_map_t *map, size_t slots)
{
    if (map->old.capacity == 0) {
        return;
    }
    for (; slots > 0 && map->old_next < map->old.capacity; slots--, map->old_next++) {
        void **value = &map->old.values[map->old_next];
        if (*value != NULL && *value != MOVED) {
            insert(map, map->old.keys[map->old_next], *value);
            *value = MOVED;
        }
    }
    if (map->old_next == map->old.capacity) {
        free_table(&map->old);
    }
}

static int grow(tpi_map_t *map)
{
    const size_t capacity = map->table.capacity == 0 ? FIRST_CAPACITY : map->table.capacity * 2;
    tpi_map_table_t larger = { .capacity = capacity };
    larger.keys = calloc(capacity, sizeof(larger.keys[0]));
    larger.values = calloc(capacity, sizeof(larger.values[0]));
    if (larger.keys == NULL || larger.values == NULL) {
        free_table(&larger);
        return tpi_fail(TP_ENOMEM, "no memory for a table of %zu ids", capacity);
    }
    move_some(map, SIZE_MAX); /* nothing, as MOVES is chosen */
    map->old = map->table;
    map->old_next = 0;
    map->table = larger;
    return TP_OK;
}

int tpi_map_put(tpi_map_t *map, uint64_t key, void *value)
{
    void **present = find(map, key);
    if (present != NULL) {
        *present = value;
        return TP_OK;
    }
    if (map->count * 2 >= map->table.capacity) {
        const int rc = grow(map);
        if (rc != TP_OK) {
            return rc;
        }
    }
    move_some(map, MOVES);
    insert(map, key, value);
    map->count++;
    return TP_OK;
}

void *tpi_map_get(const tpi_map_t *map, uint64_t key)
{
    void **value = find(map, key);
    return value != NULL ? *value : NULL;
}

/* Whoever was pushed past the hole moves back into it, so that searches need no tombstone. */
static void close_hole(tpi_map_t *map, size_t hole)
{
    tpi_map_table_t *table = &map->table;
    const size_t mask = table->capacity - 1;
    table->values[hole] = NULL;
    for (size_t i = (hole + 1) & mask; table->values[i] != NULL; i = (i + 1) & mask) {
        const size_t home = slot_of(map, table, table->keys[i]);
        if (((i - home) & mask) >= ((i - hole) & mask)) {
            table->keys[hole] = table->keys[i];
            table->values[hole] = table->values[i];
            table->values[i] = NULL;
            hole = i;
        }
    }
}

void *tpi_map_remove(tpi_map_t *map, uint64_t key)
{
    void **at = find(map, key);
    if (at == NULL) {
        return NULL;
    }
    void *value = *at;
    map->count--;
    if (at >= map->table.values && at < map->table.values + map->table.capacity) {
        close_hole(map, (size_t)(at - map->table.values));
    } else {
        *at = MOVED;
    }
    move_some(map, MOVES);
    return value;
}

void *tpi_map_next(const tpi_map_t *map, size_t *at)
{
    const size_t capacity = map->table.capacity + map->old.capacity;
    while (*at < capacity) {
        const size_t i = (*at)++;
        void *value = i < map->table.capacity ? map->table.values[i]
                                              : map->old.values[i - map->table.capacity];
        if (value != NULL && value != MOVED) {
            return value;
        }
    }
    return NULL;
}
