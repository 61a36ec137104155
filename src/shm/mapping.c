/* shm/mapping.c - the region set of one stream: all of it or nothing (W-61). */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "base/fail.h"
#include "shm/region.h"

#define POOL_ID_NULL 0xFFFFu

int tpi_stream_layout_check(const tpi_stream_layout_t *layout)
{
    if (layout->layout_version != TPI_LAYOUT_VERSION) { /* Rule: W-85, W-137, W-16 */
        return tpi_fail(TP_ELAYOUT, "stream %u: layoutVersion %u, expected %u", layout->stream_id,
                        layout->layout_version, TPI_LAYOUT_VERSION);
    }
    if (layout->epoch == UINT64_MAX) { /* Rule: W-23 */
        return tpi_fail(TP_ELAYOUT, "stream %u: epoch has overflowed", layout->stream_id);
    }
    if (layout->header_slot_bytes != TPI_HEADER_SLOT_BYTES) { /* Rule: W-79 */
        return tpi_fail(TP_ELAYOUT, "stream %u: headerSlotBytes %u, expected %u", layout->stream_id,
                        layout->header_slot_bytes, TPI_HEADER_SLOT_BYTES);
    }
    if (!tpi_is_power_of_two(layout->nslots)) { /* Rule: W-19 */
        return tpi_fail(TP_ELAYOUT, "stream %u: headerNslots %u is not a power of two",
                        layout->stream_id, layout->nslots);
    }
    if (layout->npools == 0) { /* Rule: W-60, D-33 */
        return tpi_fail(TP_ELAYOUT, "stream %u: no payload pool", layout->stream_id);
    }
    if (layout->npools > TPI_REGION_MAX_POOLS) {
        return tpi_fail(TP_ELAYOUT, "stream %u: %zu payload pools, at most %d are mapped",
                        layout->stream_id, layout->npools, TPI_REGION_MAX_POOLS);
    }
    for (size_t i = 0; i < layout->npools; i++) {
        const tpi_pool_layout_t *pool = &layout->pools[i];
        if (pool->pool_id == POOL_ID_NULL) { /* Rule: W-60 */
            return tpi_fail(TP_ELAYOUT, "stream %u: poolId %u is the null value", layout->stream_id,
                            pool->pool_id);
        }
        for (size_t k = 0; k < i; k++) { /* Rule: W-60 */
            if (layout->pools[k].pool_id == pool->pool_id) {
                return tpi_fail(TP_ELAYOUT, "stream %u: poolId %u twice", layout->stream_id,
                                pool->pool_id);
            }
        }
        if (pool->nslots != layout->nslots) { /* Rule: W-19, W-79 */
            return tpi_fail(TP_ELAYOUT, "stream %u: pool %u has %u slots, the header ring %u",
                            layout->stream_id, pool->pool_id, pool->nslots, layout->nslots);
        }
        if (!tpi_is_power_of_two(pool->stride_bytes) ||
            pool->stride_bytes < 64) { /* Rule: W-59, X-4 */
            return tpi_fail(TP_ELAYOUT,
                            "stream %u: pool %u: stride %u is not a power of two of at least 64",
                            layout->stream_id, pool->pool_id, pool->stride_bytes);
        }
    }
    return TP_OK;
}

static int lock_region(const tpi_region_t *region)
{
    if (mlock(region->base, region->mapped_len) == 0) { /* Rule: D-98 */
        return TP_OK;
    }
    const int err = errno;
    const int rc = tpi_fail_errno("lock %zu bytes of memory", region->mapped_len);
    return err == EAGAIN ? TP_ENOMEM : rc;
}

/* Rule: W-46 - smallest stride first, so that the first one that fits is the one. */
static void insert_pool(tpi_mapping_t *mapping, const tpi_region_t *region)
{
    size_t at = mapping->npools++;
    for (; at > 0; at--) {
        const tpi_superblock_t *before = &mapping->pools[at - 1].superblock;
        if (before->stride_bytes < region->superblock.stride_bytes ||
            (before->stride_bytes == region->superblock.stride_bytes &&
             before->pool_id < region->superblock.pool_id)) {
            break;
        }
        mapping->pools[at] = mapping->pools[at - 1];
    }
    mapping->pools[at] = *region;
}

