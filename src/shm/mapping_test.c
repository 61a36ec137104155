/* The region set of a stream: mapped as a whole or not at all. */
#include "shm/shm_test_util.h"

#include <dirent.h>
#include <sys/stat.h>

#include "base/bytes.h"

#define NSLOTS 8u

static const uint32_t strides[] = { 8192, 4096, 65536 };

static size_t open_files(void)
{
    size_t count = 0;
    DIR *dir = opendir("/proc/self/fd");
    TP_CHECK(dir != NULL);
    while (readdir(dir) != NULL) {
        count++;
    }
    closedir(dir);
    return count;
}

static size_t shm_maps(void)
{
    size_t count = 0;
    char line[1024];
    FILE *maps = fopen("/proc/self/maps", "re");
    TP_CHECK(maps != NULL);
    while (fgets(line, sizeof(line), maps) != NULL) {
        count += strstr(line, tp_test_shm_dir()) != NULL;
    }
    fclose(maps);
    return count;
}

static void open_both(const test_set_t *set, tpi_mapping_t *writer, tpi_mapping_t *reader)
{
    int rc = tpi_mapping_open(writer, set->bases, &set->layout, TPI_MAP_READ_WRITE, false);
    TP_CHECK_MSG(rc == TP_OK, "%s", tp_errmsg());
    rc = tpi_mapping_open(reader, set->bases, &set->layout, TPI_MAP_READ, false);
    TP_CHECK_MSG(rc == TP_OK, "%s", tp_errmsg());
}

/* Proves: W-24, W-39, W-40, W-58 */
TP_TEST(slots_and_payloads_lie_where_the_layout_says)
{
    test_set_t set;
    tpi_mapping_t map;
    test_set_create(&set, NSLOTS, strides, 3);
    TP_CHECK_EQ_I64(tpi_mapping_open(&map, set.bases, &set.layout, TPI_MAP_READ, false), TP_OK);
    TP_CHECK_EQ_U64(map.mask, 7);
    TP_CHECK_EQ_U64(map.nslots, 8);
    TP_CHECK_EQ_U64(map.epoch, 3);
    TP_CHECK_EQ_U64(map.stream_id, 10000);
    for (uint32_t i = 0; i < NSLOTS; i++) {
        TP_CHECK_EQ_U64(tpi_mapping_slot(&map, i) - map.ring.base, 64 + 256 * i);
        /* the commit word: 8-byte aligned, within one cache line */
        TP_CHECK_EQ_U64((uintptr_t)tpi_mapping_slot(&map, i) % 64, 0);
        for (size_t pool = 0; pool < 3; pool++) {
            TP_CHECK_EQ_U64(tpi_mapping_payload(&map, pool, i) - map.pools[pool].base,
                            64 + i * map.pools[pool].superblock.stride_bytes);
            TP_CHECK_EQ_U64((uintptr_t)tpi_mapping_payload(&map, pool, i) % 64, 0);
        }
    }
    tpi_mapping_close(&map);
    test_set_destroy(&set);
}

TP_TEST(a_frame_written_into_one_mapping_is_read_from_another)
{
    test_set_t set;
    tpi_mapping_t writer;
    tpi_mapping_t reader;
    test_set_create(&set, NSLOTS, strides, 2);
    open_both(&set, &writer, &reader);

    const uint64_t seq = 13;
    const uint32_t index = (uint32_t)seq & writer.mask;
    const int pool = tpi_mapping_find_pool(&writer, 1);
    TP_CHECK_EQ_I64(pool, 1); /* ordered by stride */
    tpi_slot_begin(tpi_mapping_slot(&writer, index), seq);
    memset(tpi_mapping_payload(&writer, (size_t)pool, index), 0xab, 100);
    const tpi_slot_header_t header = test_header(index, 100);
    tpi_slot_image_t image;
    tpi_slot_encode(&image, &header);
    tpi_slot_commit(tpi_mapping_slot(&writer, index), seq, &image);

    tpi_slot_image_t copy;
    uint64_t word = 0;
    tpi_slot_header_t found;
    const uint8_t *slot = tpi_mapping_slot(&reader, index);
    TP_CHECK_EQ_I64(tpi_slot_read(slot, seq, 0, &copy, &word), TPI_SLOT_OK);
    TP_CHECK_EQ_I64(tpi_slot_decode(&copy, index, &found), TPI_SLOT_OK);
    TP_CHECK_EQ_U64(found.values_len_bytes, 100);
    TP_CHECK_EQ_U64(found.timestamp_ns, 77);
    TP_CHECK_EQ_U64(found.meta_version, 5);
    TP_CHECK_EQ_I64(found.tensor.dims[0], 100);
    TP_CHECK_EQ_U64(tpi_mapping_payload(&reader, (size_t)pool, index)[99], 0xab);
    TP_CHECK(tpi_slot_still(slot, word));
    tpi_mapping_close(&writer);
    tpi_mapping_close(&reader);
    TP_CHECK(!tpi_mapping_is_open(&reader));
    test_set_destroy(&set);
}

