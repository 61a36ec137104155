/*
 * shm/superblock.h - the 64 bytes at the start of every region file.
 *
 * Written once by the region's creator before anybody is told the path, magic last; afterwards only
 * activityTimestampNs (byte 56) changes, by aligned 8-byte stores. Readers copy, check, then use.
 *
 *    0 u64 magic            24 i16 regionType    36 u32 strideBytes
 *    8 u32 layoutVersion    26 u16 poolId        40 u64 pid
 *   12 u64 epoch            28 u32 nslots        48 u64 startTimestampNs
 *   20 u32 streamId         32 u32 slotBytes     56 u64 activityTimestampNs
 */
#ifndef TPI_SHM_SUPERBLOCK_H
#define TPI_SHM_SUPERBLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define TPI_SUPERBLOCK_BYTES 64u /* Rule: W-11 a constant, not taken from any block length */
#define TPI_SUPERBLOCK_MAGIC UINT64_C(0x544F504C53484D31) /* Rule: W-12 the number, not the text */
#define TPI_LAYOUT_VERSION 1u                             /* Rule: W-16 */

enum { TPI_REGION_HEADER_RING = 1, TPI_REGION_PAYLOAD_POOL = 2 };

typedef struct tpi_superblock {
    uint64_t magic;
    uint32_t layout_version;
    uint64_t epoch;
    uint32_t stream_id;
    int16_t region_type;
    uint16_t pool_id;
    uint32_t nslots;
    uint32_t slot_bytes;
    uint32_t stride_bytes;
    uint64_t pid;
    uint64_t start_timestamp_ns;
    uint64_t activity_timestamp_ns;
} tpi_superblock_t;

/** Pure codec over 64 bytes; neither pointer needs alignment. */
void tpi_superblock_encode(void *out64, const tpi_superblock_t *in);
void tpi_superblock_decode(const void *in64, tpi_superblock_t *out);

/**
 * Initialise the superblock of a fresh mapping: all fields, then magic with release (W-13, D-7). A
 * magic that was there before is taken back first, so that no reader takes a half-written
 * superblock for a whole one. `mapped` is 8-byte aligned.
 */
void tpi_superblock_publish(void *mapped, const tpi_superblock_t *in);

/** Copy a mapped superblock: magic first with acquire, activity by one 8-byte load (W-22). */
void tpi_superblock_load(const void *mapped, tpi_superblock_t *out);

/** One aligned 8-byte store at byte 56 (W-22, D-6). */
void tpi_superblock_touch(void *mapped, uint64_t now_ns);

/** One aligned 8-byte load of byte 56 (W-22). */
uint64_t tpi_superblock_activity(const void *mapped);

/**
 * Compare with what an announce or attach response said (W-17, D-35): magic, layoutVersion, epoch,
 * streamId, regionType, poolId, nslots, slotBytes and, for pools, strideBytes (W-14: not for
 * rings). `expected` needs those fields only; its own magic is not looked at, there is but one.
 * @return TP_OK or TP_ELAYOUT with a text naming field, found and expected value.
 */
int tpi_superblock_check(const tpi_superblock_t *found, const tpi_superblock_t *expected);

#endif
