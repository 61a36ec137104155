#include "driver/id_range.h"

#include "base/fail.h"

/* The table needs some value per id; only its presence counts. */
static char taken;

void tpi_id_range_init(tpi_id_range_t *range, uint32_t first, uint32_t last, uint64_t seed)
{
    range->first = first;
    range->last = last;
    range->next = first;
    tpi_map_init(&range->used, seed);
}

void tpi_id_range_fini(tpi_id_range_t *range)
{
    tpi_map_fini(&range->used);
}

void tpi_id_range_clear(tpi_id_range_t *range)
{
    tpi_map_fini(&range->used);
}

bool tpi_id_range_is_on(const tpi_id_range_t *range)
{
    return range->first != 0;
}

bool tpi_id_range_contains(const tpi_id_range_t *range, uint32_t id)
{
    return range->first != 0 && id >= range->first && id <= range->last;
}

bool tpi_id_range_is_used(const tpi_id_range_t *range, uint32_t id)
{
    return tpi_map_get(&range->used, id) != NULL;
}

int tpi_id_range_take_this(tpi_id_range_t *range, uint32_t id)
{
    if (!tpi_id_range_contains(range, id)) {
        return TP_ERANGE;
    }
    if (tpi_id_range_is_used(range, id)) {
        return TP_EBUSY;
    }
    return tpi_map_put(&range->used, id, &taken);
}

/* Rule: D-107 - round robin. At most one step per id in use, plus one. */
int tpi_id_range_take(tpi_id_range_t *range, uint32_t *out_id)
{
    if (!tpi_id_range_is_on(range) || range->used.count > range->last - range->first) {
        return TP_ENOENT;
    }
    uint32_t id = range->next;
    while (tpi_id_range_is_used(range, id)) {
        id = id == range->last ? range->first : id + 1;
    }
    const int rc = tpi_map_put(&range->used, id, &taken);
    if (rc != TP_OK) {
        return rc;
    }
    range->next = id == range->last ? range->first : id + 1;
    *out_id = id;
    return TP_OK;
}

void tpi_id_range_give(tpi_id_range_t *range, uint32_t id)
{
    (void)tpi_map_remove(&range->used, id);
}