/* Proves: W-46 */
TP_TEST(the_smallest_pool_that_fits_is_chosen)
{
    test_set_t set;
    tpi_mapping_t map;
    test_set_create(&set, NSLOTS, strides, 3);
    TP_CHECK_EQ_I64(tpi_mapping_open(&map, set.bases, &set.layout, TPI_MAP_READ, false), TP_OK);
    TP_CHECK_EQ_U64(map.pools[0].superblock.stride_bytes, 4096);
    TP_CHECK_EQ_U64(map.pools[1].superblock.stride_bytes, 8192);
    TP_CHECK_EQ_U64(map.pools[2].superblock.stride_bytes, 65536);
    TP_CHECK_EQ_I64(tpi_mapping_fit_pool(&map, 0), 0);
    TP_CHECK_EQ_I64(tpi_mapping_fit_pool(&map, 4096), 0);
    TP_CHECK_EQ_I64(tpi_mapping_fit_pool(&map, 4097), 1);
    TP_CHECK_EQ_I64(tpi_mapping_fit_pool(&map, 8192), 1);
    TP_CHECK_EQ_I64(tpi_mapping_fit_pool(&map, 65536), 2);
    TP_CHECK_EQ_I64(tpi_mapping_fit_pool(&map, 65537), -1);
    TP_CHECK_EQ_I64(tpi_mapping_fit_pool(&map, UINT64_MAX), -1);
    TP_CHECK_EQ_I64(tpi_mapping_find_pool(&map, 1), 1);
    TP_CHECK_EQ_I64(tpi_mapping_find_pool(&map, 2), 0);
    TP_CHECK_EQ_I64(tpi_mapping_find_pool(&map, 3), 2);
    TP_CHECK_EQ_I64(tpi_mapping_find_pool(&map, 0), -1);
    TP_CHECK_EQ_I64(tpi_mapping_find_pool(&map, 4), -1);
    tpi_mapping_close(&map);
    test_set_destroy(&set);
}