int tpi_mapping_open(tpi_mapping_t *out, const tpi_bases_t *bases,
                     const tpi_stream_layout_t *layout, tpi_map_mode_t mode, bool lock_memory)
{
    memset(out, 0, sizeof(*out));
    int rc = tpi_stream_layout_check(layout);
    if (rc != TP_OK) {
        return rc;
    }
    /* Rule: W-17, W-14, W-15 - what each superblock must say. */
    tpi_superblock_t expected = {
        .magic = TPI_SUPERBLOCK_MAGIC,
        .layout_version = layout->layout_version,
        .epoch = layout->epoch,
        .stream_id = layout->stream_id,
        .region_type = TPI_REGION_HEADER_RING,
        .nslots = layout->nslots,
        .slot_bytes = TPI_HEADER_SLOT_BYTES,
    };
    rc = tpi_region_open(&out->ring, bases, layout->header_uri, layout->header_uri_len, mode,
                         &expected);
    if (rc == TP_OK && lock_memory) {
        rc = lock_region(&out->ring);
    }
    if (rc != TP_OK) {
        tpi_note("stream %u: header ring", layout->stream_id);
    }
    for (size_t i = 0; rc == TP_OK && i < layout->npools; i++) {
        const tpi_pool_layout_t *pool = &layout->pools[i];
        tpi_region_t region;
        expected.region_type = TPI_REGION_PAYLOAD_POOL;
        expected.pool_id = pool->pool_id;
        expected.slot_bytes = pool->stride_bytes;
        expected.stride_bytes = pool->stride_bytes;
        rc = tpi_region_open(&region, bases, pool->uri, pool->uri_len, mode, &expected);
        if (rc == TP_OK) {
            insert_pool(out, &region);
            rc = lock_memory ? lock_region(&region) : TP_OK;
        }
        if (rc != TP_OK) {
            tpi_note("stream %u: pool %u", layout->stream_id, pool->pool_id);
        }
    }
    if (rc != TP_OK) { /* Rule: W-61 - no part of a rejected set is kept */
        tpi_mapping_close(out);
        return rc;
    }
    out->stream_id = layout->stream_id;
    out->epoch = layout->epoch;
    out->nslots = layout->nslots;
    out->mask = layout->nslots - 1;
    return TP_OK;
}

void tpi_mapping_close(tpi_mapping_t *mapping)
{
    tpi_region_close(&mapping->ring);
    for (size_t i = 0; i < mapping->npools; i++) {
        tpi_region_close(&mapping->pools[i]);
    }
    memset(mapping, 0, sizeof(*mapping));
}

static int recheck_region(const tpi_region_t *region, bool *pid_changed)
{
    tpi_superblock_t now;
    tpi_superblock_load(region->base, &now);
    *pid_changed |= now.pid != region->superblock.pid; /* Rule: W-21 */
    return tpi_superblock_check(&now, &region->superblock);
}

int tpi_mapping_recheck(const tpi_mapping_t *mapping, bool *out_pid_changed)
{
    bool pid_changed = false;
    *out_pid_changed = false;
    int rc = recheck_region(&mapping->ring,
                            &pid_changed); /* Rule: W-18, W-17 - mismatch while mapped is REMAP */
    for (size_t i = 0; rc == TP_OK && i < mapping->npools; i++) {
        rc = recheck_region(&mapping->pools[i], &pid_changed);
    }
    if (rc == TP_OK && pid_changed) {
        *out_pid_changed = true;
        rc = tpi_fail(TP_ELAYOUT, "superblock: pid changed within epoch %llu",
                      (unsigned long long)mapping->epoch);
    }
    return rc;
}

uint64_t tpi_mapping_activity_ns(const tpi_mapping_t *mapping)
{
    return tpi_superblock_activity(mapping->ring.base);
}

void tpi_mapping_touch(tpi_mapping_t *mapping, uint64_t now_ns)
{
    tpi_superblock_touch(mapping->ring.base, now_ns); /* Rule: W-22 - in every region */
    for (size_t i = 0; i < mapping->npools; i++) {
        tpi_superblock_touch(mapping->pools[i].base, now_ns);
    }
}

int tpi_mapping_find_pool(const tpi_mapping_t *mapping, uint16_t pool_id)
{
    for (size_t i = 0; i < mapping->npools; i++) {
        if (mapping->pools[i].superblock.pool_id == pool_id) {
            return (int)i;
        }
    }
    return -1;
}

int tpi_mapping_fit_pool(const tpi_mapping_t *mapping, uint64_t len)
{
    for (size_t i = 0; i < mapping->npools; i++) { /* Rule: W-46 */
        if (mapping->pools[i].superblock.stride_bytes >= len) {
            return (int)i;
        }
    }
    return -1;
}
