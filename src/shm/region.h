/*
 * shm/region.h - region URIs, path containment, mapping one region, and mapping the whole set of a
 * stream.
 *
 * Everything here treats path and file as a stranger's: canonicalise, contain, open without
 * following links, look only through the one handle, check size before mapping, check the
 * superblock before use (W-63..W-75, W-17..W-20, D-34, D-35).
 */
#ifndef TPI_SHM_REGION_H
#define TPI_SHM_REGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shm/superblock.h"

#define TPI_REGION_PATH_MAX 1024 /* of what we generate (D-89) */
#define TPI_URI_PATH_MAX 4096    /* of what we accept: whatever the system can open */
#define TPI_REGION_MAX_POOLS 64
#define TPI_HEADER_SLOT_BYTES 256u

/* ---- URI (W-63..W-65) ---- */

typedef struct tpi_region_uri {
    char path[TPI_URI_PATH_MAX]; /* terminated */
    bool require_hugepages;
} tpi_region_uri_t;

/**
 * Parse strictly (W-64). `uri` need not be terminated. TP_EURI with a text naming the offending
 * part; *out unchanged then.
 */
int tpi_region_uri_parse(const char *uri, size_t len, tpi_region_uri_t *out);

/**
 * Write "shm:file?path=..." (and "|require_hugepages=true" if set), terminated.
 * @return TP_OK; TP_EURI if the path cannot be said in a URI, TP_ERANGE if over `cap`; nothing is
 *        written then.
 */
int tpi_region_uri_format(char *out, size_t cap, const char *path, bool require_hugepages);

/* ---- allowed base directories (W-67, W-68) ---- */

typedef struct tpi_bases tpi_bases_t;

/**
 * Canonicalise each entry once. An empty list is legal and rejects everything.
 * @return TP_OK; TP_EPATH if an entry cannot be resolved or is no directory, TP_ENOMEM. *out is
 *        NULL then.
 */
int tpi_bases_create(tpi_bases_t **out, const char *const *dirs, size_t ndirs);
void tpi_bases_destroy(tpi_bases_t *bases);

/** The first of them, canonical; NULL of an empty list. Lives as long as `bases`. */
const char *tpi_bases_first(const tpi_bases_t *bases);

/** Is `canonical_path` strictly inside one base, by whole components? */
bool tpi_bases_contain(const tpi_bases_t *bases, const char *canonical_path);

/**
 * Resolve, contain, and open the regular file `path` (W-68..W-71): realpath, stat, then open the
 * canonical path from its base directory without following a link, close-on-exec and non-blocking,
 * and compare device and inode.
 * @param is_writable read-write, else read-only.
 * @return TP_OK and *out_fd, the caller's to close; TP_EPATH, TP_ENOENT, TP_EACCES, TP_EIO with a
 *        text.
 */
int tpi_bases_open(const tpi_bases_t *bases, const char *path, bool is_writable, int *out_fd);

/* ---- one region ---- */

typedef enum tpi_map_mode { TPI_MAP_READ, TPI_MAP_READ_WRITE } tpi_map_mode_t;

typedef struct tpi_region {
    uint8_t *base;               /* NULL when not mapped; superblock at 0, slots from 64 on */
    size_t mapped_len;           /* as given to mmap (rounded up to huge pages there) */
    uint64_t needed_len;         /* 64 + nslots * slot bytes */
    size_t page_bytes;           /* backing page size */
    tpi_superblock_t superblock; /* the checked copy; bounds come from here only */
} tpi_region_t;

/**
 * Bytes a region file must have: 64 + nslots*256 for a ring, 64 + nslots*stride_bytes for a pool
 * (W-20).
 */
static inline uint64_t tpi_region_needed_len(const tpi_superblock_t *superblock)
{
    const uint32_t slot_bytes = superblock->region_type == TPI_REGION_HEADER_RING
                                    ? TPI_HEADER_SLOT_BYTES
                                    : superblock->stride_bytes;
    return TPI_SUPERBLOCK_BYTES +
           (uint64_t)superblock->nslots * slot_bytes; /* 32 by 32 bits: cannot overflow */
}

/** Is n a power of two? 0 is not. */
static inline bool tpi_is_power_of_two(uint64_t n)
{
    return n != 0 && (n & (n - 1)) == 0;
}

/**
 * Resolve, contain, open (O_NOFOLLOW, openat2 where there is one), fstat, compare with stat, huge
 * page check, stride rule (W-59, relaxed to X-4: any power of two >= 64; with require_hugepages
 * also a multiple of the huge page), size (W-20), map, superblock (W-17). `expected` as in
 * tpi_superblock_check. Consumers map PROT_READ only (W-73).
 * @return TP_OK; TP_EURI, TP_EPATH, TP_EACCES, TP_ENOENT, TP_ELAYOUT, TP_ENOMEM, TP_EIO with a
 *        text. On failure *out is zeroed and nothing stays open or mapped.
 */