/* Proves: W-16, W-19, W-23, W-59, W-60, W-79, W-85, W-137, D-33, X-4 */
TP_TEST(a_layout_that_breaks_a_rule_is_not_mapped)
{
    test_set_t set;
    test_set_create(&set, NSLOTS, strides, 3);
    static tpi_pool_layout_t many[TPI_REGION_MAX_POOLS + 1];
    for (size_t i = 0; i <= TPI_REGION_MAX_POOLS; i++) {
        many[i] = set.pools[0];
        many[i].pool_id = (uint16_t)(i + 1);
    }
    for (int row = 0;; row++) {
        tpi_stream_layout_t layout = set.layout;
        tpi_pool_layout_t pools[3];
        memcpy(pools, set.pools, sizeof(pools));
        layout.pools = pools;
        const char *text = NULL;
        switch (row) {
        case 0:
            layout.layout_version = 2;
            text = "layoutVersion 2";
            break;
        case 1:
            layout.layout_version = 0;
            text = "layoutVersion 0";
            break;
        case 2:
            layout.header_slot_bytes = 128;
            text = "headerSlotBytes 128";
            break;
        case 3:
            layout.nslots = 7;
            text = "headerNslots 7";
            break;
        case 4:
            layout.nslots = 0;
            text = "headerNslots 0";
            break;
        case 5:
            layout.npools = 0;
            text = "no payload pool";
            break;
        case 6:
            layout.npools = TPI_REGION_MAX_POOLS + 1;
            layout.pools = many;
            text = "65 payload pools";
            break;
        case 7:
            pools[2].pool_id = 1;
            text = "poolId 1 twice";
            break;
        case 8:
            pools[1].pool_id = 0xffff;
            text = "poolId 65535";
            break;
        case 9:
            pools[1].nslots = 4;
            text = "pool 2 has 4 slots";
            break;
        case 10:
            pools[1].stride_bytes = 12288;
            text = "stride 12288";
            break;
        case 11:
            pools[1].stride_bytes = 32;
            text = "stride 32";
            break;
        case 12:
            pools[1].stride_bytes = 0;
            text = "stride 0";
            break;
        case 13:
            layout.epoch = UINT64_MAX;
            text = "epoch has overflowed";
            break;
        case 14: /* a layout without fault, of other files */
            layout.epoch = 4;
            text = "epoch is 3, expected 4";
            break;
        case 15:
            layout.stream_id = 1;
            text = "streamId is 10000, expected 1";
            break;
        case 16: /* the wrong file for a pool */
            pools[0].uri = set.uris[0];
            pools[0].uri_len = (uint32_t)strlen(set.uris[0]);
            text = "pool 1: region";
            break;
        default:
            test_set_destroy(&set);
            return;
        }
        const size_t files = open_files();
        tpi_mapping_t map;
        const tpi_mapping_t zero = { .npools = 0 };
        memset(&map, 0x5a, sizeof(map));
        const int rc = tpi_mapping_open(&map, set.bases, &layout, TPI_MAP_READ, false);
        TP_CHECK_MSG(rc == TP_ELAYOUT, "row %d: %d %s", row, rc, tp_errmsg());
        TP_CHECK_CONTAINS(tp_errmsg(), text);
        TP_CHECK_EQ_MEM(&map, &zero, sizeof(map));
        TP_CHECK_EQ_U64(open_files(), files);
        TP_CHECK_EQ_U64(shm_maps(), 0);
    }
}

/* Proves: W-60 - 0 from others is accepted if unique */
TP_TEST(a_pool_id_of_zero_is_accepted)
{
    test_set_t set;
    test_set_create(&set, NSLOTS, strides, 1);
    tpi_superblock_t pool = test_pool_superblock(NSLOTS, 0, 4096);
    test_create_file("0.pool", &pool);
    char uri[512];
    snprintf(uri, sizeof(uri), "shm:file?path=%s/0.pool", tp_test_shm_dir());
    const tpi_pool_layout_t pools[] = {
        { .pool_id = 0,
          .nslots = NSLOTS,
          .stride_bytes = 4096,
          .uri = uri,
          .uri_len = (uint32_t)strlen(uri) },
        set.pools[0],
    };
    set.layout.pools = pools;
    set.layout.npools = 2;
    tpi_mapping_t map;
    TP_CHECK_EQ_I64(tpi_mapping_open(&map, set.bases, &set.layout, TPI_MAP_READ, false), TP_OK);
    TP_CHECK_EQ_I64(tpi_mapping_find_pool(&map, 0), 0);
    tpi_mapping_close(&map);
    test_set_destroy(&set);
}

/* Proves: W-61 */
TP_TEST(one_missing_pool_rejects_the_whole_set)
{
    test_set_t set;
    test_set_create(&set, NSLOTS, strides, 3);
    char path[512];
    TP_CHECK_EQ_I64(unlink(tp_test_path(path, sizeof(path), "3.pool")), 0);
    tpi_mapping_t map;
    TP_CHECK_EQ_I64(tpi_mapping_open(&map, set.bases, &set.layout, TPI_MAP_READ, false), TP_ENOENT);
    TP_CHECK_CONTAINS(tp_errmsg(), "stream 10000: pool 3: region");
    TP_CHECK(!tpi_mapping_is_open(&map));
    TP_CHECK_EQ_U64(shm_maps(), 0);
    tpi_mapping_close(&map); /* a zeroed mapping: no-op */
    test_set_destroy(&set);
}

