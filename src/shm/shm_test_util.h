/*
 * shm/shm_test_util.h - what the tests of this folder share: superblocks, region sets on disk,
 * slots.
 */
#ifndef TPI_SHM_TEST_UTIL_H
#define TPI_SHM_TEST_UTIL_H

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shm/create.h"
#include "shm/region.h"
#include "shm/slot.h"
#include "tensorpool/error.h"
#include "tp_test.h"

#define SET_MAX_POOLS 4

/** A stream's region files on disk, as a driver would leave them. Ended by the test's directory. */
typedef struct test_set {
    tpi_stream_layout_t layout;
    tpi_pool_layout_t pools[SET_MAX_POOLS];
    char uris[SET_MAX_POOLS + 1][512]; /* the ring's first */
    tpi_bases_t *bases;                /* the test's directory */
} test_set_t;

static inline tpi_superblock_t test_ring_superblock(uint32_t nslots)
{
    return (tpi_superblock_t){
        .magic = TPI_SUPERBLOCK_MAGIC,
        .layout_version = 1,
        .epoch = 3,
        .stream_id = 10000,
        .region_type = TPI_REGION_HEADER_RING,
        .nslots = nslots,
        .slot_bytes = 256,
        .pid = 4242,
        .start_timestamp_ns = 1000,
        .activity_timestamp_ns = 2000,
    };
}

static inline tpi_superblock_t test_pool_superblock(uint32_t nslots, uint16_t id, uint32_t stride)
{
    tpi_superblock_t superblock = test_ring_superblock(nslots);
    superblock.region_type = TPI_REGION_PAYLOAD_POOL;
    superblock.pool_id = id;
    superblock.slot_bytes = stride;
    superblock.stride_bytes = stride;
    return superblock;
}

static inline void test_create_file(const char *name, const tpi_superblock_t *superblock)
{
    const tpi_create_options_t options = { .file_mode = 0600 };
    tpi_region_t region;
    const int dir = open(tp_test_shm_dir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    TP_CHECK_GE_I64(dir, 0);
    const int rc = tpi_region_create(&region, dir, name, superblock, &options);
    TP_CHECK_MSG(rc == TP_OK, "create %s: %s", name, tp_errmsg());
    tpi_region_close(&region);
    close(dir);
}

/** Files "header.ring" and "<id>.pool" for pools 1.. with these strides, epoch 3, stream 10000. */
static inline void test_set_create(test_set_t *set, uint32_t nslots, const uint32_t *strides,
                                   size_t npools)
{
    memset(set, 0, sizeof(*set));
    TP_CHECK(npools <= SET_MAX_POOLS);
    const char *dir = tp_test_shm_dir();
    const tpi_superblock_t ring = test_ring_superblock(nslots);
    test_create_file("header.ring", &ring);
    snprintf(set->uris[0], sizeof(set->uris[0]), "shm:file?path=%s/header.ring", dir);
    for (size_t i = 0; i < npools; i++) {
        char name[32];
        const uint16_t id = (uint16_t)(i + 1);
        const tpi_superblock_t pool = test_pool_superblock(nslots, id, strides[i]);
        snprintf(name, sizeof(name), "%u.pool", id);
        test_create_file(name, &pool);
        snprintf(set->uris[i + 1], sizeof(set->uris[i + 1]), "shm:file?path=%s/%s", dir, name);
        set->pools[i] = (tpi_pool_layout_t){
            .pool_id = id,
            .nslots = nslots,
            .stride_bytes = strides[i],
            .uri = set->uris[i + 1],
            .uri_len = (uint32_t)strlen(set->uris[i + 1]),
        };
    }
    set->layout = (tpi_stream_layout_t){
        .stream_id = 10000,
        .epoch = 3,
        .layout_version = 1,
        .nslots = nslots,
        .header_slot_bytes = 256,
        .header_uri = set->uris[0],
        .header_uri_len = (uint32_t)strlen(set->uris[0]),
        .pools = set->pools,
        .npools = npools,
    };
    const int rc = tpi_bases_create(&set->bases, &dir, 1);
    TP_CHECK_MSG(rc == TP_OK, "bases: %s", tp_errmsg());
}

static inline void test_set_destroy(test_set_t *set)
{
    tpi_bases_destroy(set->bases);
    set->bases = NULL;
}

/** A valid header of a uint8 vector of `len` bytes, at slot `index` of pool 1. */
static inline tpi_slot_header_t test_header(uint32_t index, uint32_t len)
{
    tpi_slot_header_t header = {
        .values_len_bytes = len,
        .payload_slot = index,
        .pool_id = 1,
        .timestamp_ns = 77,
        .meta_version = 5,
    };
    const int32_t dim = (int32_t)len;
    TP_CHECK_EQ_I64(tp_tensor_init(&header.tensor, TP_UINT8, 1, &dim), TP_OK);
    return header;
}

#endif