int tpi_region_open(tpi_region_t *out, const tpi_bases_t *bases, const char *uri, size_t uri_len,
                    tpi_map_mode_t mode, const tpi_superblock_t *expected);

/** Unmap; no-op on a zeroed region. */
void tpi_region_close(tpi_region_t *region);

/**
 * Put private, empty memory in the region's place: its addresses stay writable, what is written there
 * goes nowhere. For memory that somebody else, a camera SDK's thread say, may still be writing to when
 * the region must not be touched any more. If the system refuses, the region is unmapped.
 */
void tpi_region_blank(tpi_region_t *region);

/* ---- the region set of a stream ---- */

typedef struct tpi_pool_layout {
    uint16_t pool_id;
    uint32_t nslots;
    uint32_t stride_bytes;
    const char *uri;
    uint32_t uri_len;
} tpi_pool_layout_t;

/** What an announce or attach response says of a stream's regions. Borrowed for the call. */
typedef struct tpi_stream_layout {
    uint32_t stream_id;
    uint64_t epoch;
    uint32_t layout_version;
    uint32_t nslots;
    uint16_t header_slot_bytes;
    const char *header_uri;
    uint32_t header_uri_len;
    const tpi_pool_layout_t *pools;
    size_t npools;
} tpi_stream_layout_t;

typedef struct tpi_mapping {
    uint32_t stream_id;
    uint64_t epoch;
    uint32_t nslots; /* power of two */
    uint32_t mask;   /* nslots - 1 */
    tpi_region_t ring;
    tpi_region_t pools[TPI_REGION_MAX_POOLS]; /* ordered by stride, then id */
    size_t npools;
} tpi_mapping_t;

/**
 * The checks of tpi_mapping_open that need no file (W-19, W-59 as of X-4, W-60, W-79, W-85, D-33).
 * TP_OK or TP_ELAYOUT.
 */
int tpi_stream_layout_check(const tpi_stream_layout_t *layout);

/**
 * Check the layout as a whole and map all of it or nothing (W-61).
 * @param lock_memory mlock every region (D-98); failure is TP_EACCES or TP_ENOMEM.
 * @return TP_OK, or what tpi_stream_layout_check and tpi_region_open return. On failure *out is
 *        zeroed.
 */
int tpi_mapping_open(tpi_mapping_t *out, const tpi_bases_t *bases,
                     const tpi_stream_layout_t *layout, tpi_map_mode_t mode, bool lock_memory);
void tpi_mapping_close(tpi_mapping_t *mapping);

static inline bool tpi_mapping_is_open(const tpi_mapping_t *mapping)
{
    return mapping->ring.base != NULL;
}

/**
 * W-18: compare the mapped superblocks with the checked copies again.
 * @param out_pid_changed always written: true when a pid moved and nothing else did (W-21: REMAP,
 *        and then only a new epoch).
 * @return TP_OK, or TP_ELAYOUT (REMAP) when anything moved, a pid included.
 */
int tpi_mapping_recheck(const tpi_mapping_t *mapping, bool *out_pid_changed);

/** The ring's activityTimestampNs, one 8-byte load. */
uint64_t tpi_mapping_activity_ns(const tpi_mapping_t *mapping);

/** Refresh activityTimestampNs in every region of a read-write mapping (W-22). */
void tpi_mapping_touch(tpi_mapping_t *mapping, uint64_t now_ns);

/** Address of header slot `index` (index <= mask) (W-24). */
static inline uint8_t *tpi_mapping_slot(const tpi_mapping_t *m, uint32_t index)
{
    return m->ring.base + TPI_SUPERBLOCK_BYTES +
           (size_t)index * TPI_HEADER_SLOT_BYTES; /* Rule: W-24 */
}

/** Address of payload slot `index` (index <= mask) of the pool at position `pool` (W-58). */
static inline uint8_t *tpi_mapping_payload(const tpi_mapping_t *m, size_t pool, uint32_t index)
{
    const tpi_region_t *region = &m->pools[pool];
    return region->base + TPI_SUPERBLOCK_BYTES +
           (size_t)index * region->superblock.stride_bytes; /* Rule: W-58, W-40 */
}

/** Position of a pool id, -1 if not mapped. Bounded scan over npools. */
int tpi_mapping_find_pool(const tpi_mapping_t *mapping, uint16_t pool_id);

/** W-46: position of the pool with the smallest stride >= len, -1 if none. */
int tpi_mapping_fit_pool(const tpi_mapping_t *mapping, uint64_t len);

#endif
