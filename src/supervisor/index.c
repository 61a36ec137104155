#include "supervisor/index.h"

#include <stdlib.h>

#include "base/fail.h"

int tpi_index_init(tpi_index_t *index, uint32_t capacity)
{
    size_t nheads = 1;
    while (nheads < capacity) {
        nheads *= 2;
    }
    const size_t bytes =
        capacity * (sizeof(uint64_t) + sizeof(uint32_t) + 1) + nheads * sizeof(uint32_t);
    uint8_t *memory = calloc(1, bytes);
    if (memory == NULL) {
        return tpi_fail(TP_ENOMEM, "a table of %u entries", capacity);
    }
    *index = (tpi_index_t){
        .keys = (uint64_t *)(void *)memory,
        .memory = memory,
        .mask = (uint32_t)nheads - 1,
        .capacity = capacity,
        .free_head = 1,
    };
    index->heads = (uint32_t *)(index->keys + capacity);
    index->nexts = index->heads + nheads;
    index->is_used = (uint8_t *)(index->nexts + capacity);
    for (uint32_t i = 0; i + 1 < capacity; i++) {
        index->nexts[i] = i + 2;
    }
    return TP_OK;
}

void tpi_index_fini(tpi_index_t *index)
{
    free(index->memory);
    *index = (tpi_index_t){ .memory = NULL };
}

static uint32_t *head_of(const tpi_index_t *index, uint64_t key)
{
    /* Ids are small numbers or random ones; a multiplicative hash spreads both. */
    return &index->heads[(uint32_t)(key * UINT64_C(0x9E3779B97F4A7C15) >> 32) & index->mask];
}

uint32_t tpi_index_find(const tpi_index_t *index, uint64_t key)
{
    for (uint32_t at = *head_of(index, key); at != 0; at = index->nexts[at - 1]) {
        if (index->keys[at - 1] == key) {
            return at - 1;
        }
    }
    return TPI_NO_PLACE;
}

uint32_t tpi_index_add(tpi_index_t *index, uint64_t key)
{
    if (index->free_head == 0) {
        return TPI_NO_PLACE;
    }
    const uint32_t place = index->free_head - 1;
    uint32_t *head = head_of(index, key);
    index->free_head = index->nexts[place];
    index->nexts[place] = *head;
    *head = place + 1;
    index->keys[place] = key;
    index->is_used[place] = 1;
    index->count++;
    return place;
}

void tpi_index_remove(tpi_index_t *index, uint32_t place)
{
    uint32_t *at = head_of(index, index->keys[place]);
    while (*at != place + 1) {
        at = &index->nexts[*at - 1];
    }
    *at = index->nexts[place];
    index->nexts[place] = index->free_head;
    index->free_head = place + 1;
    index->is_used[place] = 0;
    index->count--;
}