/* Proves: W-18, W-21, W-17, W-22 */
TP_TEST(a_recheck_sees_what_moved_in_any_region)
{
    test_set_t set;
    tpi_mapping_t writer;
    tpi_mapping_t reader;
    test_set_create(&set, NSLOTS, strides, 2);
    open_both(&set, &writer, &reader);
    bool pid_changed = true;
    TP_CHECK_EQ_I64(tpi_mapping_recheck(&reader, &pid_changed), TP_OK);
    TP_CHECK(!pid_changed);

    tpi_mapping_touch(&writer, 123456);
    TP_CHECK_EQ_U64(tpi_mapping_activity_ns(&reader), 123456);
    TP_CHECK_EQ_U64(tpi_superblock_activity(reader.pools[1].base), 123456);
    TP_CHECK_EQ_I64(tpi_mapping_recheck(&reader, &pid_changed), TP_OK); /* W-13: expected to move */

    uint8_t *const blocks[] = { writer.ring.base, writer.pools[0].base, writer.pools[1].base };
    for (size_t i = 0; i < 3; i++) {
        uint8_t before[64];
        memcpy(before, blocks[i], 64);
        tpi_put_u64(blocks[i] + 40, 4243); /* pid */
        TP_CHECK_EQ_I64(tpi_mapping_recheck(&reader, &pid_changed), TP_ELAYOUT);
        TP_CHECK(pid_changed);
        tpi_put_u64(blocks[i] + 12, 4); /* epoch as well: a new incarnation, not a second writer */
        TP_CHECK_EQ_I64(tpi_mapping_recheck(&reader, &pid_changed), TP_ELAYOUT);
        TP_CHECK(!pid_changed);
        memcpy(blocks[i], before, 64);
        blocks[i][0] = 0; /* magic */
        TP_CHECK_EQ_I64(tpi_mapping_recheck(&reader, &pid_changed), TP_ELAYOUT);
        TP_CHECK(!pid_changed);
        memcpy(blocks[i], before, 64);
        TP_CHECK_EQ_I64(tpi_mapping_recheck(&reader, &pid_changed), TP_OK);
    }
    tpi_mapping_close(&writer);
    tpi_mapping_close(&reader);
    test_set_destroy(&set);
}

/* Proves: D-98 */
TP_TEST(memory_is_locked_when_asked_for)
{
    test_set_t set;
    tpi_mapping_t map;
    test_set_create(&set, NSLOTS, strides, 2);
    const int rc = tpi_mapping_open(&map, set.bases, &set.layout, TPI_MAP_READ, true);
    if (rc == TP_EACCES || rc == TP_ENOMEM) {
        TP_CHECK_CONTAINS(tp_errmsg(), "lock");
        TP_CHECK(!tpi_mapping_is_open(&map));
        TP_SKIP("not allowed here: %s", tp_errmsg());
    }
    TP_CHECK_MSG(rc == TP_OK, "%s", tp_errmsg());
#ifdef TP_TEST_SANITIZED
    /* Sanitizers turn mlock into a call that does nothing: there is no effect to look at. */
    tpi_mapping_close(&map);
    test_set_destroy(&set);
    return;
#endif
    FILE *status = fopen("/proc/self/status", "re");
    char line[256];
    unsigned long locked_kib = 0;
    while (status != NULL && fgets(line, sizeof(line), status) != NULL) {
        (void)sscanf(line, "VmLck: %lu", &locked_kib);
    }
    fclose(status);
    TP_CHECK_GE_U64(locked_kib, (8192 + 4096) * NSLOTS / 1024);
    tpi_mapping_close(&map);
    test_set_destroy(&set);
}

TP_TEST_MAIN()
