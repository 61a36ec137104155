/*
 * driver/id_range.h - hand out ids of a range, round robin, so that an id just given back is reused last.
 */
#ifndef TPI_DRIVER_ID_RANGE_H
#define TPI_DRIVER_ID_RANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "driver/map.h"

typedef struct tpi_id_range {
    uint32_t first, last; /* inclusive; first 0: off */
    uint32_t next;
    tpi_map_t used;
} tpi_id_range_t;

void tpi_id_range_init(tpi_id_range_t *range, uint32_t first, uint32_t last, uint64_t seed);
void tpi_id_range_fini(tpi_id_range_t *range);
/** Give everything back. */
void tpi_id_range_clear(tpi_id_range_t *range);

bool tpi_id_range_is_on(const tpi_id_range_t *range);
bool tpi_id_range_contains(const tpi_id_range_t *range, uint32_t id);
bool tpi_id_range_is_used(const tpi_id_range_t *range, uint32_t id);
/** Take the next free id. TP_OK; TP_ENOENT: range off or exhausted; TP_ENOMEM. */
int tpi_id_range_take(tpi_id_range_t *range, uint32_t *out_id);
/** Take this one. TP_OK; TP_ERANGE: outside; TP_EBUSY: used; TP_ENOMEM. */
int tpi_id_range_take_this(tpi_id_range_t *range, uint32_t id);
/** No-op for an id which is not in use. */
void tpi_id_range_give(tpi_id_range_t *range, uint32_t id);

#endif
